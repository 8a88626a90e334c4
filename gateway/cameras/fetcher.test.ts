import { beforeEach, describe, expect, test } from 'vitest';
import { createFetcher, type Fetcher } from './fetcher.ts';
import type { PictureResult } from './picture.ts';

/** Pictures on their way, by camera: the test says when each comes. */
let onTheWay: Map<string, (result: PictureResult) => void>;
let started: string[];
let fetcher: Fetcher;
let answers: string[];

beforeEach(() => {
  onTheWay = new Map();
  started = [];
  answers = [];
  fetcher = createFetcher({
    fetch: ({ url }) =>
      new Promise((resolve) => {
        started.push(url);
        onTheWay.set(url, resolve);
      }),
    addressOf: (camera) =>
      camera === 'no-url' ? undefined : { url: camera, user: undefined, password: undefined },
    now: () => 5,
    told: (camera, { ok }) => answers.push(`told ${camera} ${ok}`),
  });
});

const jpeg = Buffer.from('picture');
const good: PictureResult = { ok: true, jpeg, takenAt: 1 };
const bad: PictureResult = { ok: false, failure: 'timeout', error: 'no', takenAt: 1 };
const ask = (camera: string, who: string, urgency: 'alarm' | 'look' | 'watch' = 'alarm') =>
  fetcher.ask(camera, urgency, (result) => answers.push(`${who} ${result.ok ? 'ok' : result.failure}`));
async function comes(camera: string, result: PictureResult = good): Promise<void> {
  const resolve = onTheWay.get(camera);
  if (!resolve) throw new Error(`nothing is on its way from ${camera}`);
  onTheWay.delete(camera);
  resolve(result);
  await new Promise(setImmediate);
}
const many = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}-${i}`);

test('alarms that wait for one camera share the next picture, and never one that was on its way before them', async () => {
  ask('cam', 'a');
  ask('cam', 'b');
  ask('cam', 'c');
  expect(started).toEqual(['cam']);
  await comes('cam');
  expect(answers).toEqual(['told cam true', 'a ok']);
  expect(started).toEqual(['cam', 'cam']);
  await comes('cam');
  expect(answers.slice(2)).toEqual(['told cam true', 'b ok', 'c ok']);
  expect(started).toHaveLength(2);
});

test('who only looks, and the watch, take the picture that is on its way', async () => {
  ask('cam', 'alarm');
  ask('cam', 'look', 'look');
  ask('cam', 'watch', 'watch');
  await comes('cam');
  expect(answers).toEqual(['told cam true', 'alarm ok', 'look ok', 'watch ok']);
  expect(started).toHaveLength(1);
});

test('sixteen are on their way at once; then alarms come before lookers, and these before the watch', async () => {
  for (const camera of many(16, 'busy')) ask(camera, camera);
  ask('watched', 'watched', 'watch');
  ask('looked', 'looked', 'look');
  ask('alarmed', 'alarmed');
  expect(started).toHaveLength(16);
  await comes('busy-0');
  await comes('busy-1');
  await comes('busy-2');
  expect(started.slice(16)).toEqual(['alarmed', 'looked', 'watched']);
});

test('cameras that failed take four places at the most: the others do not wait for them', async () => {
  const dead = many(30, 'dead');
  for (const camera of dead) ask(camera, camera, 'watch');
  for (const camera of dead) await comes(camera, bad);
  started = [];
  for (const camera of dead) ask(camera, camera);
  ask('well', 'well', 'watch');
  expect(started).toEqual(['dead-0', 'dead-1', 'dead-2', 'dead-3', 'well']);
  await comes('dead-0', bad);
  expect(started.at(-1)).toBe('dead-4');
});

test('a camera that is well again is no longer held back', async () => {
  ask('cam', 'a');
  await comes('cam', bad);
  ask('cam', 'b');
  await comes('cam', good);
  const dead = many(4, 'dead');
  for (const camera of dead) ask(camera, camera);
  for (const camera of dead) await comes(camera, bad);
  for (const camera of dead) ask(camera, camera);
  started = [];
  ask('cam', 'c');
  expect(started).toEqual(['cam']);
});

describe('nobody is left without an answer', () => {
  test('where a camera has no address', async () => {
    ask('no-url', 'a');
    await new Promise(setImmediate);
    expect(answers).toEqual(['told no-url false', 'a unreachable']);
  });

  test('where too many wait', async () => {
    ask('cam', 'first');
    for (let i = 0; i < 1_000; i++) ask('cam', 'waiting');
    ask('cam', 'late');
    await new Promise(setImmediate);
    expect(answers).toEqual(['late busy']);
    await comes('cam');
    await comes('cam');
    expect(answers.filter((answer) => answer === 'waiting ok')).toHaveLength(1_000);
  });
});

test('after the end nobody is called', async () => {
  ask('cam', 'a');
  fetcher.close();
  await comes('cam');
  ask('cam', 'b');
  await new Promise(setImmediate);
  expect(answers).toEqual([]);
  expect(started).toHaveLength(1);
});
