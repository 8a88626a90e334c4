import { expect, test } from 'vitest';
import type { RawHeard } from '../devices/type-trial.ts';
import { createManualClock } from '../lib/clock.ts';
import { createListening } from './listening.ts';

const raw = (text: string): RawHeard => ({
  way: 'native',
  tail: 'readings',
  payload: Buffer.from(text),
  receivedAt: 0,
});

function start() {
  const clock = createManualClock(0);
  return { clock, listening: createListening((ms, wake) => clock.wakeAfter(ms, wake)) };
}
const here = () => new AbortController().signal;

test('the next thing that a device sends is given to all who wait for it, once', async () => {
  const { listening } = start();
  expect(listening.active).toBe(false);
  const both = [listening.next('tank-1', 1_000, here()), listening.next('tank-1', 1_000, here())];
  const other = listening.next('tank-2', 1_000, here());
  expect(listening.active).toBe(true);
  listening.heard('tank-1', raw('1'));
  listening.heard('tank-1', raw('2'));
  expect((await Promise.all(both)).map((one) => one?.way === 'native' && one.payload.toString())).toEqual([
    '1',
    '1',
  ]);
  listening.heard('tank-2', raw('3'));
  expect(await other).toMatchObject({ way: 'native' });
  expect(listening.active).toBe(false);
});

test('nothing in time is an answer, and whoever leaves is not waited for', async () => {
  const { clock, listening } = start();
  const late = listening.next('tank-1', 1_000, here());
  await clock.advance(1_000);
  expect(await late).toBeNull();
  const gone = new AbortController();
  const left = listening.next('tank-1', 1_000, gone.signal);
  gone.abort();
  expect(await left).toBeNull();
  expect(await listening.next('tank-1', 1_000, AbortSignal.abort())).toBeNull();
  expect(listening.active).toBe(false);
});

test('sixteen may wait at a time, and the place of one who has left is free', async () => {
  const { clock, listening } = start();
  const gone = new AbortController();
  const waiting = Array.from({ length: 16 }, () => listening.next('tank-1', 1_000, gone.signal));
  expect(() => listening.next('tank-2', 1_000, here())).toThrow('queue.full');
  gone.abort();
  await Promise.all(waiting);
  const one = listening.next('tank-2', 1_000, here());
  await clock.advance(1_000);
  expect(await one).toBeNull();
});
