import { afterEach, expect, test } from 'vitest';
import { type SimulatedReader, serveReaders, simulateReader } from '../../simulators/osdp-reader.ts';
import { eventually } from '../../test/house.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { lightData } from '../protocols/osdp/messages.ts';
import type { OsdpHappening } from '../protocols/osdp/report.ts';
import { createLinks, type Links } from './links.ts';
import type { ReaderPlan } from './osdp-line.ts';

const card = '00001001010010011110110001';
const link = { id: 'readers', kind: 'bus', protocol: 'osdp', baudRate: 115_200 } as const;
const line = { dataBits: 8, parity: 'none', stopBits: 1, timeoutMs: 60, gapMs: 0 } as const;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0).reverse()) one.close();
});

/** Links with one line of readers, and what they were told. */
async function stand(readers: SimulatedReader[]) {
  const server = await serveReaders(readers);
  open.push(server);
  const told: { device: string; happening: OsdpHappening; durable: () => void }[] = [];
  const usable = new Set<string>();
  const lost: string[] = [];
  const links: Links = createLinks({
    ...{ clock: systemClock, log: silentLog, polled() {}, failed() {}, frame() {}, state() {} },
    readers: {
      state: (device) => void usable.add(device),
      happened: (device, happening, _at, durable) => void told.push({ device, happening, durable }),
      lost: (device) => void lost.push(device),
      barred() {},
    },
  });
  open.push(links);
  const path = `tcp://127.0.0.1:${server.port}`;
  const plan = (plans: ReaderPlan[]) =>
    links.configure([{ link: { ...link, ...line, path }, polled: [], readers: plans }]);
  return { links, told, usable, lost, plan };
}

const planOf = (address: number): ReaderPlan => ({
  ...{ device: `reader-${address}`, address, protection: { mode: 'plain' } },
});

test('readers share a line fairly, and one that is dead costs the others little', async () => {
  const readers = [1, 2, 3, 4].map((address) => simulateReader(address));
  const { plan, usable } = await stand(readers);
  const [first, second, third, dead] = readers;
  if (!first || !second || !third || !dead) throw new Error('there are four');
  dead.dead = true;
  plan([1, 2, 3, 4].map(planOf));
  await eventually('three are usable', () => usable.size === 3);
  const before = [first, second, third].map(({ heard }) => heard.length);
  await eventually('the first was asked often', () => first.heard.length >= (before[0] ?? 0) + 60);
  const asked = [first, second, third].map(({ heard }, i) => heard.length - (before[i] ?? 0));
  expect(Math.max(...asked) - Math.min(...asked)).toBeLessThan(10);
});

test('a card is told once while its commit is awaited, and others are heard meanwhile', async () => {
  const [first, second] = [simulateReader(1), simulateReader(2)];
  const { plan, told, usable } = await stand([first, second]);
  plan([1, 2].map(planOf));
  await eventually('both are usable', () => usable.size === 2);
  first.hold(card);
  await eventually('it is told', () => told.length === 1);
  second.hold(card);
  await eventually('the other one is told, too', () => told.length === 2);
  const heard = first.heard.length;
  expect(first.heard.length).toBe(heard);
  for (const { durable } of told) durable();
  await eventually('it goes on', () => first.heard.length > heard && second.heard.length > 0);
  expect(told.map(({ device }) => device)).toEqual(['reader-1', 'reader-2']);
});

test('an order is answered by its reader; one that has left the site, or a line that is no reader’s, ends it', async () => {
  const reader = simulateReader(1);
  const { plan, usable, links } = await stand([reader]);
  plan([planOf(1)]);
  await eventually('it is usable', () => usable.size === 1);
  const light = { code: 0x69, data: lightData('green', 1_000) };
  const soon = () => Date.now() + 5_000;
  expect(await links.tellReader('readers', 'reader-1', light, soon())).toEqual({ ok: true });
  const unknown = await links.tellReader('readers', 'reader-1', { code: 0x6b, data: light.data }, soon());
  expect(unknown).toMatchObject({
    ok: false,
    error: 'refused',
    words: expect.stringContaining('unknown-command'),
  });
  reader.dead = true;
  const late = links.tellReader('readers', 'reader-1', light, Date.now() + 300);
  expect(await late).toMatchObject({ ok: false, error: 'timeout' });
  const gone = links.tellReader('readers', 'reader-1', light, soon());
  plan([]);
  expect(await gone).toMatchObject({ ok: false, error: 'line-down' });
  expect(await links.tellReader('readers', 'reader-1', light, soon())).toMatchObject({ error: 'line-down' });
  expect(await links.tellReader('nowhere', 'reader-1', light, soon())).toMatchObject({ error: 'line-down' });
});

test('what readers send is counted, and no card or code of it stands in the status of the line', async () => {
  const reader = simulateReader(1);
  const { plan, usable, told, links } = await stand([reader]);
  plan([planOf(1)]);
  await eventually('it is usable', () => usable.size === 1);
  reader.hold(card);
  await eventually('it is told', () => told.length === 1);
  const [status] = links.status();
  expect(status?.counters.answered).toBeGreaterThan(0);
  expect(status?.last).toMatchObject({ sent: null, received: null });
});

test('a reader of the site is not spoken with a second time for a trial: its cards go on to open doors', async () => {
  const reader = simulateReader(1);
  const { plan, usable, told, links } = await stand([reader]);
  plan([planOf(1)]);
  await eventually('it is usable', () => usable.size === 1);
  const ends: unknown[] = [];
  const tells = {
    ...{ begin: () => ({ sent() {}, received() {} }), replied() {}, state() {} },
    end: (outcome: unknown) => void ends.push(outcome),
  };
  expect(links.tryReader('readers', { address: 1, protection: { mode: 'plain' } }, tells)).not.toBeNull();
  expect(ends).toEqual(['in-use']);
  reader.hold(card);
  await eventually('its card is told', () => told.length === 1);
});
