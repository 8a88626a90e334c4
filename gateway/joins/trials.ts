import { isAsked } from '../contract/device-type.ts';
import { busLine, type Device, isAskedBus, isMqttLink, type Link } from '../contract/site.ts';
import type { Trial, TrialDraft, TrialSetup } from '../contract/trial.ts';
import type { Devices, Draft } from '../devices/devices.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, Fault, fault } from '../lib/errors.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { invalid } from '../site/refusals.ts';
import type { Site } from '../site/site.ts';
import { alarmReceiverPlace, type Overhearing } from './overhear.ts';
import {
  aboutOf,
  beginTrial,
  createRecord,
  heardExchange,
  readWords,
  type TrialAnswer,
} from './trial-answer.ts';
import {
  createTriedLinks,
  isDown,
  type TrialBy,
  type TriedLink,
  type TriedLinksDeps,
} from './tried-links.ts';

/** So many at once; each waits for at most a minute. */
const mostTrials = 16;
/** So many messages that came are shown. */
const mostKept = 32;
/** Of what was passed over so many messages are shown. */
const mostPassedOver = 5;

/** The key of a draft that has none yet. */
const draftKey = 'new-device';

type Way<By extends Draft['way']['by']> = Extract<Draft['way'], { by: By }>;

export interface TrialPorts {
  mqtt: number | null;
  mqttTls: number | null;
  alarmReceiver: number | null;
}

