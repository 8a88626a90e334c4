import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Track } from '../../../gateway/alarms/occurrence.ts';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { uuidv7 } from '../../../gateway/lib/ids.ts';

const spanMs = 2 * 365 * 86_400_000;
const atOnce = 20_000;

/** One life of an alarm from raise to close, as the gateway stores it. */
function closedAlarm(device: string, raisedAt: number): { alarm: Alarm; track: Track } {
  const alarm: Alarm = {
    id: uuidv7(raisedAt),
    device,
    point: 'level',
    definition: 'high',
    area: 'site',
    category: 'water',
    priority: 3,
    state: 'closed',
    owner: 'admin',
    count: 1,
    occurredAt: raisedAt,
    raisedAt,
    acknowledgedAt: raisedAt + 20_000,
    acknowledgedBy: 'admin',
    returnedAt: raisedAt + 40_000,
    closedAt: raisedAt + 40_000,
    late: false,
    recorded: true,
    value: 2.71,
    limit: 2.5,
    unit: 'm',
    title: { zh: '水箱高液位', en: 'Tank level high' },
    deviceName: device,
    areaName: 'site',
    latched: false,
    popup: false,
    shelvable: true,
    cameras: [],
    revision: 3,
  };
  return { alarm, track: { trips: [raisedAt], trippedAt: raisedAt, calledAt: raisedAt, answeredCount: 1 } };
}

/** Fills the database of a stopped gateway with alarms that were raised, acknowledged and closed over the last two years. */
export async function addOldAlarms(dataDir: string, devices: number, count: number): Promise<void> {
  const database = new Database(join(dataDir, 'gatehouse.db'));
  // Nothing of this has to outlive a power failure.
  database.pragma('synchronous = OFF');
  const insertAlarm = database.prepare(
    `INSERT INTO alarm (id, cause, state, priority, category, device, area, raised_at, closed_at, track, doc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertStep = database.prepare(
    `INSERT INTO alarm_transition (alarm, revision, at, from_state, to_state, cause, who, station, comment, id)
     VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)`,
  );
  const insertLatency = database.prepare(
    `INSERT INTO alarm_latency (alarm, received_at, committed_at, sent_at, shown_at, audible) VALUES (?, ?, ?, ?, ?, 1)`,
  );
  const first = Date.now() - spanMs;
  const some = database.transaction((from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const at = first + Math.floor((i * (spanMs - 3_600_000)) / count);
      const { alarm, track } = closedAlarm(`tank-${i % devices}`, at);
      const { id, device, closedAt } = alarm;
      insertAlarm.run(
        ...[id, `${device}/high/`, 'closed', 3, 'water', device, 'site', at, closedAt],
        ...[JSON.stringify(track), JSON.stringify(alarm)],
      );
      insertStep.run(id, 1, at, null, 'unacknowledged', 'raised', null);
      insertStep.run(id, 2, at + 20_000, 'unacknowledged', 'acknowledged', 'acknowledged', 'admin');
      insertStep.run(id, 3, at + 40_000, 'acknowledged', 'closed', 'returned', null);
      insertLatency.run(id, at, at + 3, at + 4, at + 60);
    }
  });
  for (let i = 0; i < count; i += atOnce) {
    some(i, Math.min(count, i + atOnce));
    await breathe();
  }
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}
