import { connectAsync } from 'mqtt';
import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, type House, startHouse } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  browserTestMs,
  measureLateness,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';
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
  let frames: string[];
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startHouse({ site }));
    relay = keep(await startRelay(() => house.gateway.http ?? 0));
  }, browserTestMs);
  beforeEach(async () => {
    relay.mend();
    frames = [];
    station = await openSignedIn(browser, house, { port: relay.port });
    station.page.on('websocket', (socket) => {
      frames.push(`opened ${socket.url()}`);
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
    });
    await publish('tank-1', 'readings', { values: { level: 1.5 } });
    await station.open('/devices');
    await station.unlockSound();
    await level().filter({ hasText: '1.50 m' }).waitFor();
    await hatched().waitFor({ state: 'detached' });
  }, browserTestMs);
  afterEach(() => station.close());

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

  /** What the last socket has brought. */
  const sinceOpened = () =>
    frames.slice(frames.findLastIndex((frame) => frame.startsWith('opened'))).join('\n');
  /** The panic stands in the banner, or behind the word that nobody saw it for five seconds, in the panel. */
  const alarmed = () => {
    const { page } = station;
    const places = page.getByTestId('banner-highest').or(page.getByTestId('alarm-panel'));
    return places.filter({ hasText: '大堂紧急按钮' }).first();
  };
  const lostBar = () => station.page.getByTestId('lost-bar');
  const level = () => station.page.getByTestId('device-tank-1').locator('[data-quality]');
  const hatched = () => station.page.getByTestId('device-tank-1').locator('.gh-hatched[data-quality]');

  test('that has fallen silent says so across the screen within 5 s, and every value with its age', async () => {
    const { page } = station;
    const lateness = await measureLateness(page);
    const told = page.evaluate<number>(`window.__testWatch.painted('[data-testid="lost-bar"]')`);
    // One answer from the page: the watch is set.
    await page.evaluate('0');
    const silentAt = Date.now();
    relay.silence();
    const noticedMs = Math.round((await told) - silentAt);
    const lateMs = await lateness();
    console.log(
      `silence was noticed after ${noticedMs} ms, on a machine that was ${Math.round(lateMs)} ms late`,
    );
    expect(noticedMs).toBeLessThanOrEqual(5_000);
    expect((await lostBar().boundingBox())?.width).toBe(1366);
    await hatched()
      .filter({ hasText: /1\.50 m.*前/s })
      .waitFor();
    await page.getByTestId('link-state').filter({ hasText: '已断线' }).waitFor();
    await page.locator('.gh-hatched[data-testid="clock"]').waitFor();
  });

  test('goes on where it was when the line is back, with what happened meanwhile', async () => {
    relay.silence();
    await lostBar().waitFor();
    await publish('tank-1', 'readings', { values: { level: 2 } });
    await publish('panic-1', 'events', { id: 'p-1', type: 'panic' });
    expect(await station.page.getByTestId('banner-highest').count()).toBe(0);
    relay.mend();
    await lostBar().waitFor({ state: 'detached' });
    await level().filter({ hasText: '2.00 m' }).waitFor();
    await hatched().waitFor({ state: 'detached' });
    await alarmed().waitFor();
    // It asked for what it had missed and got just that.
    await eventually('the browser has told of what came', () => sinceOpened().includes('"level",2,'));
    expect(sinceOpened()).toMatch(/^opened .*\?since=/);
    expect(sinceOpened()).not.toContain('"type":"snapshot"');
  });

  test('after a restart of the gateway gets the whole picture anew, without signing in again', async () => {
    await publish('panic-1', 'events', { id: 'p-2', type: 'panic' });
    relay.cut();
    await lostBar().waitFor();
    await house.restart();
    await publish('tank-1', 'readings', { values: { level: 1.75 } });
    relay.mend();
    await lostBar().waitFor({ state: 'detached' });
    await level().filter({ hasText: '1.75 m' }).waitFor();
    await eventually('the whole picture has come', () => sinceOpened().includes('"type":"snapshot"'));
    await alarmed().waitFor();
    expect(await station.page.getByRole('heading', { level: 1 }).innerText()).toBe('设备');
  });
});
