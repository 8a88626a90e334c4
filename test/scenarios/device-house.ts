import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { type DeviceType, deviceTypeSchema } from '../../gateway/contract/device-type.ts';
import type { Change } from '../../gateway/contract/live.ts';
import { type Device, deviceSchema, type Link, linkSchema } from '../../gateway/contract/site.ts';
import { loadCatalogue } from '../../gateway/devices/catalogue.ts';
import type { LookOrder, ModbusOrder, MqttOrder, NativeOrder } from '../../gateway/devices/command-orders.ts';
import { createDevices, type Devices, type Received } from '../../gateway/devices/devices.ts';
import { commandStatements, deviceStatements } from '../../gateway/devices/store.ts';
import { createUnwiredDevices, sendNowhere } from '../../gateway/devices/unwired.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import { Memory } from '../../gateway/store/table.ts';
import type { Actor, Turn } from '../../gateway/store/turn.ts';
import { createTurnFixture, testActor } from '../../gateway/store/turn-fixture.ts';
import { createSimulatedDays, type SimulatedDays } from './simulated-days.ts';

/** For tests of the devices room: one site with a device of each way in, in a turn that a test drives. */
export const start = Date.UTC(2026, 2, 2, 8);

const { kinds, types } = loadCatalogue({ siteDir: null, log: silentLog });
const computing: DeviceType = deviceTypeSchema.parse({
  id: 'computing-sump',
  label: { zh: '测试', en: 'Test' },
  kind: 'sump',
  link: 'native',
  points: { high: { value: 'level * 2 > 2.4 && !pumpFault' } },
});
export const catalogue = { kinds, types: new Map([...types, [computing.id, computing]]) };

export function deviceDoc(doc: { id: string; type: string } & Partial<Device>): Device {
  return deviceSchema.parse({ name: doc.id, area: 'site', ...doc });
}

const docs: ({ id: string; type: string } & Partial<Device>)[] = [
  { id: 'tank-1', type: 'native-tank' },
  { id: 'door-1', type: 'native-door' },
  { id: 'panel-1', type: 'native-home-alarm-panel' },
  { id: 'sump-1', type: 'computing-sump' },
  { id: 'pump-n', type: 'native-pump' },
  { id: 'io-1', type: 'generic-modbus-io-8', link: 'rs485', address: 7 },
  { id: 'zone-1', type: 'composed-perimeter-zone', bind: { tripped: 'io-1.in1' } },
  {
    id: 'light-1',
    type: 'composed-light-circuit',
    bind: { on: 'io-1.out1', switchOn: 'io-1.out1', switchOff: { from: 'io-1.out1', invert: true } },
  },
  {
    id: 'pump-1',
    type: 'composed-pump',
    bind: { running: 'io-1.in4', start: 'io-1.out2On', stop: 'io-1.out2Off' },
  },
  { id: 'plug-1', type: 'zigbee2mqtt-switch', link: 'emqx', address: 'garden/plug' },
  {
    id: 'light-2',
    type: 'composed-light-circuit',
    bind: { on: 'plug-1.on', switchOn: 'plug-1.switchOn', switchOff: 'plug-1.switchOff' },
  },
  { id: 'door-2', type: 'native-door', link: 'emqx' },
  { id: 'receiver', type: 'surgard-receiver', link: 'alarm-line' },
  {
    id: 'home-1',
    type: 'contact-id-account',
    parent: 'receiver',
    address: '0012',
    settings: { users: { 5: 'li-wei' } },
  },
  { id: 'reader', type: 'em4100-reader', link: 'tag-line' },
  { id: 'cam-1', type: 'camera' },
];
export const siteDevices = docs.map(deviceDoc);

export const siteLinks: Link[] = [
  { id: 'rs485', kind: 'bus', path: 'x', protocol: 'modbus-rtu' },
  { id: 'alarm-line', kind: 'bus', path: 'y', protocol: 'surgard-mlr2' },
  { id: 'emqx', kind: 'mqtt', url: 'mqtt://broker', prefixes: ['zigbee2mqtt', 'gatehouse'] },
  { id: 'tag-line', kind: 'bus', path: 'z', protocol: 'rfid-em4100-serial' },
].map((link) => linkSchema.parse(link));

