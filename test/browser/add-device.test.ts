import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device, Link } from '../../gateway/contract/site.ts';
import { serveModbus } from '../../simulators/modbus-slave.ts';
import {
  freePort,
  type ModbusServer,
  openSerialPair,
  peerPath,
  RunningPeer,
  startPanel,
  startPymodbus,
} from '../field-peers.ts';
import { type House, startHouse } from '../house.ts';
import {
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';

/** What a user does on a page, counted: a click, a choice, a field that is filled. */
class Acts {
  readonly #page: Page;
  #count = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  async click(id: string): Promise<void> {
    this.#count++;
    await this.#page.getByTestId(id).click();
  }

  async fill(id: string, text: string): Promise<void> {
    this.#count++;
    await this.#page.getByTestId(id).fill(text);
  }

  async type(words: string): Promise<void> {
    await this.fill('add-type', words);
    this.#count++;
    await this.#page.getByRole('option').first().click();
    await this.#page.getByTestId('type-notes').waitFor();
  }

  /** A choice that has no mark of its own. */
  async choose(words: string): Promise<void> {
    this.#count++;
    await this.#page.getByText(words, { exact: true }).click();
  }

  /** An entry of a list that is open. */
  async pick(words: string): Promise<void> {
    this.#count++;
    await this.#page.getByRole('option', { name: words }).click();
  }

  /** How many since it was asked last. */
  taken(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }
}

/** The most that adding a device may ask of an integrator. */
const most = 8;

// Meters, controllers and panels that nobody here wrote are added by hand.

