import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Snapshot } from '../../gateway/contract/snapshot.ts';
import { eventually } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  type StationOptions,
  takesKeys,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, type SpokenFor, startDemoHouse } from './demo-house.ts';
import { answerPanels } from './screens.ts';

// What the alarm panel and the wall show of cameras and of a fire's doors.

/** One for each test: a button that trips five times in a minute is chattering. */
const buttons = Array.from(
  { length: 6 },
  (_, index): SpokenFor => ({
    id: `panic-yard-${index + 1}`,
    type: 'native-panic-button',
    name: `庭院紧急按钮 ${index + 1}`,
    area: 'office',
    position: [140, 640],
    cameras: ['camera-2', 'camera-dead', 'camera-linked'],
  }),
);

describe.skipIf(withoutBrowser)('the alarm panel', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  const stations: Station[] = [];
  let unused = buttons.values();
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(
      await startDemoHouse({
        more(site) {
          site.devices.push(
            // Nobody listens on the discard port.
            {
              id: 'camera-dead',
              type: 'camera',
              name: '坏摄像机',
              area: 'office',
              settings: { snapshotUrl: 'http://127.0.0.1:9/x.jpg' },
            },
            { id: 'camera-linked', type: 'camera', name: '仅登记摄像机', area: 'office' },
            ...buttons,
          );
        },
      }),
    );
    unused = buttons.values();
    await addUser(house, 'auditor');
    await eventually('the cameras have been asked', async () => {
      const { body } = await house.api<{ items: { id: string; newest: unknown }[] }>('GET', '/cameras');
      return body.items.find(({ id }) => id === 'camera-2')?.newest !== null;
    });
  }, browserTestMs);
  afterEach(async () => {
    // Before the stations go: what nobody sees for five seconds is an alarm.
    for (const { id } of await house.openAlarms()) {
      await house.api('POST', `/alarms/${id}/acknowledge`, {});
      await house.api('POST', `/alarms/${id}/reset`, {});
    }
    for (const station of stations.splice(0)) await station.close();
  });

  async function station(path: string, options: StationOptions & { user?: string } = {}): Promise<Station> {
    const opened = await openSignedIn(browser, house, options);
    stations.push(opened);
    await opened.open(path);
    await opened.unlockSound();
    return opened;
  }
  async function press(): Promise<Alarm> {
    const { value: button } = unused.next();
    if (button === undefined) throw new Error('more buttons are pressed than the site has');
    await house.event(button, 'panic');
    return eventually('panic is an alarm', async () =>
      (await house.openAlarms()).find(({ device }) => device === button.id),
    );
  }
  /** Turns the panel's pages to an alarm: on a slow machine another may have come first. */
  async function turnTo(page: Page, what: string): Promise<void> {
    const panel = page.getByTestId('alarm-panel');
    await panel.waitFor();
    await eventually('the panel shows the alarm', async () => {
      if (await panel.getByTestId(what).isVisible()) return true;
      const next = panel.getByRole('button', { name: /下一条|Next/ });
      if (await next.isVisible()) await next.click();
      return false;
    });
  }
  const widthOf = (page: Page, testId: string) =>
    page
      .getByTestId('alarm-panel')
      .getByTestId(testId)
      .locator('img')
      .evaluate((image: { naturalWidth: number }) => image.naturalWidth);

  test('opens the cameras of an alarm: the picture of its moment, the one of now, and the recorder’s pages at its time', async () => {
    const { page } = await station('/overview', { language: 'en' });
    const alarm = await press();
    const panel = page.getByTestId('alarm-panel');
    const camera = panel.getByTestId('camera-camera-2');
    await turnTo(page, 'camera-camera-2');
    await camera.getByTestId('snapshot-1').locator('img').waitFor();
    await camera.getByTestId('live-camera-2').locator('img').waitFor();
    await eventually(
      'both pictures are drawn',
      async () =>
        (await widthOf(page, 'snapshot-1')) === 640 && (await widthOf(page, 'live-camera-2')) === 640,
    );
    const caption = await camera.getByTestId('snapshot-1').innerText();
    expect(caption).toMatch(/^At the alarm \d\d:\d\d:\d\d \(\d\.\d s after it\)$/);
    expect(await camera.innerText()).toMatch(/^1\s+北围墙西段摄像机 · 周界/);

    const src = () => camera.getByTestId('live-camera-2').locator('img').getAttribute('src');
    const before = await src();
    await eventually('a newer picture has come', async () => (await src()) !== before);

    const links = await camera.getByRole('link').evaluateAll((all) =>
      (all as unknown as { href: string; target: string; rel: string }[]).map(({ href, target, rel }) => ({
        href,
        target,
        rel,
      })),
    );
    const at = encodeURIComponent(new Date(alarm.occurredAt).toISOString());
    expect(links.filter(({ target }) => target === '_blank')).toEqual([
      {
        href: expect.stringMatching(`/recording/camera-2\\?at=${at}$`),
        target: '_blank',
        rel: 'noopener noreferrer',
      },
      { href: expect.stringMatching(/\/live\/camera-2$/), target: '_blank', rel: 'noopener noreferrer' },
    ]);
  });

  test('says why there is no picture, in the operator’s language, and names a camera that has none', async () => {
    const { page } = await station('/overview', { language: 'zh' });
    await press();
    const panel = page.getByTestId('alarm-panel');
    await turnTo(page, 'camera-camera-2');
    await panel.getByTestId('snapshot-2').getByText('连不上摄像机').waitFor();
    await panel.getByTestId('live-camera-dead').getByText('现在没有画面').waitFor();
    await panel.getByTestId('camera-camera-linked').filter({ hasText: '没有设置抓图地址' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test('V leads to the cameras, in the panel and in the detail', async () => {
    const opened = await station('/overview');
    const { page } = opened;
    const alarm = await press();
    await turnTo(page, 'camera-camera-2');
    await page.keyboard.press('KeyV');
    await takesKeys(page.locator('#panel-cameras'));
    await answerPanels(house);
    await opened.open(`/alarms/${alarm.id}`);
    await opened.unlockSound();
    await page.locator('#alarm-cameras').waitFor();
    await page.keyboard.press('KeyV');
    await takesKeys(page.locator('#alarm-cameras'));
    await page.getByTestId('camera-camera-2').last().waitFor();
  });

  test('a closed alarm still shows its picture, and nothing of now', async () => {
    const opened = await station('/overview');
    const { page } = opened;
    const alarm = await press();
    await eventually('its picture is kept', async () => {
      const { body } = await house.api<{ items: Snapshot[] }>('GET', `/alarms/${alarm.id}/snapshots`);
      return body.items[0]?.state === 'kept';
    });
    await house.api('POST', `/alarms/${alarm.id}/acknowledge`, {});
    await house.api('POST', `/alarms/${alarm.id}/reset`, {});
    await opened.open(`/alarms/${alarm.id}`);
    await page.getByTestId('snapshot-1').locator('img').waitFor();
    expect(await page.getByTestId('live-camera-2').count()).toBe(0);
  });

  test('who may not look at pictures sees that there are some, and none of them', async () => {
    const { page, open } = await station('/alarms', { user: 'auditor', language: 'en' });
    const alarm = await press();
    await open(`/alarms/${alarm.id}`);
    await page.locator('#alarm-cameras').getByText('You may not look at pictures').first().waitFor();
    expect(await page.locator('#alarm-cameras img').count()).toBe(0);
  });

  test('the wall shows the camera of an alarm large until the alarm is acknowledged, to those who may look', async () => {
    const { page } = await station('/wall', { language: 'zh' });
    const barred = (await station('/wall', { user: 'auditor', language: 'zh' })).page;
    const sight = page.getByTestId('wall-camera');
    await page.getByTestId('wall-list').waitFor();
    await sight.waitFor({ state: 'detached' });
    const alarm = await press();
    const picture = sight.getByTestId('live-camera-2').locator('img');
    await picture.waitFor();
    await sight.filter({ hasText: '北围墙西段摄像机' }).filter({ hasText: alarm.title.zh }).waitFor();
    const width = () => picture.evaluate((image: { clientWidth: number }) => image.clientWidth);
    const half = (page.viewportSize()?.width ?? 0) / 2;
    await eventually('it is large', async () => (await width()) > half);
    expect(await barriers(page)).toEqual([]);
    await barred.getByTestId('wall-list').getByText(alarm.title.zh, { exact: true }).waitFor();
    expect(await barred.getByTestId('wall-camera').count()).toBe(0);
    await house.api('POST', `/alarms/${alarm.id}/acknowledge`, {});
    await sight.waitFor({ state: 'detached' });
    await page.getByTestId('wall-list').locator(`[data-priority="1"]`).first().waitFor();
  });

  test('lists the doors that a fire releases, the one that does not open first, until it does', async () => {
    const { page } = await station('/overview', { language: 'zh' });
    const centre = (await station('/alarms', { language: 'zh' })).page;
    await house.playScene('fire-alarm');
    const panel = page.getByTestId('alarm-panel');
    const list = panel.getByTestId('linkage-runs');
    await turnTo(page, 'linkage-runs');
    const shut = list.getByTestId('action-door-b1-roof');
    await shut.filter({ hasText: '1 号楼屋面门 · 常开 · 未确认 · 5 秒内“上锁”没有变为“否”' }).waitFor();
    await list.locator('li[data-testid="action-door-b1-roof"]:first-child').waitFor();
    // The lift takes some seconds to its floor.
    await list.getByText('1 号楼火灾报警联动：已确认 3/4').waitFor();
    await centre
      .getByText(/消防联动未确认：3\/4 已确认，未确认：1 号楼屋面门/)
      .first()
      .waitFor();
    expect(await barriers(centre)).toEqual([]);
    await list.getByText('1 号楼火灾报警联动：4 项全部确认').waitFor({ timeout: 60_000 });
    await shut.filter({ hasText: /已确认，用时 \d+\.\d 秒/ }).waitFor();
  });
});
