import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { run, startServe } from '../../gateway/cli/command-line-fixture.ts';
import type { Scan } from '../../gateway/contract/scan.ts';
import type { Area, Device, Link } from '../../gateway/contract/site.ts';
import type { Trial } from '../../gateway/contract/trial.ts';
import {
  freePort,
  openSerialLine,
  openSerialPair,
  peerPath,
  RunningPeer,
  startPymodbus,
} from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// A device is tried, looked for and added together with the link that the site does not have yet, against programs that this
// project did not write.

const open: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function startSite(site = ''): Promise<House> {
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
${site}`,
  });
  open.push(house);
  return house;
}

async function tryOut(house: House, draft: object): Promise<Trial> {
  const { status, body } = await house.api<Trial>('POST', '/trials', draft);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const scanEnds = (house: House, link: string) =>
  eventually('the scan has ended', async () => {
    const { body } = await house.api<Scan>('GET', `/links/${link}/scan`);
    return body.state !== 'running' && body;
  });

async function listed<Item>(house: House, what: 'links' | 'areas' | 'devices'): Promise<Item[]> {
  return (await house.api<{ items: Item[] }>('GET', `/${what}`)).body.items;
}

async function isOnline(house: House, id: string): Promise<void> {
  const live = await house.live();
  open.push(live);
  await live.change('device-states', ({ state }: { state: string }, one) => one === id && state === 'online');
}

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('a device on a link that the site does not have', () => {
  test('is looked for and tried over it with nothing kept, then added with it and a new area at once', async () => {
    const port = await freePort();
    const server = await startPymodbus('rtu', port, [2, 4]);
    open.push({ close: server.stop });
    await server.set('holding', 4, 1_500);
    const house = await startSite();
    const newLink = { id: 'bus-1', kind: 'bus', path: `tcp://127.0.0.1:${port}`, protocol: 'modbus-rtu' };
    const line = { ...newLink, timeoutMs: 200 };
    const begun = await house.api<Scan>('POST', '/links/bus-1/scan', {
      ...{ protocol: 'modbus', from: 1, to: 5, newLink: line },
    });
    expect(begun.status, JSON.stringify(begun.body)).toBe(202);
    const scan = await scanEnds(house, 'bus-1');
    expect(scan).toMatchObject({ state: 'done', problem: null, finds: [{ address: '2' }, { address: '4' }] });

    const draft = { type: 'generic-level-transmitter', link: 'bus-1', address: 4 };
    const trial = await tryOut(house, { ...draft, newLink: line });
    expect(trial).toMatchObject({
      ...{ way: 'asked', failures: [], points: [{ point: 'level', value: 1.5, quality: 'good' }] },
      line: { neighbours: 0, kind: 'serial-server', settings: '9600 8N1' },
    });
    expect([await listed(house, 'links'), await listed(house, 'devices')]).toEqual([[], []]);

    const addition = {
      area: { id: 'b1', name: '1 号楼', kind: 'building', parent: 'compound' },
      link: line,
      device: { ...draft, id: 'tank-1', name: '水箱', area: 'b1' },
    };
    // All or nothing: a parent that is not there keeps out the rest, and is told at its own place.
    const wrong = { ...addition, area: { ...addition.area, parent: 'nowhere' } };
    expect(await house.api('POST', '/site/additions', wrong)).toMatchObject({
      ...{ status: 422, body: { code: 'site.invalid', errors: [{ path: 'areas.b1.parent' }] } },
    });
    expect(await listed(house, 'links')).toEqual([]);
    for (let time = 0; time < 2; time++)
      expect(await house.api('POST', '/site/additions', addition)).toMatchObject({
        ...{
          status: 201,
          body: { area: addition.area, link: { ...line, gapMs: 5 }, device: { id: 'tank-1' } },
        },
      });
    expect((await listed<Area>(house, 'areas')).map(({ id }) => id)).toEqual(['b1', 'compound']);
    expect(await listed<Link>(house, 'links')).toMatchObject([line]);
    await isOnline(house, 'tank-1');
    const { body } = await house.api<{ items: { action: string; subject: string }[] }>('GET', '/audit');
    const did = body.items.map(({ action, subject }) => `${action} ${subject}`);
    for (const one of [
      ...['link.scanned link:bus-1', 'link.tried link:bus-1'],
      ...['area.added area:b1', 'link.added link:bus-1', 'device.added device:tank-1'],
    ])
      expect(did.filter((act) => act === one)).toEqual([one]);
    expect(body.items.find(({ action }) => action === 'link.tried')).toMatchObject({
      ...{ who: 'token:test', detail: { link: { path: line.path } } },
    });
    // It is of the site now: the same key is no new link any more.
    expect((await house.api('POST', '/trials', { ...draft, newLink: line })).status).toBe(400);
    // Another one there would be a second master, however it is written.
    const twin = { id: 'bus-2', kind: 'modbus-tcp', host: '127.0.0.1', port };
    for (const [path, ask] of [
      ['/trials', { ...draft, link: 'bus-2', newLink: twin }],
      ['/links/bus-2/scan', { protocol: 'modbus', newLink: twin }],
    ] as const)
      expect(await house.api('POST', path, ask)).toMatchObject({
        status: 409,
        body: {
          code: 'state.conflict',
          detail: expect.stringContaining('use link "bus-1"'),
          errors: [{ path: 'newLink' }],
        },
      });
    const second = { link: twin, device: { ...addition.device, id: 'tank-2', link: 'bus-2' } };
    expect(await house.api('POST', '/site/additions', second)).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'links.bus-2.host' }] } },
    });
  });

  test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
    'at a serial port is tried while its line is scanned; the site takes the port over when the link is saved',
    async () => {
      const pair = await openSerialPair();
      open.push(pair);
      const server = await startPymodbus('serial', pair.paths[1], [3]);
      open.push({ close: server.stop });
      await server.set('holding', 4, 800);
      const house = await startSite();
      const line = { id: 'bus-1', kind: 'bus', path: pair.paths[0], protocol: 'modbus-rtu', timeoutMs: 300 };
      const request = { protocol: 'modbus', from: 1, to: 200, newLink: line };
      expect((await house.api('POST', '/links/bus-1/scan', request)).status).toBe(202);
      const draft = { type: 'generic-level-transmitter', link: 'bus-1', address: 3 };
      expect(await tryOut(house, { ...draft, newLink: line })).toMatchObject({
        ...{ failures: [], points: [{ point: 'level', value: 0.8 }] },
      });
      const device = { ...draft, id: 'tank-1', name: '水箱', area: 'compound' };
      expect((await house.api('POST', '/site/additions', { link: line, device })).status).toBe(201);
      expect(await scanEnds(house, 'bus-1')).toMatchObject({
        ...{ state: 'failed', problem: { code: 'line-down' } },
      });
      await isOnline(house, 'tank-1');
    },
  );
});

