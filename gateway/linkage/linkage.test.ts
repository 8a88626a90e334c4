import { beforeEach, describe, expect, test } from 'vitest';
import { type Alarm, type AlarmTransition, alarmSchema } from '../contract/alarm.ts';
import { type Linkage, linkageSchema } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture } from '../store/turn-fixture.ts';
import { createLinkage } from './linkage.ts';
import type { LinkedCommand } from './runs.ts';

const id = '01936f2a-0000-7000-8000-000000000001';
const alarm: Alarm = alarmSchema.parse({
  id,
  device: 'wall-1',
  definition: 'intrusion',
  area: 'wall-east',
  category: 'perimeter',
  priority: 1,
  state: 'unacknowledged',
  count: 1,
  occurredAt: 1,
  raisedAt: 1,
  late: false,
  recorded: true,
  title: { zh: '入侵', en: 'Intrusion' },
  deviceName: '一号',
  areaName: '东墙',
  latched: false,
  popup: true,
  shelvable: true,
  cameras: [],
  revision: 1,
});
const raised: AlarmTransition = {
  alarm: id,
  revision: 1,
  at: 1,
  from: null,
  to: 'unacknowledged',
  cause: 'raised',
  who: null,
  station: null,
  comment: null,
};
const parents: Record<string, string> = { 'wall-east': 'wall', wall: 'site' };
const within = (area: string, ancestor: string): boolean =>
  area === ancestor || (parents[area] !== undefined && within(parents[area], ancestor));

let asked: LinkedCommand[];
let records: string[];
beforeEach(() => {
  asked = [];
  records = [];
});

/** Runs one transition through a site with one linkage. */
function play(linkage: object, given: Alarm, transition: AlarmTransition): void {
  const memory = new Memory();
  const room = createLinkage({
    memory,
    query: async () => [],
    within,
    device: () => undefined,
    devicesOf: () => [],
    isOwn: ({ definition }) => definition === 'not-confirmed',
    requestCommand: (_turn, command) => {
      if (command.device === 'broken') throw fault('not.found', 'there is no device broken');
      asked.push(command);
      return { id: 'c', state: 'sending', error: null, failure: null };
    },
    isRunning: () => true,
    proofOf: () => null,
    unreachable: () => null,
    record: (_turn, _alarm, text) => records.push(text),
    finding: () => {},
  });
  const turn = createTurnFixture(memory, { now: 1 });
  room.configure([linkageSchema.parse({ id: 'l', name: '墙灯', ...linkage })]);
  room.onTransition(turn, given, transition);
}

function run(
  on: Linkage['on'],
  given: Partial<Alarm> = {},
  transition: Partial<AlarmTransition> = {},
): number {
  const linkage = { on, do: [{ device: 'light-1', command: 'on', args: { s: 60 } }] };
  play(linkage, { ...alarm, ...given }, { ...raised, ...transition });
  return asked.length;
}

describe('a linkage answers', () => {
  test.each<[string, Linkage['on'], number]>([
    ['the alarm of its device', { device: 'wall-1' }, 1],
    ['no other device’s', { device: 'wall-2' }, 0],
    ['its definition on any device', { definition: 'intrusion' }, 1],
    ['no other definition', { device: 'wall-1', definition: 'tamper' }, 0],
    ['its area', { area: 'wall-east' }, 1],
    ['the areas under it', { area: 'site' }, 1],
    ['no other area', { area: 'garage' }, 0],
    ['only what meets all it names', { device: 'wall-1', area: 'garage' }, 0],
    ['nothing, when it names nothing', {}, 0],
  ])('%s', (_title, on, times) => {
    expect(run(on)).toBe(times);
  });

  const on = { device: 'wall-1' };
  test.each<[string, Partial<Alarm>, Partial<AlarmTransition>, number]>([
    ['a trip anew', { count: 2 }, { cause: 'retripped' }, 1],
    ['a momentary alarm, raised as returned', { state: 'returned' }, { to: 'returned' }, 1],
    ['a late one that still stands', { late: true }, {}, 1],
    ['not one that was over before it was told', { late: true, state: 'returned' }, {}, 0],
    ['not a shelved one', { shelved: { by: 'li', until: 9, reason: 'x' } }, {}, 0],
    ['not a suppressed one', { suppressed: 'receiver-1' }, {}, 0],
    ['not an acknowledge', { state: 'acknowledged' }, { cause: 'acknowledged' }, 0],
    ['not its own record', {}, { cause: 'linked' }, 0],
    ['not the alarm that only tells what a linkage missed', { definition: 'not-confirmed' }, {}, 0],
  ])('%s', (_title, given, transition, times) => {
    expect(run(on, given, transition)).toBe(times);
  });

  test('with the command, its arguments and the alarm, on the record of the alarm', () => {
    run(on);
    expect(asked).toEqual([{ device: 'light-1', command: 'on', args: { s: 60 }, reason: '墙灯', alarm: id }]);
    expect(records).toEqual(['墙灯: light-1 on']);
  });
});

test('a command that its device does not take is on the record and stops neither the next nor the alarm', () => {
  const commands = ['broken', 'light-1'].map((device) => ({ device, command: 'on' }));
  play({ on: { device: 'wall-1' }, do: commands }, alarm, raised);
  expect(asked.map(({ device }) => device)).toEqual(['light-1']);
  expect(records).toEqual(['墙灯: broken on – there is no device broken', '墙灯: light-1 on']);
});
