import type { Device, Link } from '../contract/site.ts';
import { isMqttLink } from '../contract/site.ts';
import type { Trial, TrialDraft, TrialSetup } from '../contract/trial.ts';
import type { Devices, Draft } from '../devices/devices.ts';
import { accountKey } from '../devices/panel-report.ts';
import type { TriedDevice } from '../devices/type-trial.ts';
import type { Clock } from '../lib/clock.ts';
import type { Site } from '../site/site.ts';
import { alarmReceiverPlace, devicePlace, fireReceiverPlace, type Overhearing } from './overhear.ts';
import { beginTrial, type HeardByItself, heardExchange, type TrialAnswer } from './trial-answer.ts';
import { listenFor, type Verdict } from './trial-listening.ts';
import { isDown, type TrialBy, type TriedLinks } from './tried-links.ts';

// Devices that speak first: what they said last counts, else their next message is waited for.

/** What is tried: as it was sent, and as a device of the site would be. */
export interface Tried {
  wanted: TrialDraft;
  doc: Device;
}

export type Way<By extends Draft['way']['by']> = Extract<Draft['way'], { by: By }>;

export interface TrialPorts {
  mqtt: number | null;
  mqttTls: number | null;
  alarmReceiver: number | null;
  fireReceiver: number | null;
}

export interface HearingDeps {
  clock: Clock;
  site: Pick<Site, 'get'>;
  devices: Pick<Devices, 'panelLine' | 'fireTransmitter'>;
  overhearing: Pick<Overhearing, 'listen' | 'kept'>;
  triedLinks: TriedLinks;
  ports(): TrialPorts;
  /** Has a broker tell anew what it keeps of these topics. */
  tellAgain(link: string, topics: readonly string[]): void;
  /** Sets the stage for a device that is heard with what others know of it. */
  stage(doc: Device, newLink: Link | undefined): TriedDevice;
}

