import type { Alarm } from '../../gateway/contract/alarm.ts';

let drawn = 0;

/** An open, unanswered alarm for tests; each has its own id. */
export function alarmOf(change: Partial<Alarm> = {}): Alarm {
  const id = `01900000-0000-7000-8000-${String(++drawn).padStart(12, '0')}`;
  return {
    id,
    device: 'tank-1',
    definition: 'high',
    area: 'pump-room',
    category: 'water',
    priority: 2,
    state: 'unacknowledged',
    count: 1,
    occurredAt: 1_000,
    raisedAt: 1_000,
    late: false,
    recorded: true,
    title: { zh: '水箱高水位', en: 'Tank level high' },
    deviceName: '消防水箱',
    areaName: '水泵房',
    latched: false,
    popup: false,
    shelvable: true,
    cameras: [],
    revision: 1,
    ...change,
  };
}
