import { accessStatements } from '../access/store.ts';
import { alarmStatements } from '../alarms/store.ts';
import { auditStatements } from '../auth/audit.ts';
import { authStatements } from '../auth/auth.ts';
import { retentionStatements } from '../backup/retention.ts';
import { cameraStatements } from '../cameras/store.ts';
import { commandStatements, deviceStatements } from '../devices/store.ts';
import { deadLetterStatements } from '../ingest/dead-letters.ts';
import { eventStatements } from '../ingest/events.ts';
import { timerStatements } from '../ingest/timers.ts';
import { linkageStatements } from '../linkage/store.ts';
import { meteringStatements } from '../metering/store.ts';
import { patrolStatements } from '../patrol/store.ts';
import { plantStatements } from '../plant/store.ts';
import { siteStatements } from '../site/store.ts';
import type { Statements } from '../store/store.ts';
import { ticketStatements } from '../tickets/store.ts';

/** The gateway's own facts: when it was last seen alive. */
const gatewayStatements: Statements = {
  alive: `INSERT INTO fact (name, value) VALUES ('gateway.alive', ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
};

const rooms: Record<string, Statements> = {
  access: accessStatements,
  alarms: alarmStatements,
  audit: auditStatements,
  auth: authStatements,
  cameras: cameraStatements,
  commands: commandStatements,
  deadLetters: deadLetterStatements,
  devices: deviceStatements,
  events: eventStatements,
  gateway: gatewayStatements,
  metering: meteringStatements,
  linkage: linkageStatements,
  patrol: patrolStatements,
  plant: plantStatements,
  retention: retentionStatements,
  site: siteStatements,
  tickets: ticketStatements,
  timers: timerStatements,
};

/** All statements of the house under the names by which turns write: `room.statement`. */
export function allStatements(): Map<string, string> {
  return new Map(
    Object.entries(rooms).flatMap(([room, set]) =>
      Object.entries(set).map(([name, sql]) => [`${room}.${name}`, sql] as const),
    ),
  );
}
