import type { Browser, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse, testPassword } from '../house.ts';
import {
  browserTestMs,
  openBrowser,
  openStation,
  type Station,
  type StationOptions,
  takesKeys,
  withoutBrowser,
} from './browser.ts';

// The way into the console: the first administrator by the one-time link, then name and password.

describe.skipIf(withoutBrowser)('the way in', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  const stations: Station[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
  }, browserTestMs);
  afterEach(async () => {
    for (const station of stations.splice(0)) await station.close();
    await house.close();
  });
  afterAll(() => browser.close());

  async function station(options: StationOptions = {}): Promise<Station> {
    const opened = await openStation(browser, house, options);
    stations.push(opened);
    return opened;
  }

  async function statusOf(method: string, path: string, body?: object): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${house.gateway.http}${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : null,
    });
    const { code } = (await answer.json().catch(() => ({}))) as { code?: string };
    return `${answer.status} ${code ?? ''}`.trim();
  }

  test('before the first administrator everything is closed; the one-time link makes it, once, and no second time', async () => {
    house = await startHouse({ firstRun: true });
    for (const path of ['/session', '/alarms', '/site', '/devices', '/users', '/openapi.json'])
      expect([path, await statusOf('GET', `/api/v1${path}`)]).toEqual([path, '403 setup.required']);
    expect(await statusOf('GET', '/metrics')).toBe('403 setup.required');
    expect(await statusOf('GET', '/health')).toBe('200');

    const { page, open, origin } = await station();
    await open('/alarms');
    await page.getByRole('heading', { level: 1, name: '首次运行' }).waitFor();
    await page.getByText('尚未创建第一位管理员').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);

    const { path } = await house.control<{ path: string }>('setup.link', {});
    await open(path);
    await page.getByRole('textbox', { name: '用户名' }).fill('chen-jing');
    await page.getByRole('textbox', { name: '姓名' }).fill('陈静');
    await page.getByLabel('密码', { exact: false }).first().fill(testPassword);
    await page.getByLabel('再输一次密码').fill('something else');
    await page.getByRole('button', { name: '创建管理员并登录' }).click();
    await page.getByText('两次输入的密码不同').waitFor();
    await page.getByLabel('再输一次密码').fill(testPassword);
    await page.getByRole('button', { name: '创建管理员并登录' }).click();
    await page.getByRole('navigation', { name: '主导航' }).waitFor();
    await page.getByTestId('user-menu').filter({ hasText: '陈静' }).waitFor();
    await page.waitForURL(({ search }) => search === '');

    const second = await station();
    await second.page.goto(origin + path);
    await second.page.getByRole('heading', { name: '登录', exact: true }).waitFor();
    const token = new URL(path, origin).searchParams.get('token');
    const again = { token, user: 'mallory', password: testPassword, language: 'zh' };
    expect(await statusOf('POST', '/api/v1/setup', again)).toMatch(/^403/);
  });

  test('one signs in by keyboard alone; a wrong password and an unknown name get the same words', async () => {
    house = await startHouse();
    const { page, open } = await station();
    await open('/alarms');
    const tryIn = async (user: string, password: string) => {
      await takesKeys(page.getByRole('textbox', { name: '用户名' }));
      await page.keyboard.type(user);
      await page.keyboard.press('Tab');
      await page.keyboard.type(password);
      await page.keyboard.press('Enter');
    };
    const refusal = async () => {
      const words = await page.getByRole('alert').innerText();
      // The form as it was opened, with the focus on the name.
      await page.reload();
      await page.getByRole('heading', { name: '登录', exact: true }).waitFor();
      return words;
    };
    await tryIn('admin', 'not-the-password-42');
    const wrongPassword = await refusal();
    await tryIn('nobody', 'not-the-password-42');
    expect(await refusal()).toBe(wrongPassword);
    expect(wrongPassword).toContain('用户名或密码不对');

    await tryIn('admin', testPassword);
    await page.getByTestId('alarm-list').waitFor();
    await page.waitForURL('**/alarms');
  });

  test('a one-time sign-in link works once and leaves the address bar', async () => {
    house = await startHouse();
    const { path } = await house.control<{ path: string }>('sign-in.link', { user: 'admin' });
    const first = await station();
    await first.page.goto(first.origin + path);
    await first.page.getByRole('navigation', { name: '主导航' }).waitFor();
    await first.page.waitForURL((url) => !url.href.includes('once'));

    const second = await station({ language: 'en' });
    await second.page.goto(second.origin + path);
    await second.page.getByText('The one-use link does not work.').waitFor();
    await second.page.waitForURL((url) => !url.href.includes('once'));
    await second.page.getByRole('button', { name: 'Sign in' }).click();
    await second.page.getByRole('textbox', { name: 'User' }).waitFor();
  });

  test('an answer from before somebody came in does not turn him away again', async () => {
    house = await startHouse();
    const { path } = await house.control<{ path: string }>('sign-in.link', { user: 'admin' });
    const { page, origin } = await station();
    // The page's first question, whether anybody is signed in, is answered "nobody" long after its reader has come in.
    const held = Promise.withResolvers<Route>();
    await page.route('**/api/v1/setup', held.resolve);
    await page.goto(origin + path);
    const menu = page.getByRole('navigation', { name: '主导航' });
    const [question] = await Promise.all([held.promise, menu.waitFor()]);
    const answered = page.waitForResponse('**/api/v1/setup');
    await question.continue();
    await (await answered).finished();
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    expect(await menu.isVisible()).toBe(true);
  });
});