type Days = Pick<SimulatedDays<Devices>, 'rooms' | 'now' | 'changes' | 'act' | 'sleepTo'>;

/** The room on memory alone: nothing outlasts it, and a test takes no time. */
function standInMemory(): Days {
  const memory = new Memory();
  const changes: Change[] = [];
  let now = start;
  const rooms = createUnwiredDevices({
    memory,
    clock: { now: () => ({ wallMs: now, monoMs: now }), wakeAfter: () => () => {} },
    catalogue,
  });
  rooms.configure(siteDevices, siteLinks);
  return {
    rooms,
    changes,
    get now() {
      return now;
    },
    async act<Answer>(run: (turn: Turn) => Answer, actor: Actor | null = testActor): Promise<Answer> {
      const turn = createTurnFixture(memory, { now, actor });
      const answer = run(turn);
      await turn.end();
      changes.push(...turn.changes);
      return answer;
    },
    sleepTo(at) {
      now = at;
    },
  };
}

async function standOnStore(
  sent: (NativeOrder | MqttOrder | ModbusOrder)[],
  looks: LookOrder[],
  more: readonly Device[],
): Promise<SimulatedDays<Devices>> {
  let nowOf = () => start;
  const days = await createSimulatedDays<Devices>({
    start,
    statements: { devices: deviceStatements, commands: commandStatements },
    async stand(memory, query) {
      const rooms = createDevices({
        memory,
        query,
        clock: { now: () => ({ wallMs: nowOf(), monoMs: nowOf() }), wakeAfter: () => () => {} },
        log: silentLog,
        catalogue,
        send: {
          ...sendNowhere,
          native: (order) => sent.push(order),
          mqtt: (order) => sent.push(order),
          modbus: (order) => sent.push(order),
          look: (order) => looks.push(order),
        },
      });
      rooms.configure([...siteDevices, ...more], siteLinks);
      await rooms.load();
      return { rooms, onTimer: (turn, _, name) => rooms.commands.onTimer(turn, name) };
    },
  });
  nowOf = () => days.now;
  return days;
}

/** What a test says to the room, each in a turn of its own. */
function voices(days: Days) {
  const native = (device: string, tail: string, payload: unknown): Promise<Received> => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const message = days.rooms.decodeNative(device, tail, Buffer.from(text), days.now);
    return days.act((turn) => days.rooms.receive(turn, message), null);
  };
  return {
    /** A native message. */
    native,
    readings: (device: string, values: object, at?: number) => native(device, 'readings', { at, values }),
    /** The inputs (function 2) or outputs (function 1) of io-1 as one poll gives them. */
    poll(fc: 1 | 2, ...on: number[]): Promise<Received> {
      const words = Array.from({ length: 8 }, (_, i) => (on.includes(i + 1) ? 1 : 0));
      const read = { protocol: 'modbus' as const, unit: 1, fc, address: 0, quantity: 8 };
      const message = days.rooms.decodePoll('io-1', [{ read, words }], days.now);
      return days.act((turn) => days.rooms.receive(turn, message), null);
    },
  };
}

export function createHouseInMemory() {
  const days = standInMemory();
  return { days, ...voices(days) };
}

/** On a real database, with restarts and durable timers; `sent` is what went down to devices, `looks` who is looked at after that. */
export async function createHouse(more: readonly Device[] = []) {
  const sent: (NativeOrder | MqttOrder | ModbusOrder)[] = [];
  const looks: LookOrder[] = [];
  const days = await standOnStore(sent, looks, more);
  return { days, sent, looks, ...voices(days) };
}

export const statesById = (list: DeviceState[]) =>
  Object.fromEntries(list.map(({ id, state }) => [id, state]));
export const eventWords = ({ events }: Received) => events.map(({ device, type }) => `${device} ${type}`);
