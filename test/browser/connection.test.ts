import { connectAsync } from 'mqtt';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../house.ts';
import { browserTestMs, openBrowser, openSignedIn, type Station, withoutBrowser } from './browser.ts';
import { type Relay, startRelay } from './relay.ts';

// The line between console and gateway is lost: nobody may take an old picture for the present.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
  - { id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound }
`;

describe.skipIf(withoutBrowser)('a console whose line is lost', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let relay: Relay;
  let station: Station;
  const frames: string[] = [];
  beforeAll(async () => {
    [browser, house] = await Promise.all([openBrowser(), startHouse({ site })]);
    relay = await startRelay(() => house.gateway.http ?? 0);
    station = await openSignedIn(browser, house, { port: relay.port });
    station.page.on('websocket', (socket) => {
      frames.push(`opened ${socket.url()}`);
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    await publish('tank-1', 'readings', { values: { level: 1.5 } });
    await station.open('/devices');
    await station.unlockSound();
  }, browserTestMs);
  afterAll(async () => {
    await station.close();
    await browser.close();
    await relay.close();
    await house.close();
  });

  async function publish(device: string, tail: string, payload: object): Promise<void> {
    const password = await house.secretOf(device);
    const client = await connectAsync({
      port: house.mqttPort,
      username: device,
      password,
      clientId: device,
    });
    await client.publishAsync(`gatehouse/${device}/${tail}`, JSON.stringify(payload), { qos: 1 });
    // Without a farewell the device counts as lost, which would hatch its values by itself.
    await client.endAsync();
  }

  const lostBar = () => station.page.getByTestId('lost-bar');
  const level = () => station.page.getByTestId('device-tank-1').locator('[data-quality]');
  const hatched = () => station.page.getByTestId('device-tank-1').locator('.gh-hatched[data-quality]');

  test('that has fallen silent says so across the screen within 5 s, and every value with its age', async () => {
    await level().filter({ hasText: '1.50 m' }).waitFor();
    expect(await hatched().count()).toBe(0);
    relay.silence();
    const silentAt = Date.now();
    await lostBar().waitFor();
    const noticedMs = Date.now() - silentAt;
    console.log(`silence was noticed after ${noticedMs} ms`);
    expect(noticedMs).toBeLessThanOrEqual(5_000);
    expect((await lostBar().boundingBox())?.width).toBe(1366);
    await hatched()
      .filter({ hasText: /1\.50 m.*前/s })
      .waitFor();
    const { page } = station;
    expect(await page.getByTestId('link-state').innerText()).toContain('已断线');
    expect(await page.getByTestId('clock').getAttribute('class')).toContain('gh-hatched');
  });

  test('goes on where it was when the line is back, with what happened meanwhile', async () => {
    await publish('tank-1', 'readings', { values: { level: 2 } });
    await publish('panic-1', 'events', { id: 'p-1', type: 'panic' });
    expect(await station.page.getByTestId('banner-highest').count()).toBe(0);
    frames.length = 0;
    relay.mend();
    await lostBar().waitFor({ state: 'detached' });
    await level().filter({ hasText: '2.00 m' }).waitFor();
    expect(await hatched().count()).toBe(0);
    await station.page.getByTestId('banner-highest').filter({ hasText: '大堂紧急按钮' }).waitFor();
    // It asked for what it had missed and got just that.
    const resumed = frames.findLastIndex((frame) => frame.startsWith('opened'));
    expect(frames[resumed]).toMatch(/\?since=/);
    expect(frames.slice(resumed).some((frame) => frame.includes('"type":"snapshot"'))).toBe(false);
  });

  test('after a restart of the gateway gets the whole picture anew, without signing in again', async () => {
    frames.length = 0;
    relay.cut();
    await lostBar().waitFor();
    await house.restart();
    await publish('tank-1', 'readings', { values: { level: 1.75 } });
    relay.mend();
    await lostBar().waitFor({ state: 'detached' });
    await level().filter({ hasText: '1.75 m' }).waitFor();
    expect(frames.some((frame) => frame.includes('"type":"snapshot"'))).toBe(true);
    await station.page.getByTestId('banner-highest').filter({ hasText: '大堂紧急按钮' }).waitFor();
    expect(await station.page.getByRole('heading', { level: 1 }).innerText()).toBe('设备');
  });
});
