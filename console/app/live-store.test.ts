import { expect, test } from 'vitest';
import type { Change, LiveMessage } from '../../gateway/contract/live.ts';
import { alarmOf } from './alarm-fixture.ts';
import { createLiveStore } from './live-store.ts';

const hello = (epoch: string, seq: number): LiveMessage => ({ type: 'hello', epoch, seq, serverTime: 5_000 });
const snapshot = (
  seq: number,
  part: number,
  last: boolean,
  changes: Change[] = [],
  values: Extract<LiveMessage, { type: 'snapshot' }>['values'] = [],
): LiveMessage => ({ type: 'snapshot', seq, part, last, changes, values });
const change = (seq: number, prev: number, ...changes: Change[]): LiveMessage => ({
  type: 'change',
  seq,
  prev,
  serverTime: 5_000,
  changes,
});
const area = (id: string, name = id): Change => ({
  entity: 'areas',
  id,
  data: { id, name, kind: 'outdoor' },
});

/** A store whose drawing is done by hand, and whose clock stands. */
function storeOf() {
  let due: (() => void) | null = null;
  const store = createLiveStore({
    monoMs: () => 100,
    publish: (flush) => {
      due = flush;
    },
  });
  const draw = () => {
    const flush = due;
    due = null;
    flush?.();
  };
  return { store, draw };
}

function live(...changes: Change[]) {
  const { store, draw } = storeOf();
  store.apply(hello('e1', 7));
  store.apply(snapshot(7, 0, true, changes));
  draw();
  return { store, draw };
}

test('nothing of a snapshot is shown before its last part has come', () => {
  const { store, draw } = storeOf();
  store.apply(hello('e1', 7));
  store.apply(snapshot(7, 0, false, [area('a')], [['tank-1', 'level', 1, 'good', 1]]));
  draw();
  expect(store.list('areas')).toEqual([]);
  expect(store.connection().state).toBe('connecting');
  expect(store.resumePoint()).toBeNull();
  store.apply(snapshot(7, 1, true, [area('b')]));
  draw();
  expect(store.list('areas').map((each) => each.id)).toEqual(['a', 'b']);
  expect(store.point('tank-1', 'level')).toEqual({ value: 1, quality: 'good', at: 1 });
  expect(store.connection().state).toBe('live');
  expect(store.resumePoint()).toBe('e1:7');
});

test('a new snapshot drops what it does not hold', () => {
  const { store, draw } = live(area('a'), area('b'));
  store.apply(snapshot(9, 0, true, [area('b')]));
  draw();
  expect(store.list('areas').map((each) => each.id)).toEqual(['b']);
});

test('changes that overtake the snapshot are applied after it', () => {
  const { store, draw } = storeOf();
  store.apply(hello('e1', 7));
  store.apply(snapshot(7, 0, false, [area('a', 'old')]));
  expect(store.apply(change(8, 7, area('a', 'new')))).toBe('ok');
  expect(store.apply(snapshot(7, 1, true))).toBe('ok');
  draw();
  expect(store.get('areas', 'a')?.name).toBe('new');
  expect(store.resumePoint()).toBe('e1:8');
});

test('numbers may leap when the chain holds', () => {
  const { store } = live();
  expect(store.apply(change(12, 7, area('a')))).toBe('ok');
  expect(store.apply(change(13, 12, area('b')))).toBe('ok');
  expect(store.resumePoint()).toBe('e1:13');
});

test('a broken chain asks for a new snapshot and changes nothing', () => {
  const { store } = live();
  expect(store.apply(change(9, 8, area('a')))).toBe('resync');
  expect(store.get('areas', 'a')).toBeUndefined();
  expect(store.resumePoint()).toBe('e1:7');
});

test('a repeated change is taken once', () => {
  const { store } = live();
  store.apply(change(8, 7, area('a', 'new')));
  expect(store.apply(change(8, 7, area('a', 'again')))).toBe('ok');
  expect(store.get('areas', 'a')?.name).toBe('new');
});

test('a part of a snapshot without its beginning asks for a new one', () => {
  const { store } = live();
  expect(store.apply(snapshot(9, 1, true))).toBe('resync');
});

