import { describe, expect, test, vi } from 'vitest';
import type { AskFault } from '../contract/ask-fault.ts';
import { type Link, linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { HeardMeters } from '../protocols/meter-frame.ts';
import { testActor } from '../store/turn-fixture.ts';
import type { AskOutcome } from './exchange.ts';
import { createGuestLinks } from './guest-links.ts';
import type { Links } from './links.ts';
import { createScans, type Scans } from './scans.ts';

const bus = linkSchema.parse({
  ...{ id: 'bus', kind: 'bus', path: '/dev/null', protocol: 'modbus-rtu', also: { 'dlt645-2007': {} } },
});
const heard = linkSchema.parse({ id: 'heard', kind: 'bus', path: '/dev/null', protocol: 'surgard-mlr2' });
const silent: AskFault = { code: 'silent', timeoutMs: 500 };
const failed = (error: 'timeout' | 'refused' | 'broken' | 'line-down', fault: AskFault) =>
  ({ ok: false, error, words: 'why', fault }) as const;
const exception = (code: number): AskFault => ({
  ...{ code: 'exception', exception: code, function: 3, address: 0 },
});

const notAskedHere = () => Promise.reject(new Error('not asked here'));
const unused = {
  ...{ guests: { check() {}, use: notAskedHere }, recordScanned: notAskedHere },
  controllers: { search: notAskedHere, deviceOf: () => null },
};

const guest = (link: Link) => ({ link, actor: testActor });

type Read = Parameters<Links['ask']>[1];

/** What the line answers is written by the test; what was asked is kept. */
function scanning(answer: {
  ask?(unit: number, fc: number): ReturnType<typeof failed> | 'value';
  meters?(asked: number): AskOutcome<HeardMeters>;
}) {
  const asked: string[] = [];
  const scans = createScans({
    ...{ ...unused, clock: systemClock },
    link: (id) => [bus, heard].find((link) => link.id === id),
    devicesAt: (_link, address) => (address === '2' ? ['io-2'] : []),
    links: {
      async ask(_link, read: Read) {
        if (read.protocol !== 'modbus') throw new Error('not asked here');
        asked.push(`${read.unit}/${read.fc}`);
        const given = answer.ask?.(read.unit, read.fc) ?? failed('timeout', silent);
        return given === 'value' ? { ok: true, value: { read, words: [1] } } : given;
      },
      async meters(_link, search) {
        asked.push(JSON.stringify(search));
        return answer.meters?.(asked.length) ?? { ok: true, value: { addresses: [], garbled: false } };
      },
    },
  });
  const over = async () => {
    await vi.waitFor(() => expect(scans.progress('bus').state).not.toBe('running'));
    return scans.progress('bus');
  };
  return { scans, asked, over };
}

test('whoever answers, refuses or garbles is there; who is silent, or unreached by a gateway, is not', async () => {
  const { scans, asked, over } = scanning({
    ask(unit, fc) {
      if (unit === 1) return 'value';
      if (unit === 2) return failed('refused', exception(2));
      if (unit === 3) return failed('broken', { code: 'checksum' });
      if (unit === 4) return failed('timeout', exception(11));
      if (unit === 5) return failed('broken', { code: 'other-unit', unit: 1, timeoutMs: 500 });
      // A sensor that leaves unanswered what it does not know.
      return unit === 6 && fc === 4 ? 'value' : failed('timeout', silent);
    },
  });
  expect(scans.start('bus', { protocol: 'modbus', from: 1, to: 7 })).toMatchObject({
    state: 'running',
    total: 14,
  });
  const scan = await over();
  expect(scan).toMatchObject({ state: 'done', asked: 14, problem: null });
  expect(scan.finds.map(({ address, how, devices }) => [address, how, devices])).toEqual([
    ['1', 'answer', []],
    ['2', 'exception', ['io-2']],
    ['3', 'garbled', []],
    ['6', 'answer', []],
  ]);
  expect(asked).toEqual(['1/3', '2/3', '3/3', '4/3', '5/3', '6/3', '7/3', '4/4', '5/4', '6/4', '7/4']);
});

test('a line that goes down ends the scan; what was found stays', async () => {
  const { scans, over } = scanning({
    ask: (unit) => (unit === 1 ? 'value' : failed('line-down', { code: 'line-down' })),
  });
  scans.start('bus', { protocol: 'modbus', from: 1, to: 9 });
  expect(await over()).toMatchObject({
    ...{ state: 'failed', finds: [{ address: '1' }], problem: { code: 'line-down', words: 'why' } },
  });
});

test('one scan at a time on a link; a stopped one asks nothing more, and another may begin', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: number[] = [];
  const scans = createScans({
    ...{ ...unused, clock: systemClock },
    link: () => bus,
    devicesAt: () => [],
    links: {
      async ask(_link, read) {
        if (read.protocol === 'modbus') asked.push(read.unit);
        await held;
        return failed('timeout', silent);
      },
      meters: notAskedHere,
    },
  });
  scans.start('bus');
  expect(() => scans.start('bus')).toThrow(/is being scanned already/);
  expect(scans.stop('bus').state).toBe('stopped');
  release();
  await held;
  await Promise.resolve();
  expect(asked).toEqual([1]);
  expect(scans.start('bus').state).toBe('running');
  scans.close();
  expect(scans.progress('bus').state).toBe('stopped');
});

