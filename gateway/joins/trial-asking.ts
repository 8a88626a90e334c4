import type { Trial } from '../contract/trial.ts';
import type { Draft } from '../devices/devices.ts';
import type { TriedDevice } from '../devices/type-trial.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { AskObserver } from '../links/exchange.ts';
import type { Links } from '../links/links.ts';
import { askController } from '../links/uhppote-search.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { nameOf, readCapabilities, replies } from '../protocols/osdp/messages.ts';
import { channelMend } from './card-readers.ts';
import { createRecord, readWords, type TrialAnswer } from './trial-answer.ts';
import { isDown, type TriedLink } from './tried-links.ts';

// Devices that answer are asked once, and told nothing.

export async function askReads(
  begun: TrialAnswer,
  { clock, draft, link }: { clock: Clock; draft: Draft; link: TriedLink },
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

/** Remembers each question with its answer. */
function createRecords(clock: Clock, { trial }: TrialAnswer, protocol: string) {
  const records: { about: string; record: ReturnType<typeof createRecord> }[] = [];
  return {
    begin(about: string): AskObserver {
      const record = createRecord(clock, about, protocol);
      records.push({ about, record });
      return record.observer;
    },
    tell(): void {
      // The answer to a poll may be a card or a PIN, which is nobody's business here.
      for (const { about, record } of records)
        if (about !== 'POLL')
          trial.exchanges.push(record.exchange(record.answered() ? 'answered' : 'failed'));
    },
  };
}

/** Where the status of a controller has the card of its last event. */
const cardAt = 16;

/** Whose card was held to a door last is nobody's business here. */
function withoutCard(observer: AskObserver): AskObserver {
  return {
    sent: observer.sent,
    received: (bytes) => observer.received(Uint8Array.from(bytes).fill(0, cardAt, cardAt + 4)),
  };
}

/** A door controller, or one of its doors: its state, who it is, and how many cards it holds. */
export async function askDoorController(
  begun: TrialAnswer,
  {
    clock,
    draft,
    tried,
    shownNow,
  }: {
    clock: Clock;
    draft: Draft;
    tried: TriedDevice;
    /** What the clocks of the site show now, as if it were UTC. */
    shownNow(): number;
  },
  link: Parameters<typeof askController>[1],
  controller: { serial: number; host: string | null },
): Promise<void> {
  const { trial, fail } = begun;
  const records = createRecords(clock, begun, 'uhppote');
  let said: Awaited<ReturnType<typeof askController>>;
  try {
    said = await askController(clock, link, controller, (question) =>
      question === 'status' ? withoutCard(records.begin(question)) : records.begin(question),
    );
  } catch (error) {
    fail({ code: 'line-down' }, asError(error).message);
    return;
  }
  records.tell();
  const { status, identity, cards } = said;
  const fact = (
    name: Trial['facts'][number]['fact'],
    value: string | number | boolean | null,
    door?: number,
  ) => trial.facts.push({ fact: name, door: door ?? null, value });
  if (!status) {
    fail({ code: 'silent', timeoutMs: link.timeoutMs });
    return;
  }
  fact('serial', controller.serial);
  if (identity) {
    fact('firmware', [identity.firmware, identity.date].filter((word) => word !== null).join(' · '));
    fact('mac', identity.mac);
    fact('ip', identity.address);
  }
  const shown = status.controllerTime;
  const clockMs = shown === null ? null : Date.parse(`${shown.replace(' ', 'T')}Z`);
  fact('clock-off-s', clockMs === null ? null : Math.round((clockMs - shownNow()) / 1_000));
  // The first digit of its serial number tells how many doors a controller has: 1, 2, or 4.
  const first = Number(String(controller.serial)[0]);
  const doors = first === 1 || first === 2 ? first : status.doorsOpen.length;
  for (const [i, opened] of status.doorsOpen.slice(0, doors).entries()) {
    fact('opened', opened, i + 1);
    fact('locked', ((status.relays >> i) & 1) === 0, i + 1);
  }
  tried.hear({ way: 'status', status, cards, receivedAt: clock.now().wallMs });
  begun.takeTried(draft, tried);
}

/** Which function of its capabilities is that it can encipher what it says (OSDP v2.2 annex B). */
const communicationSecurity = 9;

/** One that says again and again that it is busy is not waited for longer. A sound one has said all within some seconds. */
const readerMs = 30_000;

/** A card reader on an OSDP line, between its neighbours: who it is, how it is, and whether the channel is had as it is set. */
export async function askReader(
  begun: TrialAnswer,
  { clock, draft, tried, link }: { clock: Clock; draft: Draft; tried: TriedDevice; link: TriedLink },
  reader: Parameters<Links['tryReader']>[1],
  signal: AbortSignal,
): Promise<void> {
  if (isDown(begun, link)) return;
  const { trial, fail } = begun;
  const records = createRecords(clock, begun, 'osdp');
  let cancel = () => {};
  const outcome = await new Promise<Parameters<Parameters<Links['tryReader']>[2]['end']>[0]>((resolve) => {
    const stop = link.tryReader(link.doc.id, reader, {
      begin: (code) => records.begin(nameOf(code, false) ?? ''),
      replied({ code, data, security }) {
        if (code !== replies.PDCAP || security) return;
        const encrypts = readCapabilities(data).some(
          (one) => one.function === communicationSecurity && (one.compliance & 1) === 1,
        );
        trial.facts.push({ fact: 'encrypts', door: null, value: encrypts });
      },
      state: (state) => tried.hear({ way: 'reader', state, receivedAt: clock.now().wallMs }),
      end: resolve,
    });
    if (!stop) {
      resolve('line-down');
      return;
    }
    const leave = (as: 'silent' | 'line-down') => () => {
      stop();
      resolve(as);
    };
    cancel = clock.wakeAfter(readerMs, leave('silent'));
    signal.addEventListener('abort', leave('line-down'), { once: true });
    if (signal.aborted) leave('line-down')();
  });
  cancel();
  records.tell();
  begun.takeTried(draft, tried);
  const { channel } = Object.fromEntries(trial.points.map(({ point, value }) => [point, value]));
  if (outcome === 'silent')
    fail({ code: 'silent', timeoutMs: link.doc.kind === 'bus' ? link.doc.timeoutMs : 0 });
  else if (outcome === 'line-down')
    fail({ code: 'line-down' }, `link "${link.doc.id}" went down, or carries no card readers`);
  else if (outcome === 'in-use') fail({ code: 'in-use' });
  else if (typeof outcome === 'object') {
    const { barred } = outcome;
    if (barred !== 'plain' && barred !== 'secure')
      fail({ code: 'channel', channel: barred }, channelMend(draft.id, barred));
  } else if (channel === 'installation') fail({ code: 'channel', channel }, channelMend(draft.id, channel));
}
