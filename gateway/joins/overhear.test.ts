import { expect, test } from 'vitest';
import type { RawHeard } from '../devices/type-trial.ts';
import { createManualClock } from '../lib/clock.ts';
import { createOverhearing, devicePlace } from './overhear.ts';

const raw = (text: string): RawHeard => ({
  way: 'native',
  tail: 'readings',
  payload: Buffer.from(text),
  receivedAt: 0,
});

function start() {
  const clock = createManualClock(0);
  return { clock, overhearing: createOverhearing((ms, wake) => clock.wakeAfter(ms, wake)) };
}
const here = () => new AbortController().signal;

test('the next thing that a device sends is given to all who wait for it, once', async () => {
  const { overhearing } = start();
  expect(overhearing.active).toBe(false);
  const both = [overhearing.next('tank-1', 1_000, here()), overhearing.next('tank-1', 1_000, here())];
  const other = overhearing.next('tank-2', 1_000, here());
  expect(overhearing.active).toBe(true);
  overhearing.heard('tank-1', raw('1'));
  overhearing.heard('tank-1', raw('2'));
  expect((await Promise.all(both)).map((one) => one?.way === 'native' && one.payload.toString())).toEqual([
    '1',
    '1',
  ]);
  overhearing.heard('tank-2', raw('3'));
  expect(await other).toMatchObject({ way: 'native' });
  expect(overhearing.active).toBe(false);
});

test('nothing in time is an answer, and whoever leaves is not waited for', async () => {
  const { clock, overhearing } = start();
  const late = overhearing.next('tank-1', 1_000, here());
  await clock.advance(1_000);
  expect(await late).toBeNull();
  const gone = new AbortController();
  const left = overhearing.next('tank-1', 1_000, gone.signal);
  gone.abort();
  expect(await left).toBeNull();
  expect(await overhearing.next('tank-1', 1_000, AbortSignal.abort())).toBeNull();
  expect(overhearing.active).toBe(false);
});

test('sixteen may wait at a time, and the place of one who has left is free', async () => {
  const { clock, overhearing } = start();
  const gone = new AbortController();
  const waiting = Array.from({ length: 16 }, () => overhearing.next('tank-1', 1_000, gone.signal));
  expect(() => overhearing.next('tank-2', 1_000, here())).toThrow('queue.full');
  gone.abort();
  await Promise.all(waiting);
  const one = overhearing.next('tank-2', 1_000, here());
  await clock.advance(1_000);
  expect(await one).toBeNull();
});

test('whoever listens at a place hears all that comes there, until they stop', () => {
  const { overhearing } = start();
  const told: string[] = [];
  const stop = overhearing.listen('plant', (heard) => told.push(heard.way));
  overhearing.heard('plant', raw('1'));
  overhearing.heard(devicePlace('plant'), raw('of a device that is called like the link'));
  overhearing.heard('plant', { way: 'frame', link: 'plant', bytes: Uint8Array.of(1), receivedAt: 0 });
  stop();
  overhearing.heard('plant', raw('2'));
  expect(told).toEqual(['native', 'frame']);
  expect(overhearing.active).toBe(false);
});

test('the last words of a sender are kept, of so many senders, in the order in which they came', () => {
  const { overhearing } = start();
  const report = (from: string, receivedAt: number, bytes = 4): RawHeard => ({
    ...{ way: 'report', to: 'alarm', from, bytes: new Uint8Array(bytes), receivedAt },
  });
  const keep = (from: string, at: number, bytes?: number) =>
    overhearing.keep('panels', from, report(from, at, bytes));
  const kept = (after = 0) =>
    overhearing.kept('panels', after).map((heard) => heard.way === 'report' && heard.from);
  keep('1303', 1);
  keep('1304', 2);
  keep('1303', 3);
  expect(kept()).toEqual(['1304', '1303']);
  expect(kept(2)).toEqual(['1303']);
  expect(overhearing.kept('elsewhere', 0)).toEqual([]);
  // Nobody fills the memory.
  keep('huge', 4, 100_000);
  expect(kept(3)).toEqual([]);
  for (let n = 0; n < 600; n++) keep(`many-${n}`, 5);
  expect(kept()).toHaveLength(500);
  expect(kept()).not.toContain('1303');
});
