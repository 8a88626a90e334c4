import type { Browser, Locator, Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { eventually } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, startDemoHouse, testDevices } from './demo-house.ts';

// A button only reflects what the API decides: who may only read finds none, and is refused whatever he sends.

describe.skipIf(withoutBrowser)('what a role may not do', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  let alarm = '';
  let ticket = '';
  const stations: Station[] = [];
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startDemoHouse());
    for (const role of ['auditor', 'operator', 'guard'] as const) await addUser(house, role);
    await house.event(testDevices.desk, 'tamper');
    alarm = (
      await eventually('the alarm is open', async () =>
        (await house.openAlarms()).find(({ device }) => device === 'panic-desk'),
      )
    ).id;
    ticket = (await house.api<{ id: string }>('POST', '/tickets', { title: '前台按钮检修' })).body.id;
  }, browserTestMs);
  afterEach(async () => {
    for (const station of stations.splice(0)) await station.close();
  });
  async function enter(user: string): Promise<Station> {
    const station = await openSignedIn(browser, house, { user });
    stations.push(station);
    return station;
  }

  /** Everything that acts, screen by screen, with what shows that the screen is there. */
  const acting = (): [path: string, ready: string, ...buttons: string[]][] => [
    ['/overview', '[data-testid="mark-segment-1"]', '[data-testid="scene-home-panic"]'],
    [
      `/alarms/${alarm}`,
      'text=派人查看按钮外壳',
      '[data-testid="acknowledge"]',
      'button:has-text("搁置 (H)")',
      'button:has-text("转工单")',
      'button:has-text("确认可见")',
      'button:has-text("添加备注")',
      '[data-testid="banner-highest"] button:has-text("确认")',
    ],
    ['/zones', '[data-testid="zone-segment-1"]', 'button:has-text("撤防")', 'button:has-text("旁路")'],
    ['/devices/wall-light-1', 'h2:has-text("照明")', '[data-testid^="command-"]'],
    [
      `/tickets/${ticket}`,
      'h2:has-text("前台按钮检修")',
      '[data-testid="new-ticket"]',
      '[data-testid^="ticket-act-"]',
    ],
  ];

  /** Goes from screen to screen and looks at every button there, once the screen is there. */
  async function look(station: Station, at: (button: Locator) => Promise<void>): Promise<void> {
    for (const [path, ready, ...buttons] of acting()) {
      await station.open(path);
      await station.page.locator(ready).first().waitFor();
      for (const button of buttons) await at(station.page.locator(button).first());
    }
  }

  const send = (page: Page, method: string, path: string, body: object) =>
    page.evaluate<string>(`fetch('/api/v1${path}', {
      method: '${method}', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(body))},
    }).then(async (answer) => answer.status + ' ' + ((await answer.json()).code ?? ''))`);

  test('an operator finds every button, an auditor none of them', async () => {
    await look(await enter('operator'), (button) => button.waitFor());

    const left: string[] = [];
    await look(await enter('auditor'), async (button) => {
      if ((await button.count()) > 0) left.push(String(button));
    });
    expect(left).toEqual([]);
  });

  test('keys do nothing for an auditor, and the API refuses what no button sent', async () => {
    const station = await enter('auditor');
    const { page } = station;
    await station.open(`/alarms/${alarm}`);
    await page.getByText('派人查看按钮外壳').waitFor();
    await station.unlockSound();
    for (const key of ['KeyA', 'Shift+KeyA', 'KeyH', 'KeyW']) await page.keyboard.press(key);
    expect(await page.getByRole('dialog').count()).toBe(0);
    const refused = {
      acknowledge: await send(page, 'POST', `/alarms/${alarm}/acknowledge`, {}),
      shelve: await send(page, 'POST', `/alarms/${alarm}/shelve`, {
        reason: 'x',
        until: Date.now() + 60_000,
      }),
      disarm: await send(page, 'POST', '/zones/segment-1/disarm', {}),
      command: await send(page, 'POST', '/devices/door-office/commands', { command: 'open' }),
      ticket: await send(page, 'POST', '/tickets', { title: 'x' }),
      scene: await send(page, 'POST', '/simulation/scenes/home-panic', {}),
      user: await send(page, 'POST', '/users', {
        id: 'mallory',
        name: 'm',
        role: 'administrator',
        password: 'x'.repeat(12),
      }),
    };
    expect(new Set(Object.values(refused))).toEqual(new Set(['403 auth.forbidden']));
    const { body } = await house.api<Alarm>('GET', `/alarms/${alarm}`);
    expect(body).toMatchObject({ state: 'unacknowledged' });
    expect(body.shelved).toBeUndefined();
  });

  test('a page that the role may not see says so, and is not in the navigation', async () => {
    const station = await enter('guard');
    await station.open('/alarms');
    await station.page.getByText('您的角色无权查看此页面').waitFor();
    expect(await station.page.getByRole('navigation').getByRole('link', { name: '报警中心' }).count()).toBe(
      0,
    );
  });
});
