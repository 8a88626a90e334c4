import { connect } from 'node:net';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { PortStatus } from '../../gateway/contract/link-status.ts';
import { simulateHengboPanel } from '../../simulators/dc09-panel.ts';
import { freePort, type PanelPeer, startPanel } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// Alarm panels over IP: a Python program (peers/dc09-panel.py, AES by openssl) speaks SIA DC-09 as panels do. Commands go to a
// simulated Hengbo panel.

const aesKey = '00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF';
const silenceS = 3;
const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }, { id: building-1, name: 1 号楼, kind: building, parent: compound }]
people: [{ id: li-wei, name: 李伟, role: resident }]
households:
  - { id: home-302, room: 1-302, area: building-1, alarmService: true, contacts: [{ name: 李伟 }] }
devices:
  - id: panel-302
    type: dc09-panel
    name: 1-302 户内主机
    area: building-1
    address: "1302"
    household: home-302
    settings: { zones: { 15: 客厅红外 }, users: { 5: li-wei } }
  - { id: panel-secret, type: dc09-panel, name: 加密主机, area: building-1, address: AB12, settings: { key: "env:TEST_PANEL_KEY" } }
  - { id: module, type: dc09-panel, name: 网络模块, area: building-1, address: "A0001" }
  - { id: panel-401, type: contact-id-account, name: 1-401 户内主机, area: building-1, parent: module, address: "0401" }
  - id: hengbo
    type: hengbo-panel
    name: 恒博主机
    area: building-1
    address: "861234567890"
    settings: { password: "env:TEST_PANEL_PASSWORD" }
