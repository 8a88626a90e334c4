import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import { type Alarm, type AlarmTransition, alarmSchema } from '../contract/alarm.ts';
import type { Command, CommandState, WhyNot } from '../contract/command.ts';
import type { LinkageRun } from '../contract/linkage-run.ts';
import { linkageSchema } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import { createLinkage, type LinkageRoom } from './linkage.ts';
import { linkageStatements } from './store.ts';

// A fire input of building 1 with three doors, one of which is a plain contact, and a lift. The devices room is the test's: it says
// what becomes of each command.

const start = Date.UTC(2026, 2, 2, 3);
const fireId = '01936f2a-0000-7000-8000-000000000001';
const fire: Alarm = alarmSchema.parse({
  id: fireId,
  device: 'fire-1',
  definition: 'fire',
  area: 'building-1',
  category: 'fire',
  priority: 1,
  state: 'unacknowledged',
  count: 1,
  occurredAt: 1,
  raisedAt: 1,
  late: false,
  recorded: true,
  title: { zh: '火警', en: 'Fire' },
  deviceName: '1 号楼火警',
  areaName: '1 号楼',
  latched: true,
  popup: true,
  shelvable: false,
  cameras: [],
  revision: 1,
});
const linkage = linkageSchema.parse({
  id: 'fire-doors',
  name: '消防释门',
  on: { definition: 'fire' },
  do: [
    { all: 'door', command: 'unlock' },
    { device: 'lift-1', command: 'recall' },
  ],
});
const doors = ['door-1', 'door-2', 'door-3'];
const names: Record<string, string> = { 'door-1': '大堂门', 'door-2': '屋面门', 'door-3': '楼梯间门' };
const key = `${fireId}/fire-doors`;

const gone = (device: string): WhyNot => ({
  error: `${device} is offline: will`,
  failure: { code: 'offline', device, why: 'will' },
});

let days: SimulatedDays<LinkageRoom>;
let asked: string[];
let refusing: boolean;
let running: Set<string>;
let offline: Set<string>;
let records: string[];
let findings: { instance: string; active: boolean; value: number; zh: string }[];

beforeEach(async () => {
  asked = [];
  refusing = false;
  running = new Set();
  offline = new Set();
  records = [];
  findings = [];
  days = await createSimulatedDays({
    start,
    statements: { linkage: linkageStatements },
    async stand(memory, query) {
      const room = createLinkage({
        memory,
        query,
        within: () => true,
        device: (id) => ({ id, name: names[id] ?? id, takes: () => true }),
        devicesOf: (_kind, area) =>
          area === 'building-1'
            ? [...doors, 'door-plain'].map((id) => ({
                id,
                name: names[id] ?? id,
                takes: () => id !== 'door-plain',
              }))
            : [],
        isOwn: () => false,
        requestCommand(_turn, { device }) {
          if (refusing) throw fault('not.found', `there is no device "${device}"`);
          const id = `c${asked.push(device)}`;
          if (offline.has(device)) return { id, state: 'failed', ...gone(device) };
          running.add(id);
          return { id, state: 'sending', error: null, failure: null };
        },
        isRunning: (id) => running.has(id),
        proofOf: (device) => (device === 'lift-1' ? null : { key: `${device}.locked`, value: false }),
        unreachable: (device) => (offline.has(device) ? 'will' : null),
        record: (_turn, _alarm, text) => records.push(text),
        finding: (_turn, { instance, active, value, detail }) =>
          findings.push({ instance, active, value, zh: detail.zh }),
      });
      await room.load();
      return { rooms: room, onTimer: (turn, _room, name) => room.onTimer(turn, name) };
    },
  });
});
afterEach(() => days.remove());

function transition(fields: Partial<AlarmTransition>): AlarmTransition {
  const { id: alarm, revision } = fire;
  const base = { alarm, revision, at: days.now, from: null, who: null, station: null, comment: null };
  return { ...base, to: 'unacknowledged', cause: 'raised', ...fields };
}
async function raise(alarm: Alarm = fire, fields: Partial<AlarmTransition> = {}): Promise<void> {
  await days.act((turn) => {
    days.rooms.configure([linkage]);
    days.rooms.onTransition(turn, alarm, transition(fields));
  }, null);
}
const close = () =>
  days.act((turn) => days.rooms.onTransition(turn, fire, transition({ to: 'closed', cause: 'reset' })), null);