test('data null takes the row away', () => {
  const { store, draw } = live(area('a'));
  store.apply(change(8, 7, { entity: 'areas', id: 'a', data: null }));
  draw();
  expect(store.list('areas')).toEqual([]);
});

test('the same epoch goes on without a snapshot, another waits for one', () => {
  const { store } = live(area('a'));
  store.lose();
  expect(store.connection().state).toBe('lost');
  store.apply(hello('e1', 7));
  expect(store.connection().state).toBe('live');
  store.lose();
  store.apply(hello('e2', 1));
  expect(store.connection().state).toBe('lost');
  expect(store.resumePoint()).toBeNull();
  expect(store.get('areas', 'a')).toBeDefined();
});

test('a place that was forgotten is not gone on from', () => {
  const { store } = live();
  store.forgetPlace();
  expect(store.resumePoint()).toBeNull();
  store.lose();
  store.apply(hello('e1', 7));
  expect(store.connection().state).toBe('lost');
});

test('an unrecorded alarm is shown, outlives a snapshot of the same epoch, and is marked until it is recorded', () => {
  const { store, draw } = live();
  const alarm = alarmOf({ recorded: false });
  const unrecorded: LiveMessage = {
    type: 'unrecorded',
    serverTime: 5_000,
    changes: [{ entity: 'alarms', id: alarm.id, data: alarm }],
  };
  store.apply(unrecorded);
  draw();
  expect(store.list('alarms')).toEqual([alarm]);
  store.apply(snapshot(7, 0, true));
  draw();
  expect(store.list('alarms')).toEqual([alarm]);
  expect(store.isUnrecorded('alarms', alarm.id)).toBe(true);
  const recorded = { ...alarm, recorded: true };
  store.apply(change(8, 7, { entity: 'alarms', id: alarm.id, data: recorded }));
  draw();
  expect(store.list('alarms')).toEqual([recorded]);
  expect(store.isUnrecorded('alarms', alarm.id)).toBe(false);
});

test('an unrecorded alarm does not outlive the gateway that never recorded it', () => {
  const { store, draw } = live();
  const alarm = alarmOf({ recorded: false });
  store.apply({
    type: 'unrecorded',
    serverTime: 5_000,
    changes: [{ entity: 'alarms', id: alarm.id, data: alarm }],
  });
  store.apply(hello('e2', 1));
  store.apply(snapshot(1, 0, true));
  draw();
  expect(store.list('alarms')).toEqual([]);
});

test('lists stay the same array until a row of theirs changes', () => {
  const { store, draw } = live(area('a'));
  const before = store.list('areas');
  const devices = store.list('devices');
  store.apply(change(8, 7, area('b')));
  draw();
  expect(store.list('areas')).not.toBe(before);
  expect(store.list('devices')).toBe(devices);
});

test('a message tells each topic once, however many rows it holds', () => {
  const { store, draw } = live();
  const told: string[] = [];
  store.subscribe('areas', () => told.push('areas'));
  store.subscribe('devices', () => told.push('devices'));
  store.apply(change(8, 7, area('a'), area('b'), area('c')));
  draw();
  expect(told).toEqual(['areas']);
});

test('values are kept by device and point', () => {
  const { store } = live();
  store.apply({ type: 'values', serverTime: 5_000, values: [['tank-1', 'level', 1.2, 'uncertain', 42]] });
  expect(store.point('tank-1', 'level')).toEqual({ value: 1.2, quality: 'uncertain', at: 42 });
  expect(store.point('tank-1', 'fault')).toBeUndefined();
});

test('the server clock follows the last message', () => {
  const { store } = live();
  store.apply({ type: 'beat', serverTime: 77_000 });
  expect(store.serverNow()).toBe(77_000);
  expect(store.beats()).toBe(1);
});

test('clearing leaves nothing of what was seen', () => {
  const { store, draw } = live(area('a'));
  store.clear();
  draw();
  expect(store.list('areas')).toEqual([]);
  expect(store.resumePoint()).toBeNull();
  expect(store.connection().state).toBe('connecting');
});
