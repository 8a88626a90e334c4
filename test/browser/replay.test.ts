import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Round } from '../../gateway/contract/patrol.ts';
import { connectNative } from '../../simulators/native-device.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { barriers, browserTestMs, openBrowser, openSignedIn, withoutBrowser } from './browser.ts';
import { clockBeforeMinute } from './demo-house.ts';

// A round of a few seconds: two of its three checkpoints are walked, then it is over and can be replayed on its plan.

const stops = ['gate', 'garage', 'roof'];
const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site, plan: { width: 600, height: 400 } }]
devices: [{ id: reader, type: native-patrol-reader, name: 巡更读头, area: compound }]
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001", position: [100, 300] }
  - { id: garage, name: 车库, area: compound, tag: "0100000002", position: [300, 300] }
  - { id: roof, name: 屋面, area: compound, tag: "0100000003", position: [500, 100] }
routes:
  - id: short
    name: 短线
    checkpoints: [${stops.map((checkpoint, i) => `{ checkpoint: ${checkpoint}, dueMin: ${i * 0.05} }`).join(', ')}]
    toleranceMin: 1
    graceMin: 0.05
    minWalkS: 0
plans: [{ id: often, name: 每分钟, route: short, schedule: "* * * * *" }]
`;

describe.skipIf(withoutBrowser)('a round that is over', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  beforeAll(async () => {
    [browser, house] = await Promise.all([
      openBrowser(),
      startHouse({ site, clock: clockBeforeMinute(12_000) }),
    ]);
  }, browserTestMs);
  afterAll(async () => {
    await browser.close();
    await house.close();
  });

  const roundWhere = (what: string, fits: (round: Round) => boolean) =>
    eventually(
      what,
      async () => {
        const { body } = await house.api<{ items: Round[] }>('GET', '/patrol/rounds');
        return body.items.find(fits);
      },
      80_000,
    );

  test('is replayed on its plan by keyboard, by mouse and by itself, in both languages', async () => {
    const reader = connectNative(house.mqttPort, 'reader', await house.secretOf('reader'));
    await reader.ready;
    const { id, startsAt } = await roundWhere('the round is over', ({ state }) => state === 'missed');
    // Kept by the reader while nobody heard it.
    reader.eventAt(startsAt + 1_000, 'checkin', { tag: '0100000001' });
    reader.eventAt(startsAt + 4_000, 'checkin', { tag: '0100000002' });
    await roundWhere('two are walked', (round) => round.id === id && round.checks[1]?.result === 'normal');
    reader.close();

    const { page, ...station } = await openSignedIn(browser, house);
    await station.open(`/patrol/${id}`);
    await station.unlockSound();
    const results = () =>
      Promise.all(
        stops.map((_, i) =>
          page
            .getByTestId(`stop-${i + 1}`)
            .locator('[data-result]')
            .getAttribute('data-result'),
        ),
      );
    const slider = page.getByRole('slider', { name: '回放时间' });
    await slider.waitFor();
    // Nobody replays it: all of it is there.
    expect(await results()).toEqual(['normal', 'normal', 'missed']);
    expect(await page.getByTestId('walker').count()).toBe(0);

    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('尚未打点').waitFor();
    expect(await results()).toEqual(['pending', 'pending', 'pending']);
    const walker = page.getByTestId('walker');
    for (let i = 0; i < 120 && (await walker.count()) === 0; i++) await page.keyboard.press('ArrowRight');
    await page.getByText('1 大门 → 2 车库').waitFor();
    expect(await results()).toEqual(['normal', 'pending', 'pending']);
    const across = async () => (await walker.boundingBox())?.x ?? Number.NaN;
    const before = await across();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await across()).toBeGreaterThan(before);

    // Played, it goes on by itself to its end, and shows it whole again.
    await slider.fill('100');
    await page.getByText('最后打点：2 车库').waitFor();
    expect(await results()).toEqual(['normal', 'normal', 'pending']);
    await page.getByRole('button', { name: '回放' }).click();
    await page.getByRole('button', { name: '暂停' }).waitFor();
    await walker.waitFor({ state: 'detached' });
    expect(await slider.inputValue()).toBe('120');
    expect(await results()).toEqual(['normal', 'normal', 'missed']);

    // From its end it begins anew; paused, it stands.
    await page.getByRole('button', { name: '回放' }).click();
    await page.getByText('尚未打点').waitFor();
    await page.getByRole('button', { name: '暂停' }).click();
    const stood = await slider.inputValue();
    expect(Number(stood)).toBeLessThan(60);
    expect(await barriers(page)).toEqual([]);
    await page.evaluate("localStorage.setItem('gatehouse.admin.language', 'en')");
    await page.reload();
    await page.getByRole('button', { name: 'Replay' }).waitFor();
    await page.getByText('last check-in: 2 车库').waitFor();
    await station.close();
  });
});
