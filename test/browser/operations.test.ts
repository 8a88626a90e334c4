import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { eventually, testPassword } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  takesKeys,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, startDemoHouse, testDevices } from './demo-house.ts';
import { addPatrol, answerPanels, checkIn, runningRound } from './screens.ts';

// The day's work: plan, devices, tickets, rounds, doors, each living from the running gateway.

const { garden, desk } = testDevices;

describe.skipIf(withoutBrowser)('the day in the control room', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  let station: Station | undefined;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startDemoHouse({ more: addPatrol, minuteInMs: 20_000 }));
  }, browserTestMs);
  afterEach(async () => {
    // Before the station goes: what nobody sees for five seconds is an alarm.
    await answerPanels(house);
    await station?.close();
  });

  async function open(path: string): Promise<Station> {
    station = await openSignedIn(browser, house);
    await station.open(path);
    await station.unlockSound();
    return station;
  }

  const openAlarm = (device: string, definition: string) =>
    eventually(`${definition} of ${device} is open`, async () =>
      (await house.openAlarms()).find((alarm) => alarm.device === device && alarm.definition === definition),
    );

  test('a zone is disarmed with the own password, by keyboard, and from the plan', async () => {
    const { page, open: go, unlockSound } = await open('/zones');
    const line = page.getByTestId('zone-segment-7');
    await line.getByRole('button', { name: '撤防' }).click();
    const dialog = page.getByRole('dialog');
    await takesKeys(dialog.getByLabel('本人密码'));
    await page.keyboard.type('not the password of admin');
    await page.keyboard.press('Enter');
    await dialog.getByText('用户名或密码不对').waitFor();
    expect(await line.innerText()).toContain('已布防');
    await dialog.getByLabel('本人密码').fill(testPassword);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await line.getByText('已撤防').waitFor();
    await line.getByRole('button', { name: '布防' }).click();
    await line.getByText('已布防').waitFor();

    await go('/overview?device=segment-7');
    await unlockSound();
    await page.getByRole('button', { name: '撤防' }).click();
    await page.getByLabel('本人密码').fill(testPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '布防', exact: true }).click();
    await page.getByRole('button', { name: '撤防' }).waitFor();
  });

  test('a scene played from the overview makes its segment alarm on the plan and its wall light come on, on the record', async () => {
    const { page, open: go } = await open('/overview');
    const plan = page.getByRole('region', { name: '平面图' });
    const segment = plan.getByTestId('mark-segment-3');
    await plan.locator('[data-testid="mark-segment-3"][aria-label="3 防区 西围墙北段, 布防"]').waitFor();
    await plan.locator('[data-testid="mark-wall-light-3"][aria-label$=": 否"]').waitFor();
    await page.getByTestId('scene-perimeter-intrusion').click();
    await plan.locator('[data-testid="mark-segment-3"][aria-label*="周界入侵"]').waitFor();
    await segment.locator('[data-priority="2"]').first().waitFor({ state: 'attached' });
    await plan.locator('[data-testid="mark-wall-light-3"][aria-label$=": 是"]').waitFor();
    await page.getByTestId('alarm-panel').filter({ hasText: '3 防区 西围墙北段' }).waitFor();

    const alarm = await openAlarm('segment-3', 'intrusion');
    // The intruder goes on to the next segment; both are answered before anything else is done.
    await openAlarm('segment-4', 'intrusion');
    await answerPanels(house);
    await go(`/alarms/${alarm.id}`);
    await page
      .getByRole('listitem')
      .filter({ hasText: '西围墙北段照明' })
      .filter({ hasText: '已确认执行' })
      .waitFor();
  });

  /** A further device of the site, as it speaks; the test takes it away again. */
  async function addSpeaker(device: { id: string; [field: string]: unknown }): Promise<MqttClient> {
    expect((await house.api('POST', '/devices', device)).status).toBe(201);
    const { id } = device;
    return connectAsync({
      ...{ port: house.mqttPort, username: id, clientId: id, reconnectPeriod: 0 },
      password: await house.secretOf(id),
    });
  }

  let attempts = 0;
  test('an intrusion says when it was over; the zone of a lost module is blind on the plan, in the lists and on the wall', async () => {
    // Another one for each attempt: what one of the same key has told before counts as repeated.
    const id = `segment-9${attempts++}`;
    const shape = [
      [40, 40],
      [40, 200],
    ];
    const zone = { id, type: 'native-perimeter-zone', name: '9 防区 试验段', area: 'perimeter', shape };
    for (let earlier = 0; earlier < attempts - 1; earlier++)
      await house.api('DELETE', `/devices/segment-9${earlier}`);
    await answerPanels(house);
    const module = await addSpeaker(zone);
    const tell = (type: string) =>
      module.publishAsync(`gatehouse/${id}/events`, JSON.stringify({ id: type, type }), { qos: 1 });
    const { page, open: go } = await open('/overview');
    const mark = page.getByTestId(`mark-${id}`);
    await mark.and(page.getByLabel('9 防区 试验段, 布防', { exact: true })).waitFor();

    await tell('zone.alarm');
    const panel = page.getByTestId('alarm-panel');
    await panel.filter({ hasText: zone.name }).waitFor();
    expect(await panel.getByTestId('panel-over').count()).toBe(0);
    await tell('zone.restore');
    await panel.getByTestId('panel-over').getByText('已恢复，自').waitFor();
    await page.getByTestId('banner-highest').getByText('已恢复，自').waitFor();
    await answerPanels(house);

    await module.endAsync(true);
    await page
      .locator(`[data-testid="mark-${id}"][aria-label^="${zone.name}, 失去监视, 布防, 连接中断"]`)
      .waitFor();
    await page.getByRole('link', { name: '防区失去监视 1' }).click();
    const line = page.getByTestId(`zone-${id}`).filter({ hasText: '失去监视' });
    await line.getByText('连接中断', { exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await go('/devices?state=lost');
    await page.getByTestId(`device-${id}`).getByTestId('why-lost').getByText('连接中断').waitFor();
    await page.goto(`${new URL(page.url()).origin}/wall`);
    await page.getByTestId('wall-blind').getByText(zone.name).waitFor();
    expect(await barriers(page)).toEqual([]);

    await house.api('DELETE', `/devices/${id}`);
    await answerPanels(house);
  });

  test('the alarm of a moment waits for its answer and never says that it is over; a zone’s suppressed alarm names its cause', async () => {
    const area = 'office';
    const door = await addSpeaker({ id: 'door-trial', type: 'native-door', name: '试验门', area });
    const module = await addSpeaker({ id: 'io-trial', type: 'native-io-module', name: '试验模块', area });
    const bind = { tripped: 'io-trial.in1' };
    const zone = { id: 'zone-trial', type: 'composed-perimeter-zone', name: '试验防区', area, bind };
    expect((await house.api('POST', '/devices', zone)).status).toBe(201);

    const swipe = { id: 'swipe-1', type: 'access.blockedCard', data: { card: '7' } };
    await door.publishAsync('gatehouse/door-trial/events', JSON.stringify(swipe), { qos: 1 });
    const alarm = await openAlarm('door-trial', 'blockedCard');
    expect(alarm.state).toBe('returned');
    const { page, open: go } = await open('/alarms');
    const row = page.locator(`[data-alarm="${alarm.id}"]`);
    await row.filter({ hasText: '未确认' }).waitFor();
    expect(await row.filter({ hasText: '已恢复' }).count()).toBe(0);
    expect(await row.locator('[data-hollow]').count()).toBe(0);
    await row.click();
    await page.locator('dt').getByText('发生', { exact: true }).waitFor();
    expect(await page.locator('dt').getByText('恢复', { exact: true }).count()).toBe(0);

    const still = JSON.stringify({ values: { in1: false } });
    await module.publishAsync('gatehouse/io-trial/readings', still, { qos: 1 });
    await go('/zones');
    const line = page.getByTestId('zone-zone-trial');
    await line.getByText('在线', { exact: true }).waitFor();
    await module.endAsync(true);
    await line.getByText('已抑制，起因：试验模块').waitFor();
    expect(await barriers(page)).toEqual([]);

    await door.endAsync();
    for (const id of ['zone-trial', 'io-trial', 'door-trial']) await house.api('DELETE', `/devices/${id}`);
    await answerPanels(house);
  });

  test('no word on the demo’s plans lies over another or over a picture, at either size and in both languages', async () => {
    const { page, origin } = await open('/overview');
    /** Pairs that overlap; without the devices that only the tests have. */
    const overlaps = () =>
      page.evaluate<string[]>(`(() => {
        const others = ${JSON.stringify(Object.values(testDevices).map(({ id }) => `mark-${id}`))};
        const svg = document.querySelector('svg.leaflet-image-layer');
        // Signs of alarms lie on top of everything on purpose.
        const ours = (element) =>
          element.closest('[aria-hidden]') === null && !others.includes(element.closest('[data-testid]')?.dataset.testid);
        const boxed = (element) => ({
          name: element.textContent || element.closest('[data-testid]').dataset.testid,
          box: element.getBoundingClientRect(),
        });
        // Around the letters are their halo of 1.5 px and, above and beneath, what a line is higher than they are.
        const letters = ({ name, box: { left, top, right, bottom } }) => {
          const [x, y] = bottom - top > right - left ? [3, 1.5] : [1.5, 3];
          return { name, box: { left: left + x, top: top + y, right: right - x, bottom: bottom - y } };
        };
        const words = [...svg.querySelectorAll('text')]
          .filter((text) => ours(text) && text.checkVisibility({ visibilityProperty: true }))
          .map((text) => letters(boxed(text)));
        const pictures = [...svg.querySelectorAll('[class*="glyph"]')].filter(ours).map(boxed);
        if (words.length === 0 || pictures.length < 5) return ['nothing is drawn'];
        const hit = (a, b) =>
          Math.min(a.right, b.right) > Math.max(a.left, b.left) &&
          Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top);
        return words.flatMap((word, i) =>
          [...words.slice(i + 1), ...pictures]
            .filter(({ box }) => hit(word.box, box))
            .map(({ name }) => word.name + ' / ' + name),
        );
      })()`);
    const fits = async (plan: string, width: number, height: number) => {
      await page.setViewportSize({ width, height });
      await eventually(`${plan} fits ${width} px`, async () => {
        const box = await page
          .getByRole('group', { name: /示范小区|地下车库/ })
          .locator('svg.leaflet-image-layer')
          .boundingBox();
        return box !== null && box.width > width * 0.4 && box.width < width * 0.7;
      });
    };
    for (const language of ['zh', 'en'])
      for (const [plan, value] of [
        ['compound', 'tank-domestic'],
        ['garage', 'sump-garage'],
      ] as const) {
        await page.evaluate(`localStorage.setItem('gatehouse.admin.language', '${language}')`);
        await page.goto(`${origin}/overview?plan=${plan}`);
        await page.getByTestId(`mark-${value}`).locator('text', { hasText: ' m' }).waitFor();
        for (const [width, height] of [
          [1366, 768],
          [1920, 1080],
        ] as const) {
          await fits(plan, width, height);
          expect([language, plan, width, await overlaps()]).toEqual([language, plan, width, []]);
        }
      }
    // A window that is drawn small and large again, with time between for whatever is late: the whole plan still fits it.
    for (const [width, height] of [
      [1000, 600],
      [1366, 768],
      [1920, 1080],
    ] as const) {
      await fits('garage', width, height);
      await page.evaluate('new Promise((done) => setTimeout(done, 300))');
    }
  });

  test('a device shows its value as it comes, and the course of its last 24 h', async () => {
    for (const [minutesAgo, level] of [
      [600, 1.2],
      [300, 1.4],
      [60, 1.45],
    ] as const)
      await house.publish(garden, 'readings', { at: Date.now() - minutesAgo * 60_000, values: { level } });
    await house.publish(garden, 'readings', { values: { level: 1.5 } });
    const { page } = await open(`/devices/${garden.id}`);
    const value = page.getByRole('row', { name: /^液位/ });
    await value.filter({ hasText: '1.50 m' }).waitFor();
    await house.publish(garden, 'readings', { values: { level: 1.8 } });
    await value.filter({ hasText: '1.80 m' }).waitFor();
    const canvas = page.getByTestId('trend').locator('canvas');
    await canvas.waitFor();
    const inked = `(() => {
      const canvas = document.querySelector('[data-testid="trend"] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let pixels = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) pixels++;
      return pixels;
    })()`;
    await eventually('the course is drawn', async () => (await page.evaluate<number>(inked)) > 500);
  });

  test('W makes a ticket of an alarm, which is dispatched, accepted, reached and resolved, and the alarm leads to it', async () => {
    const { page } = await open('/alarms');
    await house.event(desk, 'tamper');
    const alarm = await openAlarm(desk.id, 'tamper');
    await page.locator(`#alarm-${alarm.id}`).click();
    await page.getByTestId('acknowledge').waitFor();
    await page.keyboard.press('KeyW');
    const dialog = page.getByRole('dialog');
    await takesKeys(dialog.getByLabel('标题'));
    expect(await dialog.getByLabel('标题').inputValue()).toContain(desk.name);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const ticketOf = async () => (await house.api<Alarm>('GET', `/alarms/${alarm.id}`)).body.ticket;
    const ticket = await eventually('the alarm knows its ticket', ticketOf);
    await page.getByRole('button', { name: '查看工单 (W)' }).waitFor();
    await page.keyboard.press('KeyW');
    await page.waitForURL(`**/tickets/${ticket}`);

    const act = (name: string) => page.getByTestId(`ticket-act-${name}`);
    await act('dispatch').click();
    await takesKeys(page.getByLabel('派给'));
    await page.keyboard.type('工程值班');
    await page.keyboard.press('Enter');
    for (const step of ['accept', 'arrive', 'resolve']) {
      await act(step).click();
      await takesKeys(page.getByLabel('备注（可不填）'));
      await page.keyboard.press('Enter');
    }
    await act('verify').waitFor();
    const { body } = await house.api<Ticket>('GET', `/tickets/${ticket}`);
    expect(body).toMatchObject({ state: 'resolved', assignee: '工程值班', alarm: alarm.id });
    expect(body.steps.map(({ action }) => action)).toEqual([
      'register',
      'dispatch',
      'accept',
      'arrive',
      'resolve',
    ]);
    await page.getByRole('link', { name: '查看报警' }).click();
    await page.waitForURL(`**/alarms/${alarm.id}`);
  });

  test('a swipe appears in the access log; a door opens from here in two steps, with a reason, and its opening is read back', async () => {
    const { page } = await open('/access');
    // The simulated people swipe every nine seconds.
    await page.getByRole('row').filter({ hasText: '准许' }).first().waitFor();
    await page.getByTestId('open-door-office').click();
    const send = page.getByRole('button', { name: '远程开门' });
    expect(await send.isDisabled()).toBe(true);
    await page.keyboard.type('快递员送件，已核对');
    await send.click();
    await page.locator('[data-testid="command"][data-state="confirmed"]').waitFor();
    await page.getByTestId('door-door-office').filter({ hasText: '开' }).waitFor();
    await eventually('its opening is in the log', async () => {
      const { body } = await house.api<{ items: { door: string; type: string }[] }>(
        'GET',
        '/access/events?door=door-office',
      );
      return body.items.some(({ type }) => type === 'opened');
    });
    const audit = await house.api<{ items: { action: string; detail: object }[] }>(
      'GET',
      '/audit?subject=device:door-office',
    );
    expect(JSON.stringify(audit.body.items)).toContain('快递员送件，已核对');
  });

  test('the patrol board shows the round under way, and a check-in as it comes', async () => {
    const { page } = await open('/patrol');
    await page.getByTestId(`round-${await runningRound(house)}`).waitFor();
    // The demo's own guards walk their rounds meanwhile, so the round is asked for, not guessed.
    const round = await checkIn(house);
    await page.getByTestId(`round-${round}`).getByText('正常').first().waitFor();
  });
});