`;

let port: number;
let house: House;
let live: LiveWatch;
let panel: PanelPeer;
const open: { stop(): unknown }[] = [];

async function connectPanel(...args: [account: string, way: 'tcp' | 'udp', keyHex?: string]) {
  const peer = await startPanel(port, ...args);
  open.push(peer);
  return peer;
}

async function storedEvents(device: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { body } = await house.api<{ items: { type: string; data: Record<string, unknown> }[] }>(
    'GET',
    `/events?device=${device}`,
  );
  return body.items;
}
const typesOf = async (device: string) => (await storedEvents(device)).map(({ type }) => type);

async function deadLetters(): Promise<string[]> {
  const { body } = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
  return body.items.map(({ reason }) => reason);
}

async function receiverPort(): Promise<PortStatus> {
  const { body } = await house.api<{ ports: PortStatus[] }>('GET', '/links/status');
  const found = body.ports.find(({ id }) => id === 'alarm-receiver');
  if (!found) throw new Error('the alarm receiver is not among the ports');
  return found;
}

/** A dead letter with these words. */
const told = (words: RegExp) =>
  eventually(`it is told that ${words}`, async () =>
    (await deadLetters()).some((reason) => words.test(reason)),
  );

describe.skipIf(process.env.GATEHOUSE_SKIP_PANELS)('alarm panels over IP', () => {
  beforeAll(async () => {
    process.env.TEST_PANEL_KEY = aesKey;
    process.env.TEST_PANEL_PASSWORD = '123456';
    port = await freePort();
    house = await startHouse({ site, alarmReceiver: { host: '127.0.0.1', port } });
    live = await house.live();
    panel = await connectPanel('1302', 'tcp');
  });
  afterAll(async () => {
    for (const { stop } of open) await stop();
    await house.close();
  });

  describe('a panel over TCP', () => {
    test('is online with its first supervision message', async () => {
      expect(await panel.ask('NULL 0000')).toBe('ACK 0000 ]');
      await live.change<DeviceState>(
        'device-states',
        ({ id, state }) => id === 'panel-302' && state === 'online',
      );
    });

    test('raises an alarm on every console within two seconds, with home and zone', async () => {
      const sentAt = performance.now();
      panel.say('ADM-CID 0021 1131 01 015');
      const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'panel-302');
      const took = performance.now() - sentAt;
      console.log(`DC-09 frame to alarm on /live: ${Math.round(took)} ms`);
      expect(took).toBeLessThan(2_000);
      expect(alarm).toMatchObject({
        ...{ definition: 'intrusion', household: 'home-302', instance: '15', areaName: '1 号楼', count: 1 },
      });
      expect(alarm.title.zh).toContain('客厅红外');
      await eventually('it is acknowledged', () => panel.answers().includes('ACK 0021 ]'));
    });

    test('that repeats a report, as it is or with a new time, over another connection too, raises nothing anew', async () => {
      expect(await panel.ask('at=7 ADM-CID 0021 1131 01 015')).toBe('ACK 0021 ]');
      const other = await connectPanel('1302', 'tcp');
      expect(await other.ask('plain ADM-CID 0021 1131 01 015')).toBe('ACK 0021 ]');
      expect(await typesOf('panel-302')).toEqual(['zone.alarm']);
      const [alarm] = (await house.openAlarms()).filter(({ device }) => device === 'panel-302');
      expect(alarm?.count).toBe(1);
    });

    test('closes the alarm with its restore, and names who disarmed', async () => {
      expect(await panel.ask('ADM-CID 0022 3131 01 015')).toBe('ACK 0022 ]');
      await live.change<Alarm>(
        'alarms',
        ({ device, state }) => device === 'panel-302' && state === 'returned',
      );
      expect(await panel.ask('SIA-DCS 0023 Nri1/id5/OP')).toBe('ACK 0023 ]');
      const [last] = await storedEvents('panel-302');
      expect(last).toMatchObject({ type: 'panel.disarmed', data: { user: 5, person: 'li-wei' } });
    });

    test('is told nothing while the database is locked: its alarm is shown unrecorded, and the ACK comes after the commit', async () => {
      const other = new Database(`${house.dataDir}/gatehouse.db`);
      other.exec('BEGIN EXCLUSIVE');
      panel.say('ADM-CID 0024 1130 01 016');
      await live.message(
        (message) =>
          message.type === 'unrecorded' &&
          message.changes.some(({ data }) => (data as Alarm).instance === '16'),
      );
      // Tried again and again meanwhile, and still nothing is acknowledged.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(house.gateway.turns.stats().failing).toBe(true);
      expect(panel.answers()).not.toContain('ACK 0024 ]');
      other.exec('COMMIT');
      other.close();
      await eventually('it is acknowledged', () => panel.answers().includes('ACK 0024 ]'));
      expect((await typesOf('panel-302'))[0]).toBe('zone.alarm');
    });

    test('takes no command that its standard does not have: 409 says so', async () => {
      const { status, body } = await house.api('POST', '/devices/panel-302/commands', { command: 'arm' });
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'state.conflict' });
    });
  });

  test('over UDP each datagram is answered to where it came from', async () => {
    const udp = await connectPanel('1302', 'udp');
    expect(await udp.ask('ADM-CID 0030 1301 00 000')).toBe('ACK 0030 ]');
    await live.change<Alarm>('alarms', ({ definition }) => definition === 'acLoss');
    expect(await udp.ask('ADM-CID 0031 3301 00 000')).toBe('ACK 0031 ]');
    await live.change<Alarm>(
      'alarms',
      ({ definition, state }) => definition === 'acLoss' && state === 'returned',
    );
  });

  test('an account behind a module is its own home, and the module is heard with it', async () => {
    const account = await connectPanel('A0001', 'tcp');
    account.say(`raw ${Buffer.from(dc09('"ADM-CID"0001R1L0#A0001[#0401|1110 00 002]')).toString('hex')}`);
    const fire = await live.change<Alarm>('alarms', ({ device }) => device === 'panel-401');
    expect(fire).toMatchObject({ definition: 'fire', instance: '2', priority: 1, latched: true });
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'module' && state === 'online');
  });

  describe('an encrypted panel', () => {
    test('is answered encrypted; its alarm is shown', async () => {
      const secret = await connectPanel('AB12', 'tcp', aesKey);
      expect(await secret.ask('NULL 0000')).toMatch(/^\*ACK 0000 \]_\d\d:\d\d:\d\d,/);
      expect(await secret.ask('ADM-CID 0001 1120 00 001')).toMatch(/^\*ACK 0001 \]_/);
      await live.change<Alarm>('alarms', ({ device }) => device === 'panel-secret');
    });

    test('whose clock is wrong gets NAK with the time, and raises nothing', async () => {
      const before = (await storedEvents('panel-secret')).length;
      const secret = await connectPanel('AB12', 'udp', aesKey);
      const answer = await secret.ask('at=-3600 ADM-CID 0002 1130 01 001');
      const [, time = '', month, day, year] = /^NAK 0000 \]_(.{8}),(\d\d)-(\d\d)-(\d{4})$/.exec(answer) ?? [];
      expect(Math.abs(Date.parse(`${year}-${month}-${day}T${time}Z`) - Date.now())).toBeLessThan(10_000);
      expect(await storedEvents('panel-secret')).toHaveLength(before);
      await told(/account AB12 .*its clock is -360\d s off/);
    });

    test('with another key, or in the clear, is not believed: DUH, and the reason with its mend', async () => {
      const thief = await connectPanel('AB12', 'udp', aesKey.replaceAll('0', '1'));
      expect(await thief.ask('ADM-CID 0003 1130 01 002')).toBe('DUH 0003 ]');
      const plain = await connectPanel('AB12', 'udp');
      expect(await plain.ask('ADM-CID 0004 1130 01 003')).toBe('DUH 0004 ]');
      await told(/its key does not open it; type the same key into the panel/);
      await told(/it came unencrypted though a key is set/);
      expect((await typesOf('panel-secret')).filter((type) => type === 'zone.alarm')).toEqual([]);
    });
  });

  describe('an account that nobody has registered', () => {
    test('is answered DUH and told once to the integrator', async () => {
      const stranger = await connectPanel('7777', 'tcp');
      for (const seq of ['0001', '0002', '0003'])
        expect(await stranger.ask(`ADM-CID ${seq} 1130 01 001`)).toBe(`DUH ${seq} ]`);
      await told(/account 7777 .*no device has this account; add one of type dc09-panel with this address/);
      expect((await deadLetters()).filter((reason) => reason.includes('account 7777'))).toHaveLength(1);
    });

    test('rings when the site has a receiver for it', async () => {
      await house.applySite(
        `${site}  - { id: ip-receiver, type: dc09-receiver, name: 网络接警机, area: compound }\n`,
      );
      const stranger = await connectPanel('8888', 'tcp');
      expect(await stranger.ask('ADM-CID 0001 1130 01 001')).toBe('ACK 0001 ]');
      const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'ip-receiver');
      expect(alarm).toMatchObject({ definition: 'unknownAlarm', instance: '8888', priority: 1 });
    });
  });

  test('bytes that are no frame get no answer, are kept once, and end the connection when they go on', async () => {
    const noise = await connectPanel('1302', 'tcp');
    for (let n = 0; n < 25; n++) noise.say(`raw ${Buffer.from('\nGET / HTTP/1.1\r').toString('hex')}`);
    await eventually('the gateway has closed the connection', () => noise.closed());
    expect(noise.answers()).toEqual([]);
    await told(/no SIA DC-09 message/);
    expect(await panel.ask('NULL 0000')).toBe('ACK 0000 ]');
    expect((await deadLetters()).filter((reason) => reason.includes('no SIA DC-09 message'))).toHaveLength(1);
  });

  test('silence beyond the supervision interval is an alarm, and the next message ends it', async () => {
    const short = await connectPanel('1303', 'tcp');
    await house.applySite(
      `${site}  - { id: panel-short, type: dc09-panel, name: 短监控, area: building-1, address: "1303", settings: { silenceS: ${silenceS} } }\n`,
    );
    const sentAt = Date.now();
    expect(await short.ask('NULL 0000')).toBe('ACK 0000 ]');
    const heardAt = Date.now();
    const offline = await live.change<Alarm>(
      'alarms',
      ({ device, definition }) => device === 'panel-short' && definition === 'offline',
    );
    // It was heard somewhere between.
    expect(Number(offline.raisedAt) - sentAt).toBeGreaterThan(silenceS * 1_000 - 700);
    expect(Number(offline.raisedAt) - heardAt).toBeLessThan(silenceS * 1_000 + 2_000);
    await short.ask('NULL 0000');
    await live.change<Alarm>(
      'alarms',
      ({ device, state }) => device === 'panel-short' && state === 'returned',
    );
  });

  test('a repeat that comes after a restart, without a time by which it could be known, is still a repeat', async () => {
    expect(await panel.ask('plain ADM-CID 0077 1131 01 017')).toBe('ACK 0077 ]');
    const before = await storedEvents('panel-302');
    await house.restart();
    live = await house.live();
    const again = await connectPanel('1302', 'tcp');
    expect(await again.ask('plain ADM-CID 0077 1131 01 017')).toBe('ACK 0077 ]');
    expect(await storedEvents('panel-302')).toEqual(before);
    expect(await again.ask('plain ADM-CID 0078 1131 01 017')).toBe('ACK 0078 ]');
    expect(await storedEvents('panel-302')).toHaveLength(before.length + 1);
  });

  test('what a panel writes otherwise than the standard is taken, counted at the port, and told with whose it was', async () => {
    const { quirks } = await receiverPort();
    const before = quirks.find(({ quirk }) => quirk === 'wrong_length')?.count ?? 0;
    const sound = dc09('"ADM-CID"0081L0#1302[#1302|1130 01 018]');
    const wrongLength = `${sound.slice(0, 5)}0999${sound.slice(9)}`;
    const socket = connect(port, '127.0.0.1');
    open.push({ stop: () => socket.destroy() });
    const answers: Buffer[] = [];
    socket.on('data', (bytes) => answers.push(bytes));
    socket.write(wrongLength);
    await eventually('it is acknowledged', () => String(Buffer.concat(answers)).includes('"ACK"0081'));
    expect((await receiverPort()).quirks).toContainEqual({
      ...{ quirk: 'wrong_length', count: before + 1, account: '1302', at: expect.any(Number) },
    });
  });

  describe('a Hengbo panel', () => {
    async function command(name: string): Promise<Command> {
      const { body, status } = await house.api<Command>('POST', '/devices/hengbo/commands', {
        command: name,
      });
      expect(status).toBeLessThan(300);
      return live.change<Command>('commands', ({ id, endedAt }) => id === body.id && endedAt !== null);
    }

    test('is armed and disarmed from here on its own connection; its report is the proof and names this receiver', async () => {
      const hengbo = simulateHengboPanel(port, {
        account: '861234567890',
        home: '000010',
        password: '123456',
      });
      open.push({ stop: hengbo.close });
      await live.change<DeviceState>(
        'device-states',
        ({ id, state }) => id === 'hengbo' && state === 'online',
      );
      expect(await command('arm')).toMatchObject({ state: 'confirmed', error: null });
      expect(hengbo.armed()).toBe(true);
      expect((await storedEvents('hengbo'))[0]).toMatchObject({
        type: 'panel.armed',
        data: { user: 99, code: '400' },
      });
      expect(await command('disarm')).toMatchObject({ state: 'confirmed' });
      expect(hengbo.armed()).toBe(false);

      await hengbo.report('1130 00 007');
      const alarm = await live.change<Alarm>('alarms', ({ device }) => device === 'hengbo');
      // It sends the time of its place: here that is Shanghai's.
      expect(Math.abs(Number(alarm.occurredAt) - Date.now())).toBeLessThan(60_000);
      expect(alarm.late).toBe(false);
      hengbo.close();
    });

    test('that is not connected gets no command: it fails with the reason', async () => {
      const ended = await command('arm');
      expect(ended.state).toBe('failed');
      expect(ended.error).toMatch(/no open TCP connection/);
    });
  });
});

/** A frame put together by hand. */
function dc09(body: string): string {
  let crc = 0;
  for (const byte of Buffer.from(body)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
  return `\n${hex(crc)}${hex(body.length)}${body}\r`;
}