export function createTrialHearing(deps: HearingDeps) {
  const { site, devices } = deps;

  /** No device of the site has this account or address. */
  function isStranger(to: 'alarm' | 'fire', from: string): boolean {
    if (to === 'fire') return devices.fireTransmitter(from) === undefined;
    return devices.panelLine(from)?.stranger ?? true;
  }

  /** Judges what came on the draft itself. */
  function judgeDraft(begun: TrialAnswer, draft: Draft) {
    return (heard: HeardByItself): Verdict => {
      const message =
        heard.way === 'frame'
          ? draft.ofFrame(heard.bytes, heard.receivedAt)
          : heard.way === 'topic'
            ? draft.ofTopic(heard.message)
            : null;
      if (message === null) return 'passed-over';
      begun.take(draft, message);
      // That it is there says nothing yet of what it measures.
      return message.readings.length + message.events.length > 0 ? 'over' : 'taken';
    };
  }

  /**
   * Judges what came on a stage: a report of another sender is none of this device's.
   * @param again takes the topics of which the broker shall tell what it keeps
   */
  function judgeOnStage(
    tried: TriedDevice,
    isSender: (from: string) => boolean,
    again: (topics: readonly string[]) => void = () => {},
  ) {
    return (heard: HeardByItself): Verdict => {
      if (heard.way === 'report' && (heard.from === null || !isSender(heard.from))) return 'passed-over';
      const before = tried.told();
      const said = tried.hear(heard);
      if (said.again.length > 0) again(said.again);
      if (tried.told() > before) return 'over';
      return said.mine || said.again.length > 0 ? 'taken' : 'passed-over';
    };
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

  async function onLink(
    way: Way<'topics' | 'announced' | 'line'>,
    draft: Draft,
    { wanted, doc }: Tried,
    by: TrialBy,
  ): Promise<Trial> {
    const begun = beginTrial('listened', null);
    const { trial } = begun;
    const link = wanted.newLink ?? site.get('links', way.link);
    if (way.by !== 'line') {
      if (link?.kind === 'mqtt') trial.setup.push({ item: 'broker', value: link.url });
      else trial.setup.push(...portSetup());
    }
    if (way.by === 'topics') trial.setup.push(...topicSetup(way.topics));
    else if (way.by === 'line' && doc.parent !== undefined && doc.address !== undefined)
      trial.setup.push({ item: 'account', value: String(doc.address) });
    if (wanted.newLink && isMqttLink(wanted.newLink)) {
      begun.fail({ code: 'secret-once-saved' });
      return trial;
    }
    const tried = way.by === 'announced' ? deps.stage(doc, wanted.newLink) : null;
    for (const topic of tried?.missingAnnouncements(way.link) ?? [])
      trial.setup.push({ item: 'topic', value: topic });
    if (wanted.listenS === 0) return trial;
    return deps.triedLinks.over(wanted, way.link, by, async (over) => {
      // A bridge comes by itself, perhaps as soon as it is set up; what the gateway opens itself must stand.
      const comes = over.doc.kind === 'mqtt-bridge';
      if (by.signal.aborted || (!comes && isDown(begun, over))) return trial;
      const where = { place: way.link, seconds: wanted.listenS, after: wanted.after };
      if (tried) await hearAnnounced(begun, draft, tried, where, by.signal);
      else {
        const protocol = over.doc.kind === 'bus' ? over.doc.protocol : null;
        await listenFor(deps, begun, { ...where, protocol, judge: judgeDraft(begun, draft) }, by.signal);
      }
      if (comes && trial.exchanges.length === 0) isDown(begun, over);
      return trial;
    });
  }

  /** On which topics an announced device speaks, its announcement says, which the broker keeps: it is asked to tell it again. */
  async function hearAnnounced(
    begun: TrialAnswer,
    draft: Draft,
    tried: TriedDevice,
    where: { place: string; seconds: number; after: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { place } = where;
    const wanted = new Set(tried.missingAnnouncements(place));
    const announcements = [...wanted];
    let listening = false;
    const judge = judgeOnStage(
      tried,
      () => true,
      (topics) => {
        for (const topic of topics) wanted.add(topic);
        // What it measures may have come before anybody knew that it means this device.
        if (listening) deps.tellAgain(place, topics);
      },
    );
    for (const heard of deps.overhearing.kept(place, 0)) {
      if (heard.way !== 'topic' || !announcements.includes(heard.message.topic)) continue;
      judge(heard);
      begun.trial.exchanges.push(heardExchange(heard, 'taken', null));
    }
    const heard = listenFor(deps, begun, { ...where, protocol: null, judge }, signal);
    listening = true;
    deps.tellAgain(place, [...wanted]);
    await heard;
    begun.takeTried(draft, tried);
  }

  /** A sender to one of the gateway's own receivers, or what stands behind it. */
  async function listenToReports(
    begun: TrialAnswer,
    draft: Draft,
    { wanted, doc }: Tried,
    to: { receiver: 'alarm' | 'fire'; sender: string; isSender(from: string): boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { trial, fail } = begun;
    const tried = deps.stage(doc, undefined);
    const onStage = judgeOnStage(tried, to.isSender);
    let stranger: string | null = null;
    const judge = (heard: HeardByItself): Verdict => {
      const from = heard.way === 'report' ? heard.from : null;
      if (from !== null && !to.isSender(from) && isStranger(to.receiver, from)) stranger = from;
      const verdict = onStage(heard);
      const own = doc.parent === undefined;
      // Of the device itself its first message shows that it reports.
      return verdict === 'taken' && own ? 'over' : verdict;
    };
    const place = to.receiver === 'alarm' ? alarmReceiverPlace : fireReceiverPlace;
    await listenFor(
      deps,
      begun,
      {
        ...{ place, seconds: wanted.listenS, after: wanted.after, judge },
        protocol: to.receiver === 'alarm' ? 'sia-dc09' : 'gb26875',
        missed: () =>
          stranger !== null &&
          isStranger(to.receiver, to.sender) &&
          fail({ code: 'other-sender', what: stranger }),
      },
      signal,
    );
    const { refused } = tried.outcome();
    begun.takeTried(draft, tried);
    if (trial.exchanges.some(({ outcome }) => outcome === 'taken') && refused.length === 0)
      if (isStranger(to.receiver, to.sender)) fail({ code: 'taken-once-saved' });
  }

  async function listenForPanel(draft: Draft, where: Tried, signal: AbortSignal): Promise<Trial> {
    const begun = beginTrial('listened', null);
    const { alarmReceiver } = deps.ports();
    const account = String(where.doc.address ?? '');
    if (account !== '') begun.trial.setup.push({ item: 'account', value: account });
    if (alarmReceiver === null) {
      begun.fail({ code: 'receiver-off', variable: 'GATEHOUSE_ALARM_RECEIVER_PORT' });
      return begun.trial;
    }
    begun.trial.setup.push({ item: 'receiver-port', value: String(alarmReceiver) });
    const isSender = (from: string) => account === '' || accountKey(from) === accountKey(account);
    if (where.wanted.listenS > 0)
      await listenToReports(begun, draft, where, { receiver: 'alarm', sender: account, isSender }, signal);
    return begun.trial;
  }

  async function listenForFire(
    { address }: Way<'fire'>,
    draft: Draft,
    where: Tried,
    signal: AbortSignal,
  ): Promise<Trial> {
    const begun = beginTrial('listened', null);
    const { fireReceiver } = deps.ports();
    begun.trial.setup.push({ item: 'fire-address', value: address });
    if (fireReceiver === null) {
      begun.fail({ code: 'receiver-off', variable: 'GATEHOUSE_FIRE_PORT' });
      return begun.trial;
    }
    begun.trial.setup.push({ item: 'fire-port', value: String(fireReceiver) });
    const isSender = (from: string) => from === address;
    if (where.wanted.listenS > 0)
      await listenToReports(begun, draft, where, { receiver: 'fire', sender: address, isSender }, signal);
    return begun.trial;
  }

  /** A device whose parent speaks for it. */
  async function listenToParent(
    way: Way<'parent'>,
    draft: Draft,
    { wanted, doc }: Tried,
    signal: AbortSignal,
  ): Promise<Trial> {
    const begun = beginTrial('listened', null);
    begun.trial.setup.push(...topicSetup(way.topics));
    if (wanted.listenS === 0) return begun.trial;
    const tried = deps.stage(doc, undefined);
    const judge = judgeOnStage(tried, () => true);
    const where = { place: devicePlace(way.device), seconds: wanted.listenS, after: wanted.after };
    await listenFor(deps, begun, { ...where, protocol: null, judge }, signal);
    begun.takeTried(draft, tried);
    return begun.trial;
  }

  /** One that signs in to the gateway itself cannot before it has its password. */
  function signingIn({ topics }: Way<'own'>, { doc }: Tried): Trial {
    const { trial, fail } = beginTrial('listened', null);
    trial.setup.push(...portSetup(), { item: 'client-id', value: doc.id }, ...topicSetup(topics));
    fail({ code: 'secret-once-saved' });
    return trial;
  }

  return { onLink, forPanel: listenForPanel, forFire: listenForFire, toParent: listenToParent, signingIn };
}