test('a meter is asked in the form of 2007, then of 1997; several at once are told as such', async () => {
  const one = scanning({
    meters: (asked) => ({
      ok: true,
      value: { addresses: asked === 2 ? ['000000000007'] : [], garbled: false },
    }),
  });
  one.scans.start('bus', { protocol: 'dlt645' });
  expect(await one.over()).toMatchObject({
    state: 'done',
    finds: [{ address: '000000000007' }],
    problem: null,
  });
  expect(one.asked).toEqual(['{"protocol":"dlt645","edition":2007}', '{"protocol":"dlt645","edition":1997}']);
  const two = scanning({ meters: () => ({ ok: true, value: { addresses: [], garbled: true } }) });
  two.scans.start('bus', { protocol: 'dlt645' });
  expect(await two.over()).toMatchObject({ state: 'done', finds: [], problem: { code: 'collision' } });
});

const doors = linkSchema.parse({ id: 'doors', kind: 'uhppote', broadcast: '10.0.0.255' });
const found = {
  ...{ netmask: '', gateway: '', mac: '', firmware: '8.92', date: null },
  ...{ serial: 423187757, address: '10.0.0.9', from: '10.0.0.9', ms: 3 },
};

test('the network of door controllers is searched: each with its address, and which device of the site it is on any link', async () => {
  const searched: unknown[] = [];
  const recorded: unknown[] = [];
  const scans = createScans({
    ...{ ...unused, clock: systemClock, links: { ask: notAskedHere, meters: notAskedHere } },
    link: (id) => (id === 'doors' ? doors : undefined),
    devicesAt: () => [],
    async recordScanned(link, { who }) {
      recorded.push([link.id, who, searched.length]);
    },
    controllers: {
      async search(link, guest) {
        searched.push([link.id, link.broadcast, guest]);
        // One that was never given an address says so itself.
        return [found, { ...found, serial: 5, address: '0.0.0.0', from: '10.0.0.77' }];
      },
      deviceOf: (serial) => (serial === 5 ? 'controller-5' : null),
    },
  });
  expect(scans.start('doors')).toMatchObject({ request: { protocol: 'uhppote' }, total: 1 });
  await vi.waitFor(() => expect(scans.progress('doors').state).toBe('done'));
  const finds = [
    { address: '423187757', how: 'answer', ms: 3, at: '10.0.0.9', devices: [] },
    { address: '5', how: 'answer', ms: 3, at: '10.0.0.77', devices: ['controller-5'] },
  ];
  expect(scans.progress('doors')).toMatchObject({ asked: 1, finds });
  // A network to which the site has no link yet.
  const newLink = linkSchema.parse({ id: 'doors-2', kind: 'uhppote' });
  scans.start('doors-2', { protocol: 'uhppote' }, guest(newLink));
  await vi.waitFor(() => expect(scans.progress('doors-2').state).toBe('done'));
  expect(searched).toEqual([
    ['doors', '10.0.0.255', false],
    ['doors-2', '255.255.255.255', true],
  ]);
  // On the record before anything goes out; a look at a link of the site is none.
  expect(recorded).toEqual([['doors-2', testActor.who, 1]]);
  expect(() => scans.start('doors', { protocol: 'modbus', from: 1, to: 2 })).toThrow(/does not carry modbus/);
  expect(() => scans.start('doors', { protocol: 'uhppote' }, guest({ ...newLink, id: 'doors' }))).toThrow(
    /already/,
  );
  expect(() => scans.start('doors-3', { protocol: 'uhppote' }, guest(newLink))).toThrow(/same key/);
});