function command(index: number, state: CommandState, error: string | null = null): Promise<void> {
  const id = `c${index}`;
  if (state !== 'sent') running.delete(id);
  const device = asked[index - 1] ?? '';
  const failure = error === null ? null : { code: 'no-answer', withinMs: 5_000 };
  const asks = device === 'lift-1' ? 'recall' : 'unlock';
  const step = { id, device, command: asks, state, error, failure } as Command;
  return days.act((turn) => days.rooms.onCommand(turn, step), null);
}
function reads(door: string, locked: boolean, quality: 'good' | 'uncertain' = 'good'): Promise<void> {
  const reading = {
    device: door,
    point: 'locked',
    value: locked,
    quality,
    at: days.now,
    receivedAt: days.now,
  };
  return days.act((turn) => days.rooms.onReading(turn, reading, `${door}.locked`), null);
}
const comesBack = (id: string) =>
  days.act((turn) => days.rooms.onState(turn, { id, state: 'online', since: days.now, why: null }), null);
const run = () => days.rooms.snapshot()[0]?.data as LinkageRun;
const states = () => run().actions.map(({ device, state }) => `${device} ${state}`);

test('everything is asked in the one turn, and what takes no such command is told apart', async () => {
  await raise();
  expect(asked).toEqual([...doors, 'lift-1']);
  expect(run()).toMatchObject({ listAt: start + 2_000, listed: false, holds: true, endedAt: null });
  expect(run().without).toEqual([{ device: 'door-plain', deviceName: 'door-plain' }]);
  expect(records).toEqual(['消防释门: unlock × 3, lift-1 recall']);
});

test('after 2 s those that nothing has confirmed are named, on the record and by a finding, until they are', async () => {
  await raise();
  await reads('door-1', false);
  await command(4, 'confirmed');
  await days.goTo(start + 1_999);
  expect(findings).toEqual([]);
  await days.goTo(start + 2_000);
  expect(records.at(-1)).toBe('消防释门: 2/4 ✓; ✗ 屋面门, 楼梯间门');
  expect(findings).toEqual([
    { instance: '消防释门', active: true, value: 2, zh: '2/4 已确认，未确认：屋面门、楼梯间门' },
  ]);
  await reads('door-3', false);
  expect(findings.at(-1)).toMatchObject({ active: true, value: 1, zh: '3/4 已确认，未确认：屋面门' });
  expect(records).toHaveLength(2);
  await reads('door-2', false);
  expect(findings.at(-1)).toMatchObject({ active: false, value: 0 });
  expect(records.at(-1)).toBe('消防释门: 4/4 ✓');
});

test('when all are confirmed at once it says so at once, and no list follows', async () => {
  await raise();
  for (const door of doors) await reads(door, false);
  await command(4, 'confirmed');
  expect(records).toEqual(['消防释门: unlock × 3, lift-1 recall', '消防释门: 4/4 ✓']);
  await days.goTo(start + 60_000);
  expect(records).toHaveLength(2);
  expect(findings.map(({ active }) => active)).toEqual([false]);
});

describe('a door is not confirmed', () => {
  test('by a value that is not good', async () => {
    await raise();
    await reads('door-1', false, 'uncertain');
    expect(states()[0]).toBe('door-1 waiting');
  });

  test('by what was read before it was asked', async () => {
    await raise();
    const old = { device: 'door-1', point: 'locked', value: false, quality: 'good' } as const;
    await days.act((turn) =>
      days.rooms.onReading(turn, { ...old, at: start - 1, receivedAt: start - 1 }, 'door-1.locked'),
    );
    expect(states()[0]).toBe('door-1 waiting');
  });

  test('any more when it is locked again, and it is asked anew', async () => {
    await raise();
    for (const door of doors) await reads(door, false);
    await command(4, 'confirmed');
    await days.goTo(start + 10_000);
    await reads('door-2', true);
    expect(findings.at(-1)).toMatchObject({ active: true, value: 1, zh: '3/4 已确认，未确认：屋面门' });
    expect(records.at(-1)).toBe('消防释门: 3/4 ✓; ✗ 屋面门');
    expect(run().actions[1]).toMatchObject({ error: 'door-2.locked reads true again' });
    await days.goTo(start + 15_000);
    expect(asked.slice(4)).toEqual(['door-2']);
  });
});

test('a mute door is asked again after 5 s, 10 s, … while its error stays told', async () => {
  await raise();
  await command(2, 'failed', 'locked did not read false within 5 s');
  await days.goTo(start + 4_999);
  expect(asked).toHaveLength(4);
  await days.goTo(start + 5_000);
  expect(asked.slice(4)).toEqual(['door-2']);
  expect(run().actions[1]).toMatchObject({ state: 'failed', tries: 2, retryAt: null, commandId: 'c5' });
  await command(5, 'failed', 'locked did not read false within 5 s');
  await days.goTo(start + 15_000);
  expect(asked.slice(4)).toEqual(['door-2', 'door-2']);
});

