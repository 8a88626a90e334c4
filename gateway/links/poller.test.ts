import { describe, expect, test } from 'vitest';
import { type Clock, createManualClock } from '../lib/clock.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import type { AskOutcome } from './exchange.ts';
import { createPoller } from './poller.ts';

const read = (unit: number): AskedRead => ({ protocol: 'modbus', unit, fc: 3, address: 0, quantity: 1 });

/** What was asked and answered follows up in microtasks. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A line on which each question takes its time; what was asked is kept with when. */
function line(clock: Clock) {
  const asked: [what: string, at: number][] = [];
  const take = (what: string, ms: number) =>
    new Promise<void>((resolve) => {
      asked.push([what, clock.now().monoMs]);
      clock.wakeAfter(ms, resolve);
    });
  return { asked, take };
}

function polling(periodMs: number, units: readonly number[], answerMs: number) {
  const clock = createManualClock(0);
  const { asked, take } = line(clock);
  const poller = createPoller({
    clock,
    timeoutMs: 200,
    async ask(one): Promise<AskOutcome<AskedAnswer>> {
      const unit = one.protocol === 'modbus' ? one.unit : 0;
      await take(`poll ${unit}`, answerMs);
      return { ok: true, value: { read: one, refused: '' } };
    },
    polled() {},
    failed() {},
  });
  poller.plan(units.map((unit) => ({ id: `d${unit}`, periodMs, reads: [read(unit)] })));
  poller.lineChanged(true, '');
  return { pass: (ms: number) => clock.advance(ms, settle), asked, take, poller };
}

test('what is asked between the polls makes no device wait for more than one such question', async () => {
  const { pass, asked, take, poller } = polling(1_000, [1, 2], 20);
  let done = 0;
  const scan = async () => {
    for (let i = 0; i < 30; i++) {
      await poller.between(() => take('aside', 200));
      done++;
    }
  };
  const scanning = scan();
  await pass(10_000);
  await scanning;
  expect(done).toBe(30);
  for (const unit of [1, 2]) {
    const times = asked.flatMap(([what, at]) => (what === `poll ${unit}` ? [at] : []));
    const late = times.map((at, i) => at - i * 1_000);
    // One question of 200 ms, and the neighbour's poll before its own.
    expect(Math.max(...late)).toBeLessThanOrEqual(200 + 2 * 20);
    expect(times.length).toBeGreaterThanOrEqual(10);
  }
});

test('on a line that is always behind, one such question goes with each round', async () => {
  const { pass, asked, take, poller } = polling(50, [1, 2, 3], 100);
  const asides = Promise.all([1, 2, 3].map(() => poller.between(() => take('aside', 10))));
  await pass(3_000);
  await asides;
  const places = asked.flatMap(([what], i) => (what === 'aside' ? [i] : []));
  expect(places).toHaveLength(3);
  for (const [i, place] of places.slice(1).entries()) expect(place - (places[i] ?? 0)).toBeLessThanOrEqual(4);
});

describe('a device that was told something', () => {
  const timesOf = (asked: readonly [string, number][], unit: number) =>
    asked.flatMap(([what, at]) => (what === `poll ${unit}` ? [at] : []));

  test('is asked at once and in short steps while it is waited for, then at its own pace again', async () => {
    const { pass, asked, poller } = polling(60_000, [1, 2], 20);
    await pass(10_000);
    poller.hasten('d1', 10_000);
    await pass(10_000);
    const times = timesOf(asked, 1).filter((at) => at >= 10_000);
    expect(times.slice(0, 3)).toEqual([10_000, 11_250, 12_500]);
    expect(times.length).toBeLessThanOrEqual(9);
    expect(times.at(-1)).toBeGreaterThanOrEqual(18_000);
    const last = times.at(-1) ?? 0;
    await pass(120_000);
    expect(timesOf(asked, 1).filter((at) => at > last && at < last + 60_000)).toEqual([]);
    // Its neighbours are asked as they were.
    expect(timesOf(asked, 2)).toEqual([20, 60_000, 120_000]);
  });

  test('is asked no more seldom than otherwise, and no closer than four times a second', async () => {
    const { pass, asked, poller } = polling(500, [1], 20);
    await pass(2_100);
    poller.hasten('d1', 100_000);
    await pass(2_000);
    const steps = (times: number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(Math.max(...steps(timesOf(asked, 1)))).toBeLessThanOrEqual(500);
    const from = asked.length;
    poller.hasten('d1', 100);
    await pass(1_000);
    expect(Math.min(...steps(timesOf(asked.slice(from), 1)))).toBeGreaterThanOrEqual(250);
  });

  test('and does not answer waits as others that are silent', async () => {
    const clock = createManualClock(0);
    const { asked, take } = line(clock);
    const poller = createPoller({
      clock,
      timeoutMs: 200,
      async ask() {
        await take('poll 1', 200);
        return { ok: false, error: 'timeout', words: '', fault: { code: 'silent', timeoutMs: 200 } };
      },
      polled() {},
      failed() {},
    });
    poller.plan([{ id: 'd1', periodMs: 60_000, reads: [read(1)] }]);
    poller.lineChanged(true, '');
    await clock.advance(1_000, settle);
    poller.hasten('d1', 10_000);
    await clock.advance(10_000, settle);
    expect(asked).toHaveLength(1);
  });
});

test('on a line that is down, or goes down, it is asked at once, to fail as it must', async () => {
  const { pass, take, poller } = polling(1_000, [1], 20);
  await pass(30);
  let answered = 0;
  const ask = (what: string) => poller.between(() => take(what, 500)).then(() => answered++);
  const both = Promise.all([ask('first'), ask('second')]);
  await pass(100);
  poller.lineChanged(false, 'unplugged');
  const third = ask('third');
  await pass(1_100);
  await Promise.all([both, third]);
  expect(answered).toBe(3);
  poller.stop();
  await Promise.all([ask('after the end'), pass(600)]);
  expect(answered).toBe(4);
});