test('scans over links that are not saved are remembered by number: the oldest that has ended makes room', async () => {
  let release = () => {};
  const held = new Promise<never[]>((resolve) => {
    release = () => resolve([]);
  });
  let hold = false;
  const scans = createScans({
    ...{ ...unused, clock: systemClock, links: { ask: notAskedHere, meters: notAskedHere } },
    ...{ link: () => undefined, devicesAt: () => [], recordScanned: () => Promise.resolve() },
    controllers: { search: () => (hold ? held : Promise.resolve([])), deviceOf: () => null },
  });
  const begin = (number: number) =>
    scans.start(
      `net-${number}`,
      { protocol: 'uhppote' },
      guest(linkSchema.parse({ id: `net-${number}`, kind: 'uhppote' })),
    );
  begin(0);
  await vi.waitFor(() => expect(scans.progress('net-0').state).toBe('done'));
  hold = true;
  for (let number = 1; number <= 16; number++) begin(number);
  expect(() => scans.progress('net-0')).toThrow(/there is no link/);
  expect(() => begin(17)).toThrow(/16 scans are under way/);
  release();
});

test.each([
  ['nowhere', undefined, /there is no link/],
  ['heard', undefined, /devices speak first/],
  ['bus', { protocol: 'cjt188' }, /does not carry cjt188/],
  ['bus', { protocol: 'modbus', from: 0, to: 3 }, /from 1 to 247/],
  ['bus', { protocol: 'modbus', from: 5, to: 3 }, /lies above/],
] as const)('on %s a scan for %o is refused', (link, request, words) => {
  expect(() => scanning({}).scans.start(link, request)).toThrow(words);
});

describe('over a link that the site does not have', () => {
  const newLink = linkSchema.parse({ ...{ id: 'new', kind: 'modbus-tcp', host: '192.0.2.1', port: 502 } });
  const request = { protocol: 'modbus', from: 1, to: 2 } as const;
  function scanningAnew(recordScanned: () => Promise<void>, siteLinks: Link[] = []) {
    const guests = createGuestLinks({
      ...{ clock: systemClock, log: silentLog, siteLinks: () => siteLinks },
      heard() {},
    });
    let tell = () => {};
    /** The connection is wanted, and nothing has come of it yet. */
    const connecting = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const scans = createScans({
      ...{ ...unused, clock: systemClock, links: { ask: notAskedHere, meters: notAskedHere } },
      ...{ link: () => undefined, devicesAt: () => [], recordScanned },
      guests: {
        check: guests.check,
        use(...wanted) {
          const using = guests.use(...wanted);
          tell();
          return using;
        },
      },
    });
    return { scans, guests, connecting };
  }
  const ended = (scans: Scans) =>
    vi.waitFor(() => {
      const { state, problem } = scans.progress('new');
      expect(state).not.toBe('running');
      return { state, problem };
    });

  test('a scan is refused where the site has a link to the same place', () => {
    const plant = linkSchema.parse({ ...bus, id: 'plant', path: 'tcp://192.0.2.1:502' });
    const { scans } = scanningAnew(() => Promise.resolve(), [plant]);
    expect(() => scans.start('new', request, guest(newLink))).toThrow(/use link "plant"/);
    expect(() => scans.progress('new')).toThrow(/there is no link/);
  });

  test('a scan ends when the site takes the place over before the far end has answered', async () => {
    const { scans, guests, connecting } = scanningAnew(() => Promise.resolve());
    scans.start('new', request, guest(newLink));
    await connecting;
    expect(() => guests.check({ ...newLink, id: 'other' })).toThrow(/is being asked/);
    guests.giveWay([{ ...newLink, id: 'plant' }]);
    expect(await ended(scans)).toMatchObject({ state: 'failed', problem: { code: 'line-down' } });
  });

  test('a scan that is stopped lets go of its line at once', async () => {
    const { scans, guests, connecting } = scanningAnew(() => Promise.resolve());
    scans.start('new', request, guest(newLink));
    await connecting;
    expect(() => guests.check({ ...newLink, id: 'other' })).toThrow(/is being asked/);
    scans.stop('new');
    guests.check({ ...newLink, id: 'other' });
  });

  test('nothing is opened that could not be put on the record', async () => {
    const { scans, guests } = scanningAnew(() => Promise.reject(new Error('the disk is full')));
    scans.start('new', request, guest(newLink));
    expect(await ended(scans)).toMatchObject({ state: 'failed', problem: { words: 'the disk is full' } });
    guests.check({ ...newLink, id: 'other' });
  });
});
