import { limits } from '../load/workload.ts';

// The two flows of Node-RED, as somebody who knows it would build them: MQTT in (which parses the JSON), one function, one
// websocket out.

/** Names a changed alarm as `load/workload.ts` does. `alarms`: count of trips by alarm; `bands`: where each point stands. */
const judgePoints = `
const device = msg.topic.split('/')[1];
const bands = context.get('bands');
const counts = context.get('counts');
const changes = [];
for (const [point, value] of Object.entries(msg.payload.values)) {
  const key = device + '/' + point;
  let band = 0;
  if (value === true) band = 1;
  else if (typeof value === 'number') for (const limit of ${JSON.stringify(limits)}) if (value > limit) band++;
  const before = bands.get(key) ?? 0;
  if (band === before) continue;
  bands.set(key, band);
  const active = band > before;
  const alarm = typeof value === 'boolean' ? point + 'On' : point + 'Above' + ${JSON.stringify(limits)}[(active ? band : before) - 1];
  const id = device + '/' + alarm;
  const count = (counts.get(id) ?? 0) + (active ? 1 : 0);
  counts.set(id, count);
  changes.push({ device, alarm, active, count, value, at: Date.now() });
}
`;

const beginJudging = `
context.set('bands', new Map());
context.set('counts', new Map());
`;

const threshold = {
  func: `${judgePoints}
return [changes.map((change) => ({ payload: JSON.stringify(change) }))];`,
  initialize: beginJudging,
  finalize: '',
};

/**
 * Every reading and every change of an alarm goes to SQLite, as durably as Gatehouse writes (WAL, synchronous = FULL). A change
 * is committed before it is shown; readings are gathered and written every 100 ms in one transaction, as an integrator who
 * knows SQLite would do, although their sender has been acknowledged by then.
 */
const equalWork = {
  func: `${judgePoints}
const readings = context.get('readings');
const at = Date.now();
for (const [point, value] of Object.entries(msg.payload.values)) readings.push(device, point, at, Number(value));
if (changes.length === 0) return null;
const { database, insertChange, upsertAlarm } = context.get('store');
database.exec('BEGIN');
for (const change of changes) {
  const id = change.device + '/' + change.alarm;
  const text = JSON.stringify(change);
  insertChange.run(id, change.at, change.active ? 1 : 0, text);
  upsertAlarm.run(id, change.active ? 1 : 0, change.count, text);
}
database.exec('COMMIT');
return [changes.map((change) => ({ payload: JSON.stringify(change) }))];`,
  initialize: `${beginJudging}
const { DatabaseSync } = global.get('sqlite');
const database = new DatabaseSync(env.get('BENCH_DATABASE'));
database.exec(\`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE reading (device TEXT NOT NULL, point TEXT NOT NULL, at INTEGER NOT NULL, value REAL);
  CREATE TABLE alarm (id TEXT PRIMARY KEY, active INTEGER NOT NULL, count INTEGER NOT NULL, doc TEXT NOT NULL);
  CREATE TABLE alarm_change (alarm TEXT NOT NULL, at INTEGER NOT NULL, active INTEGER NOT NULL, doc TEXT NOT NULL);
\`);
const insertReading = database.prepare('INSERT INTO reading VALUES (?, ?, ?, ?)');
const insertChange = database.prepare('INSERT INTO alarm_change VALUES (?, ?, ?, ?)');
const upsertAlarm = database.prepare(\`INSERT INTO alarm VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET active = excluded.active, count = excluded.count, doc = excluded.doc\`);
const readings = [];
context.set('readings', readings);
context.set('store', { database, insertChange, upsertAlarm });
context.set('timer', setInterval(() => {
  if (readings.length === 0) return;
  database.exec('BEGIN');
  for (let i = 0; i < readings.length; i += 4)
    insertReading.run(readings[i], readings[i + 1], readings[i + 2], readings[i + 3]);
  database.exec('COMMIT');
  readings.length = 0;
}, 100));
`,
  finalize: "clearInterval(context.get('timer'));",
};

export const flowFunctions = { threshold, equalWork };

/** The flow file: one tab, MQTT in → function → websocket out. */
export function flows(options: {
  mqttPort: number;
  qos: 0 | 1;
  path: string;
  work: { func: string; initialize: string; finalize: string };
}): object[] {
  const at = (x: number) => ({ z: 'tab', x, y: 100 });
  return [
    { id: 'tab', type: 'tab', label: 'bench', disabled: false },
    {
      id: 'broker',
      type: 'mqtt-broker',
      name: '',
      broker: '127.0.0.1',
      port: String(options.mqttPort),
      clientid: 'node-red',
      autoConnect: true,
      usetls: false,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    { id: 'listener', type: 'websocket-listener', path: options.path, wholemsg: 'false' },
    {
      id: 'in',
      type: 'mqtt in',
      ...at(100),
      topic: 'gatehouse/+/readings',
      qos: String(options.qos),
      datatype: 'json',
      broker: 'broker',
      inputs: 0,
      wires: [['judge']],
    },
    {
      id: 'judge',
      type: 'function',
      ...at(300),
      name: 'judge',
      ...options.work,
      outputs: 1,
      timeout: 0,
      noerr: 0,
      libs: [],
      wires: [['out']],
    },
    { id: 'out', type: 'websocket out', ...at(500), server: 'listener', client: '', wires: [] },
  ];
}
