import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { openSerialLine, type SerialLine } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// A Sur-Gard receiver at the end of a serial port: socat holds the far end of a pseudo-terminal (which has no parity), the
// gateway opens it as it would /dev/ttyUSB0. Frames are written out by hand after the MLR2 manual, p. 39-44.

const ack = 0x06;
const nak = 0x15;
const frame = (text: string) => `${text}\x14`;
const burglary = frame('5011 180302E13001003');
const restored = frame('5011 180302R13001003');
const heartbeat = frame('1011           @    ');
const silenceS = 3;

let line: SerialLine;
let house: House;
let live: LiveWatch;

describe.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)('a Sur-Gard receiver on a serial port', () => {
  beforeAll(async () => {
    line = await openSerialLine();
    house = await startHouse({
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }, { id: building-1, name: 1 号楼, kind: building, parent: compound }]
links: [{ id: alarm-line, kind: bus, path: ${line.path}, protocol: surgard-mlr2, baudRate: 9600 }]
households: [{ id: home-302, room: 1-302, area: building-1, alarmService: true, contacts: [{ name: 李伟 }] }]
devices:
  - { id: receiver, type: surgard-receiver, name: 接警机, area: compound, link: alarm-line, settings: { silenceS: ${silenceS} } }
  - id: panel-302
    type: contact-id-account
    name: 1-302 户内主机
    area: building-1
    parent: receiver
    address: "0302"
    household: home-302
    settings: { zones: { 3: 客厅红外 } }
`,
    });
    live = await house.live();
    await live.change('link-states', ({ state }: { state: string }) => state === 'up');
  });
  afterAll(async () => {
    await house.close();
    await line.close();
  });

  /** The answers on the line so far. */
  const answers = () => [...line.received()];
  const answered = (count: number) =>
    eventually(`${count} answers came on the line`, () => answers().length >= count && answers());
  const intrusion = () =>
    live.change<Alarm>('alarms', ({ device, state }) => device === 'panel-302' && state !== 'closed');
  async function storedEvents(): Promise<string[]> {
    const { body } = await house.api<{ items: { type: string }[] }>('GET', '/events?device=panel-302');
    return body.items.map(({ type }) => type);
  }

  test('a heartbeat is acknowledged and makes the receiver online', async () => {
    line.send(heartbeat);
    expect(await answered(1)).toEqual([ack]);
    await live.change<DeviceState>(
      'device-states',
      ({ id, state }) => id === 'receiver' && state === 'online',
    );
  });

  test('is told nothing while the database is locked: the alarm is shown unrecorded, and the ACK comes after the commit', async () => {
    const other = new Database(`${house.dataDir}/gatehouse.db`);
    other.exec('BEGIN EXCLUSIVE');
    line.send(burglary);
    const shown = await live.message(
      (message) =>
        message.type === 'unrecorded' &&
        message.changes.some(({ data }) => (data as Alarm).device === 'panel-302'),
    );
    expect(
      shown.type === 'unrecorded' && shown.changes.map(({ data }) => (data as Alarm).recorded),
    ).toContain(false);
    // Tried again and again meanwhile, and still nothing is acknowledged.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(house.gateway.turns.stats().failing).toBe(true);
    expect(answers()).toEqual([ack]);
    expect(await storedEvents()).toEqual([]);
    other.exec('COMMIT');
    other.close();
    expect(await answered(2)).toEqual([ack, ack]);
    expect(await storedEvents()).toEqual(['zone.alarm']);
    const alarm = await intrusion();
    expect(alarm).toMatchObject({
      household: 'home-302',
      instance: '3',
      deviceName: '1-302 户内主机',
      areaName: '1 号楼',
      category: 'home-alarm',
      recorded: true,
      count: 1,
    });
    expect(alarm.title.zh).toContain('客厅红外');
  });

  test('that repeats a frame because the ACK was late raises no second alarm', async () => {
    line.send(burglary);
    expect(await answered(3)).toEqual([ack, ack, ack]);
    expect(await storedEvents()).toEqual(['zone.alarm']);
    expect(
      (await house.openAlarms()).filter(({ device }) => device === 'panel-302').map(({ count }) => count),
    ).toEqual([1]);
  });

  test('that sends a broken frame gets NAK, and its bytes are kept with the reason', async () => {
    const broken = frame('5011 180302X1300');
    line.send(broken);
    expect(await answered(4)).toEqual([ack, ack, ack, nak]);
    const letters = await house.api<{ items: { reason: string; hex: string }[] }>('GET', '/dead-letters');
    expect(letters.body.items).toHaveLength(1);
    expect(letters.body.items[0]).toMatchObject({
      source: 'bus alarm-line',
      hex: Buffer.from(broken).toString('hex'),
    });
    expect(letters.body.items[0]?.reason).toMatch(
      /receiver: the frame is refused \(length\); check baud rate/,
    );
  });

  test('restores the zone, which returns the alarm', async () => {
    line.send(restored);
    expect(await answered(5)).toEqual([ack, ack, ack, nak, ack]);
    await live.change<Alarm>('alarms', ({ device, state }) => device === 'panel-302' && state === 'returned');
  });

  test('reports a panic that is on every console within two seconds', async () => {
    const sentAt = performance.now();
    line.send(frame('5011 180302E12001005'));
    const alarm = await live.change<Alarm>('alarms', ({ definition }) => definition === 'panic');
    const took = performance.now() - sentAt;
    console.log(`Sur-Gard frame on the serial line to alarm on /live: ${Math.round(took)} ms`);
    expect(took).toBeLessThan(2_000);
    expect(alarm).toMatchObject({ device: 'panel-302', priority: 1, household: 'home-302', latched: true });
    expect((await answered(6)).at(-1)).toBe(ack);
  });

  test('in pieces and run together with the next, as a serial line delivers, each frame counts once', async () => {
    line.send(burglary.slice(0, 7));
    line.send(burglary.slice(7) + restored + heartbeat.slice(0, 3));
    line.send(heartbeat.slice(3));
    expect((await answered(9)).slice(6)).toEqual([ack, ack, ack]);
    expect(await storedEvents()).toEqual([
      'zone.restore',
      'zone.alarm',
      'panic',
      'zone.restore',
      'zone.alarm',
    ]);
  });

  test('ends a fault by its own restore alone: that of an open bus leaves the short, that of a module’s supply the panel’s', async () => {
    const standing = async (definition: string) =>
      (await house.openAlarms()).find(
        (alarm) => alarm.device === 'panel-302' && alarm.definition === definition,
      )?.state;
    line.send(frame('5011 180302E14200000') + frame('5011 180302E30100000'));
    line.send(frame('5011 180302R14100000') + frame('5011 180302R34200002'));
    expect((await answered(13)).slice(9)).toEqual([ack, ack, ack, ack]);
    expect(await standing('busShort')).toBe('unacknowledged');
    expect(await standing('acLoss')).toBe('unacknowledged');
    line.send(frame('5011 180302R14200000') + frame('5011 180302R30100000'));
    expect((await answered(15)).slice(13)).toEqual([ack, ack]);
    expect(await standing('busShort')).toBe('returned');
    expect(await standing('acLoss')).toBe('returned');
  });

  test('tells its own mains and a telephone line as its own alarms, and each is over with its restore', async () => {
    const own = async () =>
      (await house.openAlarms())
        .filter(({ device, returnedAt }) => device === 'receiver' && returnedAt === undefined)
        .map(({ definition, title }) => `${definition} ${title.zh}`)
        .sort();
    const before = answers().length;
    line.send(frame('1010      0000 A  15') + frame('1013      0000 A  20'));
    await answered(before + 2);
    expect(await own()).toEqual(['acLoss 接警机市电断电', 'lineFault 接警机电话线故障（线路 3）']);
    line.send(frame('1010      0000 R  16') + frame('1013      0000 R  30'));
    await answered(before + 4);
    expect(await own()).toEqual([]);
  });

  test('that falls silent is announced offline within its interval, and its homes with it', async () => {
    const sentAt = Date.now();
    const before = answers().length;
    line.send(heartbeat);
    await answered(before + 1);
    const heardAt = Date.now();
    const alarm = await live.change<Alarm>(
      'alarms',
      ({ device, definition }) => device === 'receiver' && definition === 'offline',
    );
    expect(alarm).toMatchObject({ priority: 1, popup: true });
    // It was heard somewhere between.
    expect(Number(alarm.raisedAt) - sentAt).toBeGreaterThan(silenceS * 1_000 - 500);
    expect(Number(alarm.raisedAt) - heardAt).toBeLessThan(silenceS * 1_000 + 1_500);
    const home = await live.change<DeviceState>(
      'device-states',
      ({ id, state }) => id === 'panel-302' && state === 'offline',
    );
    expect(home).toMatchObject({ why: 'parent lost', cause: 'receiver' });
    // Its homes are silent with it: one siren, not one for each home.
    const ofHome = (await house.openAlarms()).filter(
      ({ device, definition }) => device === 'panel-302' && definition === 'offline',
    );
    for (const { suppressed } of ofHome) expect(suppressed).toBe('receiver');
  });
});