test('a link that leads nowhere is told with its reason, by trial and by scan', async () => {
  const house = await startSite();
  const newLink = { id: 'modbus-1', kind: 'modbus-tcp', host: '127.0.0.1', port: await freePort() };
  const draft = { type: 'generic-level-transmitter', link: 'modbus-1', address: 1, newLink };
  expect((await tryOut(house, draft)).failures).toMatchObject([
    {
      fault: { code: 'line-down', trouble: { code: 'refused' } },
      words: expect.stringContaining('modbus-1'),
    },
  ]);
  await house.api('POST', '/links/modbus-1/scan', { protocol: 'modbus', newLink });
  expect(await scanEnds(house, 'modbus-1')).toMatchObject({
    ...{ state: 'failed', problem: { code: 'line-down', trouble: { code: 'refused' } } },
  });
  const absent = { id: 'bus-1', kind: 'bus', path: '/dev/no-such-port', protocol: 'dlt645-2007' };
  const meter = { type: 'dlt645-2007-meter', link: 'bus-1', address: '202109180007', newLink: absent };
  expect((await tryOut(house, meter)).failures).toMatchObject([
    { fault: { code: 'line-down', trouble: { code: 'no-device', path: '/dev/no-such-port' } } },
  ]);
  // What is wrong with the new link stands at its fields; a unit that dials in cannot be opened from here.
  expect(await house.api('POST', '/trials', { ...draft, newLink: { ...newLink, port: 0 } })).toMatchObject({
    ...{ status: 400, body: { errors: [{ path: 'body.newLink.port' }] } },
  });
  const dtu = { id: 'unit', kind: 'dtu', registration: '123456789', protocol: 'modbus-rtu' };
  expect((await house.api('POST', '/trials', { ...draft, link: 'unit', newLink: dtu })).status).toBe(409);
});

test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
  'a reader on a serial line that is not saved is heard',
  async () => {
    const line = await openSerialLine();
    open.push(line);
    const house = await startSite();
    const newLink = { id: 'bus-1', kind: 'bus', path: line.path, protocol: 'rfid-em4100-serial' };
    let heard = false;
    const trying = tryOut(house, { type: 'em4100-reader', link: 'bus-1', newLink }).finally(() => {
      heard = true;
    });
    await eventually('the trial hears it', () => {
      line.send('\x020100A00010B1\x03');
      return heard;
    });
    expect(await trying).toMatchObject({
      ...{ way: 'listened', failures: [], events: [{ type: 'checkin', data: { tag: '0100A00010' } }] },
    });
    expect(await listed(house, 'links')).toEqual([]);
  },
);

