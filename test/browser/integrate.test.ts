import { connect, type Socket } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { afterEach, describe, test } from 'vitest';
import { type House, startHouse } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import { browserTestMs, openBrowser, openSignedIn, type Station, withoutBrowser } from './browser.ts';

const head = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: z2m, name: Zigbee 网桥, kind: mqtt-bridge, prefixes: [zigbee2mqtt] }
  - { id: plc, name: 泵房, kind: modbus-tcp, host: 127.0.0.1, port: 1 }
`;
const panelDevice =
  '  - { id: panel-1302, type: dc09-panel, name: 1302 主机, area: compound, address: "1302" }\n';
const device =
  '  - { id: leak-1, type: zigbee2mqtt-water-leak, name: 泵房水浸, area: compound, link: z2m, address: garage/leak }\n';

describe.skipIf(withoutBrowser)('an integrator on a new site', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let station: Station | undefined;
  let bridge: MqttClient | undefined;
  let panel: Socket | undefined;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(
      await startHouse({
        site: `${head}devices:\n${panelDevice}`,
        alarmReceiver: { host: '127.0.0.1', port: 0 },
      }),
    );
  }, browserTestMs);
  afterEach(async () => {
    await bridge?.endAsync(true);
    panel?.destroy();
    await station?.close();
  });

  test('sees why a link is down, who speaks that nobody knows, and takes what was not understood once that is mended', async () => {
    const { secret } = (await house.api<{ secret: string }>('POST', '/links/z2m/secret')).body;
    bridge = await connectAsync(`mqtt://127.0.0.1:${house.mqttPort}`, {
      ...{ username: 'z2m', password: secret, clientId: 'z2m' },
    });
    const wet = '{"water_leak":true,"battery":80}';
    await bridge.publishAsync('zigbee2mqtt/garage/leak', wet, { qos: 1 });
    station = await openSignedIn(browser, house);
    const { page } = station;
    await station.open('/integrate');
    await station.unlockSound();

    // The links: one is down in the words of its user, with those of the system beside them.
    await page.getByTestId('link-plc').getByText('对端拒绝连接').waitFor();
    await page.getByTestId('link-plc').click();
    await page.getByTestId('link-detail').getByText('ECONNREFUSED').waitFor();
    await page.waitForURL('**/integrate/links/plc');
    await page.getByTestId('link-z2m').getByRole('link').first().click();
    await page.getByTestId('link-detail').getByText(wet).waitFor();
    const counted = page.getByTestId('counter-received');
    await counted.filter({ hasText: /^1$/ }).waitFor();
    await bridge.publishAsync('zigbee2mqtt/garage/leak', wet, { qos: 1 });
    // The page counts on by itself.
    await counted.filter({ hasText: /^2$/ }).waitFor();

    // A panel whose messages are taken, though their length is wrong and its clock was never set.
    await page.getByTestId('port-alarm-receiver').getByText('报警接收').waitFor();
    panel = connect(house.gateway.alarmReceiver ?? 0, '127.0.0.1');
    panel.write('\nA5290999"ADM-CID"0081L0#1302[#1302|1130 01 018]_00:00:00,00-00-2000\r');
    await page.getByTestId('quirk-wrong_length').getByText('1 条，最近：账号 1302').waitFor();
    await page.getByTestId('quirk-unset_clock').getByText('打开时间同步').waitFor();

    // Who is that?
    await page.getByRole('link', { name: '陌生来源' }).click();
    const stranger = page.getByTestId('stranger-zigbee2mqtt/garage/leak');
    await stranger.getByText('水浸传感器（Zigbee2MQTT）').waitFor();
    await stranger.getByText('如属本站，添加链路 z2m、地址 garage/leak 的设备').waitFor();
    await page
      .getByTestId('add-zigbee2mqtt/garage/leak')
      .and(page.locator('[href="/integrate/add?link=z2m&type=zigbee2mqtt-water-leak&address=garage%2Fleak"]'))
      .waitFor();

    // What it said is understood once it is a device.
    await page.getByRole('link', { name: '未识别报文' }).click();
    const letter = page.locator('[data-testid^="letter-0"]');
    await letter.getByText(wet).waitFor();
    // Why, in the words of its user, with those of the system below.
    await letter.getByText('链路 z2m 上没有设备接收主题 zigbee2mqtt/garage/leak').waitFor();
    await letter.getByText('系统原话：').waitFor();
    await letter.getByRole('button', { name: '重新识别' }).click();
    await page.getByTestId('letters-said').getByText('仍未看懂').waitFor();
    await house.applySite(`${head}devices:\n${panelDevice}${device}`);
    await letter.getByRole('button', { name: '重新识别' }).click();
    await page.getByTestId('letters-said').getByText('已看懂').waitFor();
    await letter.waitFor({ state: 'detached' });
  });
});
