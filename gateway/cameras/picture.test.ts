import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CameraMode, type SimulatedCameras, serveCameras } from '../../simulators/camera.ts';
import type { PictureFailure } from '../contract/snapshot.ts';
import { createManualClock, systemClock } from '../lib/clock.ts';
import { createResolver } from './host-names.ts';
import { createHostPolicy } from './hosts.ts';
import { createPictureFetch, type PictureAddress, type PictureResult } from './picture.ts';

let open: SimulatedCameras;
let basic: SimulatedCameras;
let digest: SimulatedCameras;
let strong: SimulatedCameras;
const credentials = { user: 'viewer', password: 'päss:word' };
const all: SimulatedCameras[] = [];

beforeAll(async () => {
  open = await serveCameras();
  basic = await serveCameras({ signIn: { scheme: 'basic', ...credentials } });
  digest = await serveCameras({ signIn: { scheme: 'digest', ...credentials } });
  strong = await serveCameras({ signIn: { scheme: 'digest', algorithm: 'SHA-256', ...credentials } });
  all.push(open, basic, digest, strong);
});
afterAll(() => {
  for (const cameras of all) cameras.close();
});
beforeEach(() => open.modes.clear());

const never = new AbortController().signal;
const refuses = createHostPolicy(['127.0.0.1']);
const fetchPicture = createPictureFetch({
  clock: systemClock,
  resolve: createResolver(systemClock),
  refuses,
});
const at = ({ port }: SimulatedCameras, name = 'cam-1') => `http://127.0.0.1:${port}/${name}.jpg`;
const ask = (url: string, more: Partial<PictureAddress> = {}): Promise<PictureResult> =>
  fetchPicture({ url, user: undefined, password: undefined, ...more }, never);

test('a picture comes whole', async () => {
  const result = await ask(at(open));
  expect(result).toMatchObject({ ok: true });
  const { jpeg } = result as Extract<PictureResult, { ok: true }>;
  expect([...jpeg.subarray(0, 3), ...jpeg.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xff, 0xd9]);
  expect(open.headers()).toMatchObject({ accept: 'image/jpeg', 'accept-encoding': 'identity' });
});

describe('a camera that asks for a sign-in', () => {
  test.each([
    ['Basic', () => basic],
    ['Digest with MD5', () => digest],
    ['Digest with SHA-256', () => strong],
  ])('by %s gets it, and gives its picture', async (_, cameras) => {
    expect(await ask(at(cameras()), credentials)).toMatchObject({ ok: true });
  });

  test('never gets it unasked', async () => {
    expect(await ask(at(open), credentials)).toMatchObject({ ok: true });
    expect(open.headers().authorization).toBeUndefined();
  });

  test.each([
    ['no user is set', {}, 'asks for a user name and a password'],
    [
      'the password is wrong',
      { user: 'viewer', password: 'wrong' },
      'does not accept the user name or the password',
    ],
  ])('says so when %s', async (_, given, words) => {
    for (const cameras of [basic, digest])
      expect(await ask(at(cameras), given)).toMatchObject({
        failure: 'unauthorized',
        error: expect.stringContaining(words),
      });
  });
});

describe('there is no picture, and a sentence that says why, from a camera that', () => {
  const modes: [what: string, CameraMode, PictureFailure, words: string][] = [
    ['ends in the middle', 'cut-short', 'cut-short', 'ends in the middle'],
    ['sends a page', 'html', 'not-jpeg', 'sends text/html, not image/jpeg'],
    ['sends a script under the name of a picture', 'not-a-picture', 'not-jpeg', 'is no JPEG'],
    ['streams', 'stream', 'not-jpeg', 'give the URL of a single picture'],
    ['sends far too much', 'huge', 'too-large', 'larger than 4 MiB'],
    ['says that it will send far too much', 'huge-announced', 'too-large', 'larger than 4 MiB'],
    ['points elsewhere', 'redirect', 'redirect', 'points to http://169.254.169.254/latest/meta-data/'],
    ['is busy', 'broken', 'status', 'answers 503'],
    ['hangs up', 'reset', 'unreachable', 'ended the connection'],
  ];
  test.each(modes)('%s', async (_, mode, failure, words) => {
    open.modes.set('cam-1', mode);
    expect(await ask(at(open))).toMatchObject({ ok: false, failure, error: expect.stringContaining(words) });
  });

  test('is not there', async () => {
    expect(await ask(`http://127.0.0.1:${open.port}/a/b`)).toMatchObject({
      failure: 'status',
      error: expect.stringContaining('answers 404 Not Found; correct the path'),
    });
  });

  test('is switched off', async () => {
    const gone = await serveCameras();
    gone.close();
    expect(await ask(at(gone))).toMatchObject({
      failure: 'unreachable',
      error: expect.stringContaining('refuses the connection'),
    });
  });

  test('speaks something else', async () => {
    const talker = createServer((socket) => socket.on('error', () => {}).end('220 ftp ready\r\n'));
    await new Promise<void>((resolve) => talker.listen(0, '127.0.0.1', resolve));
    const { port } = talker.address() as { port: number };
    expect(await ask(`http://127.0.0.1:${port}/x.jpg`)).toMatchObject({
      failure: 'status',
      error: expect.stringContaining('does not speak HTTP'),
    });
    talker.close();
  });
});

