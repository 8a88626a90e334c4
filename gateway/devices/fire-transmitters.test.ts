import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Device } from '../contract/site.ts';
import { createManualClock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import { silentLog } from '../lib/log.ts';
import { readFireUnit } from '../protocols/gbt26875/unit.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture } from '../store/turn-fixture.ts';
import { loadCatalogue } from './catalogue.ts';
import { createUnwiredDevices } from './unwired.ts';

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
const startMs = Date.UTC(2026, 0, 1);

const place = { name: 'x', area: 'compound' };
const transmitter = { id: 'tx', type: 'gbt26875-transmitter', address: 889, ...place };
const part = (id: string, address: string) => ({
  ...{ id, type: 'gbt26875-part', parent: 'tx', address, ...place },
});
const unit = { id: 'unit', type: 'gbt26875-system', parent: 'tx', address: '1-1', ...place };

/** A transmission device with a control unit and a part as devices, and a model of the alarms that its events raise. */
function house(site: readonly Device[] = [transmitter, unit, part('part', '1-0-0-1')]) {
  const memory = new Memory();
  const devices = createUnwiredDevices({ memory, clock: createManualClock(startMs), catalogue });
  const register = (now: readonly Device[]) => devices.configure(now, []);
  register(site);
  const standing = new Map<string, { device: string; definition: string; instance: string | undefined }>();
  let now = startMs;

  /** Takes a unit, and answers its events. `lost`: it does not come to disk. */
  function take(bytes: Uint8Array, lost = false): { device: string; type: string }[] {
    const read = readFireUnit(bytes);
    if (read?.ok === false) return [];
    now += 1_000;
    const turn = createTurnFixture(memory, { now });
    const report = { device: 'tx', unit: read?.unit ?? null, identity: null, momentOf: () => null };
    const messages = devices.decodeFireReport(
      report,
      (device) => [...standing.values()].filter((one) => one.device === device),
      now,
    );
    if (lost) {
      memory.drop();
      return [];
    }
    const events = messages.flatMap((message) => devices.receive(turn, message).events);
    for (const { device, type, data, receivedAt } of events) {
      const stored = { id: uuidv7(now), device, externalId: null, type, data };
      devices.onEvent(turn, {
        ...stored,
        ...{ occurredAt: receivedAt, receivedAt, deviceTimeUsed: false, late: false },
      });
      const definition = type.replace(/\.restore$/, '');
      const instance = typeof data.part === 'string' ? data.part : undefined;
      const cause = `${device} ${definition} ${instance}`;
      if (type.endsWith('.restore')) standing.delete(cause);
      else if (devices.alarmInput(device)?.alarms[definition]?.on.rule === 'event')
        standing.set(cause, { device, definition, instance });
    }
    memory.commit();
    return events;
  }
  const points = (id = 'part') =>
    (devices.views.points(id) ?? []).filter(({ value }) => value === true).map(({ point }) => point);
  return { take, register, standing, points };
}

const low = fc.integer({ min: 0, max: 2 });
const time = [0, 0, 0, 1, 1, 26];
const partState = (address: readonly number[], state: number) =>
  Uint8Array.from(
    [2, 1, 1, ...address.slice(0, 1), 42, 0, 0, address[1] ?? 0, 0].concat(
      [state & 0xff, state >> 8],
      Array<number>(31).fill(0),
      time,
    ),
  );
const systemState = (address: number, state: number) =>
  Uint8Array.from([1, 1, 1, address, state & 0xff, state >> 8, ...time]);
const deviceState = (state: number) => Uint8Array.from([21, 1, state, ...time]);

const state = fc.integer({ min: 0, max: 0x1fff });
const story = fc.array(
  fc.oneof(
    fc.tuple(low, low, state).map(([system, part, bits]) => partState([system, part], bits & 0x1ff)),
    fc.tuple(low, state).map(([system, bits]) => systemState(system, bits)),
    state.map((bits) => deviceState(bits & 0x7f)),
  ),
  { maxLength: 30 },
);

const normal = [0, 1, 2].flatMap((system) => [
  ...[0, 1, 2].map((number) => partState([system, number], 1)),
  systemState(system, 1),
]);

test('whatever was told, the normal states end all of it, and tell nothing twice', () => {
  fc.assert(
    fc.property(story, (units) => {
      const { take, standing, points } = house();
      for (const unit of units) take(unit);
      for (const unit of [...normal, deviceState(1)]) take(unit);
      expect([...standing.keys()]).toEqual([]);
      expect(points()).toEqual([]);
      for (const unit of normal) expect(take(unit)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('what was told of a place before it was a device of the site ends where it was told', () => {
  fc.assert(
    fc.property(story, story, story, (first, second, third) => {
      const { take, register, standing, points } = house([transmitter]);
      for (const bytes of first) take(bytes);
      register([transmitter, unit]);
      for (const bytes of second) take(bytes);
      register([transmitter, unit, part('part', '1-0-0-1'), part('of-unit', '1-1-0-2')]);
      for (const bytes of third) take(bytes);
      for (const bytes of [...normal, deviceState(1)]) take(bytes);
      expect([...standing.keys()]).toEqual([]);
      expect([...points('part'), ...points('of-unit')]).toEqual([]);
      for (const bytes of normal) expect(take(bytes)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a reset ends the fire of a part, too, that was told before its control unit was a device, and no fault', () => {
  const { take, register, standing } = house([transmitter]);
  take(partState([1, 2], 2 | 4));
  expect([...standing.values()].map(({ definition }) => definition)).toEqual(['fire', 'fault']);
  register([transmitter, unit]);
  const resetBit = 1 << 13;
  expect(take(systemState(1, 1 | resetBit))).toMatchObject([
    { device: 'tx', type: 'fire.restore' },
    { device: 'unit', type: 'reset' },
  ]);
  // What burns no more leaves the next fire of the unit its own alarm.
  expect(take(systemState(1, 2))).toMatchObject([{ device: 'unit', type: 'fire' }]);
  expect([...standing.values()]).toMatchObject([
    { device: 'tx', definition: 'fault' },
    { device: 'unit', definition: 'fire' },
  ]);
});

test('feedback is told when the report is repeated because it did not come to disk, and then once', () => {
  const { take } = house([transmitter]);
  const feedback = partState([1, 2], 1 << 6);
  take(feedback, true);
  expect(take(feedback)).toMatchObject([{ device: 'tx', type: 'feedback' }]);
  expect(take(feedback)).toEqual([]);
});

test('a condition that stands is not told again, but for a fire', () => {
  fc.assert(
    fc.property(low, low, fc.integer({ min: 0, max: 0x1ff }), (system, part, bits) => {
      const { take } = house();
      take(partState([system, part], bits));
      const again = take(partState([system, part], bits)).map(({ type }) => type);
      expect(again.filter((type) => type !== 'fire')).toEqual([]);
      expect(again.includes('fire')).toBe((bits & 2) !== 0);
    }),
    { numRuns: 60 },
  );
});

test('any unit becomes events of the kinds, and never an exception', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 120 }), (type, rest) => {
      const known = new Set(
        ['fire-panel', 'fire-input'].flatMap((kind) => Object.keys(catalogue.kinds.get(kind)?.events ?? {})),
      );
      for (const event of house().take(Uint8Array.of(type, ...rest))) expect(known).toContain(event.type);
    }),
    { numRuns: 200 },
  );
});
