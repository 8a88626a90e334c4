import { connectAsync } from 'mqtt';
import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { AlarmLatency } from '../../gateway/contract/alarm.ts';
import { eventually, type House, startHouse, testPassword } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';

// An office looks at alarms without a loudspeaker; the control room never does.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: panic-1, type: native-panic-button, name: 大堂紧急按钮, area: compound }]
`;

describe.skipIf(withoutBrowser)('a station without sound', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let station: Station | undefined;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startHouse({ site }));
    await addUser(house, 'operator');
  }, browserTestMs);
  afterEach(() => station?.close());

  test('stays so when its page is loaded anew, says so, is no ear for an alarm, and gets its sound back by a press or with an operator', async () => {
    station = await openSignedIn(browser, house);
    const { page, origin, open } = station;
    const lock = page.getByTestId('sound-lock');
    const without = page.getByTestId('sound-off');
    await lock.getByRole('button', { name: '此台不发声' }).click();
    await lock.waitFor({ state: 'detached' });
    await open('/alarms');
    await without.waitFor();
    expect(await lock.count()).toBe(0);

    const client = await connectAsync({
      ...{ port: house.mqttPort, username: 'panic-1', clientId: 'panic-1' },
      password: await house.secretOf('panic-1'),
    });
    await client.publishAsync('gatehouse/panic-1/events', '{"id":"p-1","type":"panic"}', { qos: 1 });
    await client.endAsync();
    const alarm = await eventually('panic is an alarm', async () =>
      (await house.openAlarms()).find(({ device }) => device === 'panic-1'),
    );
    const shown = await eventually('it was shown', async () => {
      const { body } = await house.api<{ latency: AlarmLatency }>('GET', `/alarms/${alarm.id}`);
      return body.latency.shownAt !== null && body.latency;
    });
    expect(shown.audible).toBe(false);

    // Who answers alarms may not go on without.
    const { path } = await house.control<{ path: string }>('sign-in.link', { user: 'operator' });
    await page.goto(`${origin}${path}`);
    await lock.waitFor();
    expect(await lock.getByRole('button', { name: '此台不发声' }).count()).toBe(0);

    // Signing in by password, which else starts the sound, leaves the station as it is.
    await station.context.clearCookies();
    await page.goto(origin);
    await page.getByRole('textbox', { name: '用户名' }).fill('admin');
    await page.getByLabel('密码').fill(testPassword);
    await page.keyboard.press('Enter');
    await without.click();
    await without.waitFor({ state: 'detached' });
    expect(await page.evaluate('window.__gatehouseSound.state')).toBe('running');
    await eventually(
      'it is heard',
      async () => (await page.evaluate('window.__gatehouseSound.playing')) === 1,
    );
    expect(await page.evaluate("localStorage.getItem('gatehouse.station.sound')")).toBeNull();
  });
});