describe.skipIf(withoutBrowser || process.env.GATEHOUSE_SKIP_PYMODBUS)(
  'an integrator',
  { timeout: browserTestMs },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    }, browserTestMs);
    const open: { close(): Promise<unknown> | unknown }[] = [];
    afterAll(async () => {
      for (const one of open.splice(0).reverse()) await one.close();
      await browser?.close();
    });

    async function begin(site: string, options: Parameters<typeof startHouse>[0] = {}) {
      const house: House = await startHouse({ ...options, site });
      open.push(house);
      const station: Station = await openSignedIn(browser, house);
      open.push(station);
      await station.open('/integrate/add');
      await station.unlockSound();
      return { house, station, page: station.page, acts: new Acts(station.page) };
    }

    async function pymodbus(...where: Parameters<typeof startPymodbus>): Promise<ModbusServer> {
      const server = await startPymodbus(...where);
      open.push({ close: server.stop });
      return server;
    }

    test('adds a Modbus meter in six actions and sees it live; the mistakes on the way say how to mend them', async () => {
      const port = await freePort();
      const server = await pymodbus('rtu', port, [3, 4]);
      // 230.5 V as a float of two registers, the first point of the meter.
      await server.set('input', 0, 0x4366, 0x8000);
      const { house, station, page, acts } = await begin(`
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: rs485, kind: bus, path: "tcp://127.0.0.1:${port}", protocol: modbus-rtu, timeoutMs: 300 }]
`);
      const verdict = page.getByTestId('trial-verdict');
      await acts.type('eastron 630');
      await page.getByTestId('type-notes').getByText('RS-485').first().waitFor();
      await acts.fill('add-address', '3');
      await acts.fill('add-name', '水泵房电表');
      await acts.click('add-try');
      await verdict.waitFor();
      expect(await verdict.innerText()).toContain('可以保存');
      expect(await page.getByTestId('trial-voltageA').innerText()).toContain('230.5');
      await acts.click('add-save');
      await page.getByTestId('live-voltageA').getByText('230.5').waitFor();
      expect(acts.taken()).toBe(6);
      await page.getByTestId('saved-state').getByText('在线').waitFor();
      expect(await barriers(page)).toEqual([]);
      const { body } = await house.api<{ items: Device[] }>('GET', '/devices');
      expect(body.items).toMatchObject([
        { id: 'eastron-sdm630-1', type: 'eastron-sdm630', area: 'compound', link: 'rs485', address: 3 },
      ]);

      // Another like it has the next address. One that nobody has is silent, and its neighbour tells that the line is good.
      await page.getByTestId('add-again').click();
      const address = page.getByTestId('add-address');
      expect(await address.inputValue()).toBe('4');
      await address.fill('9');
      await page.getByTestId('add-try').click();
      await page.getByTestId('fault-silent').getByText('线路是好的').waitFor();
      // What the site check says stands at its field.
      await address.fill('3');
      await page.getByTestId('add-save').click();
      await page.getByText('already that of "eastron-sdm630-1"').waitFor();
      // The scan offers who is there, and says who is known.
      await page.getByLabel('到', { exact: true }).fill('5');
      await page.getByTestId('scan').click();
      await page.getByTestId('find-4').click();
      expect(await address.inputValue()).toBe('4');
      expect(await page.getByTestId('find-3').innerText()).toContain('水泵房电表');
      expect(await barriers(page)).toEqual([]);

      // A value that is bad says what for on the device's page.
      await station.open('/devices/eastron-sdm630-1');
      await page.getByRole('row', { name: /230\.5/ }).waitFor();
      // No number: the meter has lost its phase.
      await server.set('input', 0, 0x7fc0, 0);
      await page.getByTestId('why-voltageA').getByText('设备自己说没有可用的值').waitFor();
      expect(await barriers(page)).toEqual([]);
    });

    test('adds each of the usual devices to a site without links in at most eight actions, its link with it', async () => {
      const [tcp, rtu] = [await freePort(), await freePort()];
      const level = [1_500] as const;
      for (const [way, port] of [
        ['tcp', tcp],
        ['rtu', rtu],
      ] as const)
        await (await pymodbus(way, port, [1, 2])).set('holding', 4, ...level);
      const pair = await openSerialPair();
      open.push(pair);
      await (await pymodbus('serial', pair.paths[1], [5])).set('holding', 4, ...level);
      const values = {
        ...{ '00010000': 123_456.78, '00020000': 12.5, '02030000': 2.534, '02060000': 0.998 },
        ...{ '02800002': 49.98, '0201FF00': [231.4, 229.8, 230.6], '0202FF00': [11.519, 4, 0] },
      };
      const meter = { number: '202109180007', values };
      const meterLine = await serveModbus('rtu', new Map(), [meter]);
      open.push(meterLine);
      const controller = new RunningPeer('python3', [peerPath('uhppote-controller.py'), '423187757', '0']);
      open.push({ close: () => controller.stop() });
      const ready = await controller.line((line) => line.startsWith('ready '), 'the controller is ready');
      const { house, page, acts } = await begin(
        `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
`,
        { alarmReceiver: { host: '127.0.0.1', port: 0 } },
      );
      const counts: Record<string, number> = {};
      const finish = async (what: string) => {
        await acts.click('add-save');
        await page.getByTestId('saved-state').waitFor();
        counts[what] = acts.taken();
      };
      const isOnline = () => page.getByTestId('saved-state').getByText('在线').waitFor();
      const tryIt = async () => {
        await acts.click('add-try');
        await page.getByTestId('trial-verdict').getByText('可以保存').waitFor();
      };
      const other = () => page.getByTestId('add-other').click();

      // On its own port the choice of Modbus TCP would not be needed.
      await acts.type('投入式');
      await acts.fill('add-where', `127.0.0.1:${tcp}`);
      await acts.choose('Modbus TCP');
      await acts.fill('add-address', '1');
      await tryIt();
      await finish('Modbus TCP');
      await isOnline();
      await other();

      // A new area comes with it, in the building that is proposed.
      await acts.type('投入式');
      await acts.fill('add-where', `127.0.0.1:${rtu}`);
      await acts.fill('add-address', '2');
      await acts.fill('add-area', '3 号楼');
      await acts.pick('新区域');
      await page.getByTestId('new-area').getByText('building-1').waitFor();
      expect(await barriers(page)).toEqual([]);
      await tryIt();
      await finish('Modbus RTU behind a serial server, in a new area');
      await isOnline();
      await other();

      await acts.type('投入式');
      await acts.fill('add-where', pair.paths[0]);
      await acts.fill('add-address', '5');
      await tryIt();
      await finish('Modbus RTU at a serial port');
      await isOnline();
      await other();

      await acts.type('dlt645-2007-meter');
      await acts.fill('add-where', `127.0.0.1:${meterLine.port}`);
      await page.getByTestId('new-link').getByText('2400').first().waitFor();
      await acts.fill('add-address', meter.number);
      await tryIt();
      await finish('DL/T 645');
      await isOnline();
      await other();

      await acts.type('uhppote');
      await acts.fill('add-where', `127.0.0.1:${ready.split(' ')[1]}`);
      await acts.click('scan');
      const find = page.getByTestId('find-423187757');
      await find.getByText('127.0.0.1').waitFor();
      await acts.click('find-423187757');
      expect(await page.getByTestId('add-address').inputValue()).toBe('423187757');
      await tryIt();
      const facts = page.getByTestId('trial-facts');
      await facts.getByText('423187757').waitFor();
      await facts.getByText('1 号门').waitFor();
      await facts.getByText('关着 · 已锁').first().waitFor();
      await page
        .getByText(/^逐项解出/)
        .first()
        .click();
      expect(await barriers(page)).toEqual([]);
      await finish('UHPPOTE');
      // Whoever searches again, also from elsewhere, sees that the site has it.
      await page.getByTestId('add-again').click();
      await page.getByTestId('add-where').fill(`localhost:${ready.split(' ')[1]}`);
      await page.getByTestId('scan').click();
      await find.getByText('已是').waitFor();

      await page.getByRole('link', { name: '链路', exact: true }).click();
      await page.getByRole('link', { name: '添加设备', exact: true }).click();
      await acts.type('native-tank');
      await finish('MQTT');
      await acts.click('make-secret');
      await page.getByTestId('secret').waitFor();
      counts.MQTT = (counts.MQTT ?? 0) + acts.taken();
      await other();

      await acts.type('zigbee2mqtt temperature');
      await acts.fill('add-address', 'lobby');
      await finish('MQTT behind a new bridge');
      await acts.click('make-secret');
      await page.getByTestId('secret').waitFor();
      counts['MQTT behind a new bridge'] = (counts['MQTT behind a new bridge'] ?? 0) + acts.taken();
      await other();

      await acts.type('dc09-panel');
      await acts.fill('add-address', '1303');
      const panel = await startPanel(house.gateway.alarmReceiver ?? 0, '1303', 'tcp');
      open.push({ close: panel.stop });
      expect(await panel.ask('ADM-CID 0021 1131 01 015')).not.toContain('ACK');
      // It need not report again: what it said last is shown, as it would be read.
      await tryIt();
      await page.getByTestId('trial-event-zone.alarm').waitFor();
      await finish('DC-09 panel');
      expect(await panel.ask('ADM-CID 0021 1131 01 015')).toContain('ACK');
      await isOnline();

      console.log(
        Object.entries(counts)
          .map(([what, count]) => `${what}: ${count} actions`)
          .join('\n'),
      );
      for (const [what, count] of Object.entries(counts)) expect(count, what).toBeLessThanOrEqual(most);
      const links = (await house.api<{ items: Link[] }>('GET', '/links')).body.items;
      expect(links.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
        ...['bridge-1 mqtt-bridge', 'bus-1 bus', 'bus-2 bus', 'bus-3 bus'],
        ...['controllers-1 uhppote', 'modbus-1 modbus-tcp'],
      ]);
      const devices = (await house.api<{ items: Device[] }>('GET', '/devices')).body.items;
      expect(devices.map(({ area }) => area).sort()).toEqual([
        ...['building-1', 'building-1', 'building-1', 'building-1', 'building-1', 'building-1', 'building-1'],
        'compound',
      ]);
    });
  },
);
