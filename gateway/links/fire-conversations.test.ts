import { expect, test } from 'vitest';
import { createManualClock } from '../lib/clock.ts';
import { encodeFireFrame, fireCommands, readFireFrame } from '../protocols/gbt26875/frame.ts';
import { createFireConversations, type FireArrival, repeatMs } from './fire-conversations.ts';
import type { ReportConnection } from './report-listener.ts';

const startMs = Date.UTC(2026, 2, 1, 8);
const source = '790300000000';
const centre = '385B01000000';

function frame(seq: number, unit: number[], more: { command?: number; time?: number | null } = {}) {
  const { command = fireCommands.send, time = startMs } = more;
  return encodeFireFrame({
    ...{ seq, version: [1, 1], source, destination: centre },
    ...{ command, time, unit: Uint8Array.from(unit) },
  });
}
const deviceState = (bits: number) => [21, 1, bits, 0, 0, 8, 1, 3, 26];

/** Conversations with one device; what it reports waits until the test says that it is stored. */
function house() {
  const clock = createManualClock(startMs);
  const waiting: { arrival: FireArrival; done: (error?: Error) => void }[] = [];
  const refused: string[] = [];
  const sent: string[] = [];
  let settled = 0;
  const conversations = createFireConversations({
    clock,
    known: (address) => (address === source ? 'panel' : null),
    momentShowing: (shown) => shown,
    shownNow: () => clock.now().wallMs,
    report: (arrival, _from, done) => void waiting.push({ arrival, done }),
    refused: (why) => void refused.push(why),
  });
  const connection: ReportConnection = {
    ...{ address: '10.0.0.1', lasting: true },
    send(bytes) {
      const read = readFireFrame(bytes);
      if (!read.ok) throw new Error(read.error);
      const { command, seq, source: from, destination: to } = read.frame;
      expect([from, to]).toEqual([centre, source]);
      sent.push(`${command} ${seq}`);
    },
  };
  const take = (bytes: Uint8Array) => conversations.frame(connection, bytes, () => settled++);
  return { clock, waiting, refused, sent, take, conversations, settled: () => settled };
}

test('a report is confirmed when it is stored, not before, with its own number', () => {
  const { waiting, sent, take, settled } = house();
  expect(take(frame(7, deviceState(8)))).toBe('taken');
  expect([sent, settled()]).toEqual([[], 0]);
  waiting[0]?.done();
  expect([sent, settled()]).toEqual([['3 7'], 1]);
});

test('what could not be stored is not confirmed, and is a report anew when it comes again', () => {
  const { waiting, sent, take } = house();
  take(frame(7, deviceState(8)));
  waiting[0]?.done(new Error('the disk is full'));
  expect(sent).toEqual([]);
  take(frame(7, deviceState(8)));
  expect(waiting[1]?.arrival.repeat).toBe(false);
  waiting[1]?.done();
  expect(sent).toEqual(['3 7']);
});

test('a repeat has the identity of its first, waiting or stored, whatever its time label says', () => {
  const { waiting, sent, take } = house();
  take(frame(7, deviceState(8)));
  take(frame(7, deviceState(8), { time: startMs + 5_000 }));
  const [first, second] = waiting;
  expect(second?.arrival).toMatchObject({ identity: first?.arrival.identity, repeat: false });
  first?.done();
  second?.done();
  take(frame(7, deviceState(8)));
  expect(waiting[2]?.arrival).toMatchObject({ identity: first?.arrival.identity, repeat: true });
  waiting[2]?.done();
  expect(sent).toEqual(['3 7', '3 7', '3 7']);
});

test('the same number with other contents, or long after, is no repeat; nor is a heartbeat', async () => {
  const { clock, waiting, take } = house();
  const identities = () => new Set(waiting.map(({ arrival }) => arrival.identity));
  take(frame(7, deviceState(8)));
  waiting[0]?.done();
  take(frame(7, deviceState(9)));
  await clock.advance(repeatMs + 1);
  take(frame(7, deviceState(8), { time: null }));
  expect(identities().size).toBe(3);
  for (const _ of [1, 2]) take(frame(0, [], { time: null }));
  expect(waiting.filter(({ arrival }) => arrival.repeat)).toEqual([]);
});

test('what was stored before a restart is known again, its further events under the same mark', () => {
  const before = house();
  before.take(frame(7, deviceState(8)));
  const { identity } = before.waiting[0]?.arrival ?? { identity: '' };
  const { waiting, take, conversations } = house();
  conversations.recall('panel', `${identity} /2`, -1_000);
  conversations.recall('panel', 'something of another protocol', -1_000);
  take(frame(7, deviceState(8)));
  expect(waiting[0]?.arrival).toMatchObject({ identity, repeat: true });
});

test('an answer to a question is a report that nobody confirms', () => {
  const { waiting, sent, take } = house();
  take(frame(3, deviceState(1), { command: fireCommands.reply }));
  waiting[0]?.done();
  expect(sent).toEqual([]);
});

test('a damaged frame and a centre’s command are denied, a stranger too; nobody answers an answer', () => {
  const { refused, sent, take, settled } = house();
  const damaged = frame(7, deviceState(8));
  damaged[30] = 0xff;
  expect(take(damaged)).toBe('broken');
  expect(take(frame(8, [81, 1, 0], { command: fireCommands.request }))).toBe('refused');
  expect(take(frame(9, [], { command: fireCommands.confirm }))).toBe('taken');
  expect(take(frame(9, [], { command: fireCommands.deny }))).toBe('taken');
  expect(take(Uint8Array.of(1, 2, 3))).toBe('broken');
  expect(refused).toEqual(['checksum', 'command', 'length']);
  expect(sent).toEqual(['6 7', '6 8']);
  expect(settled()).toBe(5);
});

test('a clock that is off is set at once and then every ten minutes; after three times somebody is told', async () => {
  const { clock, waiting, refused, sent, take } = house();
  const beat = (time: number | null) => {
    take(frame(0, [], { time }));
    waiting.at(-1)?.done();
  };
  beat(startMs - 59_000);
  beat(null);
  expect(sent.filter((line) => line.startsWith('1'))).toEqual([]);
  expect(waiting.every(({ arrival }) => arrival.clockRight)).toBe(true);
  for (let minute = 0; minute < 31; minute++) {
    beat(startMs - 3_600_000);
    expect(waiting.at(-1)?.arrival.clockRight).toBe(false);
    await clock.advance(60_000);
  }
  expect(sent.filter((line) => line.startsWith('1'))).toEqual(['1 1', '1 2', '1 3', '1 4']);
  expect(refused).toEqual(['clock']);
  // One that follows may be off again.
  beat(clock.now().wallMs);
  beat(startMs);
  expect(sent.filter((line) => line.startsWith('1'))).toHaveLength(5);
  expect(refused).toEqual(['clock']);
});