test('a device behind a bridge that the site does not have is told that the password comes when it is saved', async () => {
  const house = await startSite();
  const newLink = { id: 'bridge-1', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] };
  const draft = { type: 'zigbee2mqtt-temperature', link: 'bridge-1', address: 'lobby', newLink };
  const trial = await tryOut(house, draft);
  expect(trial.failures).toMatchObject([{ fault: { code: 'secret-once-saved' } }]);
  expect(trial.setup).toContainEqual({ item: 'topic', value: 'zigbee2mqtt/lobby' });
});

test('on a gateway without a site the first device is added with the first area', async () => {
  const house = await startHouse();
  open.push(house);
  const added = await house.api('POST', '/site/additions', {
    area: { id: 'site-1', name: '锦绣花园', kind: 'site' },
    device: { id: 'tank-1', type: 'native-tank', name: '水箱', area: 'site-1' },
  });
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  expect(await listed<Device>(house, 'devices')).toMatchObject([{ id: 'tank-1', area: 'site-1' }]);
});

test('additions and the list of serial ports are for who may add devices', async () => {
  const house = await startSite();
  const { secret } = await house.control<{ secret: string }>('token.create', {
    ...{ role: 'supervisor', name: 'sup' },
  });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ device: { id: 'x', type: 'native-tank', name: 'x', area: 'compound' } });
  expect((await fetch(`${house.base}/site/additions`, { method: 'POST', headers, body })).status).toBe(403);
  expect((await fetch(`${house.base}/serial-ports`, { headers })).status).toBe(403);
  expect((await house.api('GET', '/serial-ports')).body).toMatchObject({
    items: expect.any(Array),
    next: null,
  });
});

describe.skipIf(process.env.GATEHOUSE_SKIP_CONTROLLER)('a door controller that another program plays', () => {
  const serial = 423_187_757;
  async function startController(): Promise<number> {
    const peer = new RunningPeer('python3', [peerPath('uhppote-controller.py'), String(serial), '0']);
    open.push({ close: () => peer.stop() });
    const ready = await peer.line((line) => line.startsWith('ready '), 'the controller is ready');
    return Number(ready.split(' ')[1]);
  }

  test('is found on a network to which the site has no link, with its address, and known once it is of the site', async () => {
    const port = await startController();
    const house = await startSite();
    const newLink = { id: 'controllers-1', kind: 'uhppote', broadcast: `127.0.0.1:${port}` };
    const request = { protocol: 'uhppote', newLink };
    expect((await house.api('POST', '/links/controllers-1/scan', request)).status).toBe(202);
    const scan = await scanEnds(house, 'controllers-1');
    const find = { address: String(serial), how: 'answer', at: '127.0.0.1' };
    expect(scan).toMatchObject({ state: 'done', finds: [{ ...find, devices: [] }] });
    expect(await listed(house, 'links')).toEqual([]);
    const device = { id: 'doors', type: 'uhppote-controller', name: '控制器', area: 'compound' };
    const addition = {
      link: { ...newLink, listen: '127.0.0.1:0' },
      device: { ...device, link: 'controllers-1', address: serial },
    };
    expect((await house.api('POST', '/site/additions', addition)).status).toBe(201);
    await isOnline(house, 'doors');
    expect((await house.api('POST', '/links/controllers-1/scan')).status).toBe(202);
    expect((await scanEnds(house, 'controllers-1')).finds).toMatchObject([{ ...find, devices: ['doors'] }]);
  });

  test('is found on the command line, on this network and on a link of the site', {
    timeout: 60_000,
  }, async () => {
    const port = await startController();
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-scan-'));
    open.push({ close: () => rmSync(dataDir, { recursive: true, force: true }) });
    const served = await startServe(dataDir);
    open.push({ close: () => served.end('SIGKILL') });
    const scan = (...more: string[]) => run(['scan', ...more, '--data', dataDir]);
    const found = await scan('--protocol', 'uhppote', '--broadcast', `127.0.0.1:${port}`);
    expect(found.stdout).toMatch(
      /^423187757 {2}answers at 127\.0\.0\.1 \(\d+ ms\)\n1 found on this network\n$/,
    );
    expect(await scan()).toMatchObject({ code: 2, stderr: expect.stringContaining('say which link') });
    const file = join(dataDir, 'site.yaml');
    writeFileSync(
      file,
      `site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: door-net, kind: uhppote, broadcast: "127.0.0.1:${port}", listen: "127.0.0.1:0" }]
devices: [{ id: doors, type: uhppote-controller, name: 控制器, area: compound, link: door-net, address: ${serial} }]
`,
    );
    expect((await run(['site', 'apply', file, '--data', dataDir])).code).toBe(0);
    const known = await eventually('the link is scanned', async () => {
      const outcome = await scan('door-net');
      return outcome.code === 0 && outcome.stdout.startsWith('423187757') && outcome;
    });
    expect(known.stdout).toMatch(/\(\d+ ms\); is doors\n1 found on door-net\n$/);
    expect((await scan('door-net', '--broadcast', '127.0.0.1')).code).toBe(2);
  });
});