/** Tries devices before they are saved: asks once, or listens for a first message. Nothing of it is kept, nothing is commanded. */
export function createTrials(
  deps: TriedLinksDeps & {
    clock: Clock;
    site: Pick<Site, 'get' | 'all' | 'problemsWith'>;
    devices: Pick<Devices, 'drafts' | 'state'>;
    overhearing: Pick<Overhearing, 'listen'>;
    ports(): TrialPorts;
  },
) {
  const { clock, site, devices } = deps;
  const tried = createTriedLinks(deps);
  let running = 0;

  function lineOf(link: Link, speech: string): Trial['line'] {
    if (isMqttLink(link) || !isAsked(speech)) return null;
    const others = [...site.all('devices')].filter((device) => device.link === link.id);
    const answering = others.filter(({ id }) => devices.state(id).state === 'online').length;
    const bus = isAskedBus(link) ? busLine(link, speech) : undefined;
    const parity = { none: 'N', even: 'E', odd: 'O' } as const;
    return {
      neighbours: others.length,
      answering,
      settings: bus ? `${bus.baudRate} ${bus.dataBits}${parity[bus.parity]}${bus.stopBits}` : null,
      kind:
        link.kind === 'modbus-tcp'
          ? 'tcp'
          : link.kind === 'dtu'
            ? 'dial-in'
            : 'path' in link && link.path.startsWith('tcp:')
              ? 'serial-server'
              : 'serial',
    };
  }

  async function ask(
    begun: TrialAnswer,
    draft: Draft,
    link: TriedLink,
    reads: readonly AskedRead[],
    signal: AbortSignal,
  ): Promise<void> {
    if (isDown(begun, link)) return;
    const answers: AskedAnswer[] = [];
    for (const read of reads) {
      if (signal.aborted) break;
      const { observer, exchange } = createRecord(clock, readWords(read));
      const outcome = await link.ask(link.doc.id, read, observer);
      begun.trial.exchanges.push(exchange(outcome.ok ? 'answered' : 'failed'));
      if (outcome.ok) {
        answers.push(outcome.value);
        continue;
      }
      begun.fail(outcome.fault, outcome.words);
      // One that is silent would be so to the rest, and its neighbours wait.
      if (outcome.error === 'timeout' || outcome.error === 'line-down') break;
    }
    if (answers.length > 0) begun.take(draft, draft.ofAnswers(answers, clock.now().wallMs));
  }

  /** Waits for a message of the device on a link, or in the alarm receiver; over with the first, with time, or when nobody waits. */
  function listen(
    begun: TrialAnswer,
    draft: Draft,
    { place, seconds, account }: { place: string; seconds: number; account?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { trial, fail } = begun;
    const passedOver = new Set<string>();
    return new Promise((resolve) => {
      const done = () => {
        stop();
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.wakeAfter(seconds * 1_000, () => {
        fail({ code: 'nothing-heard', seconds });
        done();
      });
      const stop = deps.overhearing.listen(place, (heard) => {
        // Polls and native messages are heard of devices that are saved.
        if (heard.way !== 'topic' && heard.way !== 'frame') return;
        const about = aboutOf(heard);
        const keep = (outcome: 'taken' | 'passed-over') =>
          trial.exchanges.push(heardExchange(heard, outcome));
        if (account !== undefined && about === account) {
          keep('taken');
          fail({ code: 'taken-once-saved' });
          done();
          return;
        }
        let message: ReturnType<Draft['ofTopic']> = null;
        try {
          if (account === undefined)
            message =
              heard.way === 'frame'
                ? draft.ofFrame(heard.bytes, heard.receivedAt)
                : draft.ofTopic(heard.message);
        } catch (error) {
          keep('taken');
          fail({ code: 'not-understood' }, error instanceof Fault ? error.detail : asError(error).message);
          done();
          return;
        }
        if (message === null) {
          const name = about ?? String(passedOver.size);
          if (passedOver.size >= mostPassedOver || passedOver.has(name)) return;
          passedOver.add(name);
          keep('passed-over');
          return;
        }
        // A device may say that it is there again and again: the first times show it.
        if (trial.exchanges.length < mostKept) keep('taken');
        begun.take(draft, message);
        // That it is there says nothing yet of what it measures.
        if (message.readings.length + message.events.length > 0) done();
      });
      signal.addEventListener('abort', done, { once: true });
    });
  }

  function topicSetup(topics: Way<'topics'>['topics']): TrialSetup[] {
    return topics.flatMap(({ topic, example }): TrialSetup[] => [
      { item: 'topic', value: topic },
      ...(example === '' ? [] : [{ item: 'payload' as const, value: example }]),
    ]);
  }

  function portSetup(): TrialSetup[] {
    const { mqtt, mqttTls } = deps.ports();
    return [
      ...(mqtt === null ? [] : [{ item: 'mqtt-port' as const, value: String(mqtt) }]),
      ...(mqttTls === null ? [] : [{ item: 'mqtts-port' as const, value: String(mqttTls) }]),
    ];
  }

  async function listenOn(
    way: Way<'topics' | 'line'>,
    draft: Draft,
    { wanted, doc }: { wanted: TrialDraft; doc: Device },
    by: TrialBy,
  ): Promise<Trial> {
    const begun = beginTrial('listened', null);
    const { trial } = begun;
    const link = wanted.newLink ?? site.get('links', way.link);
    if (way.by === 'topics') {
      if (link?.kind === 'mqtt') trial.setup.push({ item: 'broker', value: link.url });
      else trial.setup.push(...portSetup());
      trial.setup.push(...topicSetup(way.topics));
    } else if (doc.parent !== undefined && doc.address !== undefined)
      trial.setup.push({ item: 'account', value: String(doc.address) });
    if (wanted.newLink && isMqttLink(wanted.newLink)) {
      begun.fail({ code: 'secret-once-saved' });
      return trial;
    }
    if (wanted.listenS === 0) return trial;
    return tried.over(wanted, way.link, by, async (over) => {
      // A bridge comes by itself, perhaps as soon as it is set up; what the gateway opens itself must stand.
      const comes = over.doc.kind === 'mqtt-bridge';
      if (by.signal.aborted || (!comes && isDown(begun, over))) return trial;
      await listen(begun, draft, { place: way.link, seconds: wanted.listenS }, by.signal);
      if (comes && trial.exchanges.length === 0) isDown(begun, over);
      return trial;
    });
  }

  async function listenForPanel(
    draft: Draft,
    { wanted, doc }: { wanted: TrialDraft; doc: Device },
    signal: AbortSignal,
  ) {
    const begun = beginTrial('listened', null);
    const { alarmReceiver } = deps.ports();
    const account = String(doc.address ?? '');
    if (account !== '') begun.trial.setup.push({ item: 'account', value: account });
    if (alarmReceiver === null)
      begun.fail(
        { code: 'line-down' },
        'the alarm receiver is switched off; set GATEHOUSE_ALARM_RECEIVER_PORT where the gateway is started',
      );
    else {
      begun.trial.setup.push({ item: 'receiver-port', value: String(alarmReceiver) });
      if (wanted.listenS > 0 && account !== '')
        await listen(begun, draft, { place: alarmReceiverPlace, seconds: wanted.listenS, account }, signal);
    }
    return begun.trial;
  }

  function bound(draft: Draft): Trial {
    const { trial, fail } = beginTrial('bound', null);
    for (const { point, from, reading, problem } of draft.bound()) {
      if (problem !== null) fail({ code: 'unusable-value' }, problem);
      else if (!reading) fail({ code: 'no-value-yet', from });
      const { value = null, quality = 'bad' } = reading ?? {};
      trial.points.push({ point, value, quality, unit: draft.unitOf(point) });
    }
    return trial;
  }

  async function run(wanted: TrialDraft, by: TrialBy): Promise<Trial> {
    const { listenS: _listenS, newLink, id = draftKey, ...given } = wanted;
    const doc: Device = { ...given, id, name: id, area: [...site.all('areas')][0]?.id ?? 'site' };
    tried.check(wanted);
    const problems = site.problemsWith(doc, newLink);
    if (problems.length > 0) throw invalid(problems, id);
    const draft = devices.drafts.draft(doc);
    const { way } = draft;
    const trial = await (async (): Promise<Trial> => {
      switch (way.by) {
        case 'asked':
          return tried.over(wanted, doc.link, by, async (link) => {
            const begun = beginTrial('asked', lineOf(link.doc, way.reads[0]?.protocol ?? ''));
            await ask(begun, draft, link, way.reads, by.signal);
            return begun.trial;
          });
        case 'topics':
        case 'line':
          return listenOn(way, draft, { wanted, doc }, by);
        case 'panel':
          return listenForPanel(draft, { wanted, doc }, by.signal);
        case 'own': {
          const { trial: own, fail } = beginTrial('listened', null);
          own.setup.push(...portSetup(), { item: 'client-id', value: doc.id }, ...topicSetup(way.topics));
          fail({ code: 'secret-once-saved' });
          return own;
        }
        case 'bound':
          return bound(draft);
        case 'none':
          return beginTrial('none', null).trial;
      }
    })();
    for (const problem of draft.problems)
      trial.failures.push({ fault: { code: 'not-workable' }, words: problem });
    return trial;
  }

  return {
    /**
     * Tries a device that is not saved.
     * @throws site.invalid at its fields, state.conflict at `newLink`, queue.full, storage.unavailable
     */
    async run(wanted: TrialDraft, by: TrialBy): Promise<Trial> {
      if (running >= mostTrials)
        throw fault('queue.full', `${mostTrials} trials are under way already; wait for one of them to end`);
      running++;
      try {
        return await run(wanted, by);
      } finally {
        running--;
      }
    },
  };
}
export type Trials = ReturnType<typeof createTrials>;