test('an offline door is not asked by the clock, but a moment after it has come back', async () => {
  offline.add('door-2');
  await raise();
  expect(run().actions[1]).toMatchObject({ state: 'failed', ...gone('door-2') });
  await days.goTo(start + 600_000);
  expect(asked).toHaveLength(4);
  offline.delete('door-2');
  await comesBack('door-2');
  await days.goTo(start + 601_000);
  expect(asked.slice(4)).toEqual(['door-2']);
  await comesBack('door-2');
  await days.goTo(start + 700_000);
  expect(asked).toHaveLength(5);
});

test('a command that a person sends by hand confirms the lift, too', async () => {
  await raise();
  await command(4, 'failed', 'no answer');
  const byHand = {
    id: 'by-hand',
    device: 'lift-1',
    command: 'recall',
    state: 'confirmed',
    error: null,
    failure: null,
  };
  await days.act((turn) => days.rooms.onCommand(turn, byHand as Command));
  expect(states()[3]).toBe('lift-1 confirmed');
});

test('what cannot even be asked is named with the reason', async () => {
  refusing = true;
  await raise();
  await days.goTo(start + 2_000);
  expect(records.at(-1)).toBe('消防释门: 0/4 ✓; ✗ 大堂门, 屋面门, 楼梯间门, lift-1');
  expect(run().actions[0]).toMatchObject({
    ...{ error: 'there is no device "door-1"', failure: { code: 'not-taken' } },
  });
});

describe('what a latched alarm brought about', () => {
  test('is held: the contrary is refused until that alarm is closed', async () => {
    await raise();
    expect(days.rooms.heldBy('door-1.locked', true)).toContain('the linkage "消防释门" holds it');
    expect(days.rooms.heldBy('door-1.locked', false)).toBeNull();
    expect(days.rooms.heldBy('door-plain.locked', true)).toBeNull();
    await close();
    expect(days.rooms.heldBy('door-1.locked', true)).toBeNull();
  });

  test('by an alarm that is not latched is not held', async () => {
    await raise({ ...fire, latched: false });
    expect(days.rooms.heldBy('door-1.locked', true)).toBeNull();
  });
});

test('a closed alarm ends it: the finding goes, nothing is asked any more, the record stays', async () => {
  await raise();
  await command(2, 'failed', 'mute');
  await days.goTo(start + 3_000);
  await close();
  expect(findings.at(-1)).toMatchObject({ active: false });
  expect(days.changes.at(-1)).toEqual({ entity: 'linkage-runs', id: key, data: null });
  await days.goTo(start + 600_000);
  await comesBack('door-2');
  await reads('door-2', false);
  expect(asked).toHaveLength(4);
  const [row] = await days.query<{ doc: string; ended_at: number }>('SELECT doc, ended_at FROM linkage_run');
  expect(row?.ended_at).toBe(start + 3_000);
  expect((JSON.parse(row?.doc ?? '{}') as LinkageRun).actions[1]).toMatchObject({ error: 'mute' });
});

test('a trip anew asks only those that are not confirmed, and lists anew', async () => {
  await raise();
  for (const door of doors) await reads(door, false);
  await command(4, 'failed', 'no answer');
  await days.goTo(start + 3_000);
  await raise({ ...fire, count: 2 }, { cause: 'retripped' });
  expect(asked.slice(4)).toEqual(['lift-1']);
  await days.goTo(start + 5_000);
  expect(records.at(-1)).toBe('消防释门: 3/4 ✓; ✗ lift-1');
});

test('a restart in between keeps the list, the retries, what is held and what is watched', async () => {
  await raise();
  await reads('door-1', false);
  await command(2, 'failed', 'mute');
  await days.restart();
  expect(days.rooms.heldBy('door-3.locked', true)).not.toBeNull();
  await days.goTo(start + 2_000);
  expect(records.at(-1)).toBe('消防释门: 1/4 ✓; ✗ 屋面门, 楼梯间门, lift-1');
  await days.restart();
  await days.goTo(start + 5_000);
  expect(asked.slice(4)).toEqual(['door-2']);
  await days.restart();
  await reads('door-2', false);
  expect(findings.at(-1)).toMatchObject({ active: true, value: 2 });
  await days.restart();
  await close();
  expect(findings.at(-1)).toMatchObject({ active: false });
});