describe('within its time there is no picture from a camera that', () => {
  test.each<[string, CameraMode]>([
    ['never answers', 'hang'],
    ['goes on for ever, a byte at a time', 'drip'],
  ])('%s', async (_, mode) => {
    open.modes.set('cam-1', mode);
    const clock = createManualClock(0);
    const timed = createPictureFetch({ clock, resolve: createResolver(clock), refuses });
    const asked = open.asked.get('cam-1') ?? 0;
    const result = timed({ url: at(open), user: undefined, password: undefined }, never);
    while ((open.asked.get('cam-1') ?? 0) === asked) await new Promise(setImmediate);
    await clock.advance(4_000);
    expect(await result).toMatchObject({
      failure: 'timeout',
      error: `no whole picture came from 127.0.0.1:${open.port} within 4 s`,
    });
  });

  test('hides behind a name that nobody answers for', async () => {
    const clock = createManualClock(0);
    const timed = createPictureFetch({ clock, resolve: () => new Promise(() => {}), refuses });
    const result = timed({ url: 'http://cam.local/x.jpg', user: undefined, password: undefined }, never);
    await clock.advance(4_000);
    expect(await result).toMatchObject({ failure: 'timeout' });
  });
});

describe('an address that may not be asked', () => {
  test('is refused before anything is sent', async () => {
    const strict = createPictureFetch({
      clock: systemClock,
      resolve: createResolver(systemClock),
      refuses: createHostPolicy([]),
    });
    const before = open.asked.get('cam-1');
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433'])
      expect(
        await strict({ url: `http://${host}:${open.port}/cam-1.jpg`, ...credentials }, never),
      ).toMatchObject({ failure: 'not-allowed', error: expect.stringContaining('cameras.allow') });
    expect(open.asked.get('cam-1')).toBe(before);
  });

  test('is passed over when a name leads to it and to one that may', async () => {
    const both = createPictureFetch({
      clock: systemClock,
      resolve: async () => ['169.254.169.254', '127.0.0.1'],
      refuses,
    });
    expect(
      await both({ url: `http://cam.local:${open.port}/cam-1.jpg`, ...credentials }, never),
    ).toMatchObject({
      ok: true,
    });
  });

  test('that a name leads to is not asked, though the name is allowed', async () => {
    const rebound = createPictureFetch({
      clock: systemClock,
      resolve: async () => ['127.0.0.1'],
      refuses: createHostPolicy(['cam.local']),
    });
    expect(
      await rebound({ url: `http://cam.local:${open.port}/cam-1.jpg`, ...credentials }, never),
    ).toMatchObject({ failure: 'not-allowed' });
  });
});

test('names are looked up one after the other, once for all who ask, and anew after half a minute', async () => {
  const clock = createManualClock(0);
  const asked: string[] = [];
  const answers = new Map<string, (addresses: string[]) => void>();
  const resolve = createResolver(clock, (host) => {
    asked.push(host);
    return new Promise((done) => answers.set(host, done));
  });
  const first = [resolve('a'), resolve('a'), resolve('b')];
  await Promise.resolve();
  expect(asked).toEqual(['a']);
  answers.get('a')?.(['10.0.0.1']);
  expect(await first[0]).toEqual(['10.0.0.1']);
  expect(await first[1]).toEqual(['10.0.0.1']);
  await new Promise(setImmediate);
  expect(asked).toEqual(['a', 'b']);
  answers.get('b')?.(['10.0.0.2']);
  await first[2];
  await clock.advance(29_999);
  void resolve('a');
  expect(asked).toEqual(['a', 'b']);
  await clock.advance(1);
  void resolve('a');
  expect(asked).toEqual(['a', 'b', 'a']);
});
