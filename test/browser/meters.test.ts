import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  takesKeys,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, type SpokenFor, startDemoHouse } from './demo-house.ts';
import { answerPanels } from './screens.ts';

// The meters' screen: the demo's meters as their simulators move them, and two that only the test moves.

const supply: SpokenFor = { id: 'water-test', type: 'native-water-meter', name: '试验总表', area: 'office' };
const branch: SpokenFor = {
  id: 'water-test-sub',
  type: 'native-water-meter',
  name: '试验分表',
  area: 'office',
  meter: { main: 'water-test', account: '试验账户' },
};
const hourMs = 3_600_000;

describe.skipIf(withoutBrowser)('the meters', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  let station: Station | undefined;
  /** The hour that had begun when the test did, and the last for which the two meters have told their registers. */
  let hour: number;
  let told: number;

  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startDemoHouse({ more: (site) => void site.devices.push(supply, branch) }));
    // Sees every alarm, or the gateway would raise one that nobody does, and its panel lies over the meters.
    keep(await openSignedIn(browser, house));
    await addUser(house, 'operator', 'li-wei');
    hour = Math.floor(Date.now() / hourMs) * hourMs;
    told = hour - 101 * hourMs;
  }, browserTestMs);
  afterEach(() => station?.close());

  /** Every full hour until now, so that a day that ends meanwhile has all of its hours, too. */
  async function tellHours(): Promise<void> {
    for (let at = told + hourMs; at <= Date.now(); at += hourMs) {
      const hours = (at - hour) / hourMs;
      await house.publish(supply, 'readings', { at, values: { volume: 5_000 + hours * 2 } });
      await house.publish(branch, 'readings', { at, values: { volume: 900 + hours * 1.5 } });
      told = at;
    }
  }
  async function open(path: string, user?: string): Promise<Page> {
    await tellHours();
    await answerPanels(house);
    station = await openSignedIn(browser, house, user === undefined ? {} : { user });
    await station.open(path);
    await station.unlockSound();
    return station.page;
  }
  const stored = async () =>
    (
      await house.api<{ items: { source: string; register: number; note: string | null }[] }>(
        'GET',
        `/meters/${branch.id}/readings?limit=5`,
      )
    ).body.items;

  test('the tree shows what went through each meter and the loss of each main; the demo fills by itself', async () => {
    const page = await open('/meters');
    const main = page.getByTestId('meter-water-test');
    await main.filter({ hasText: '25.0 %' }).waitFor();
    await page
      .getByTestId('meter-power-main')
      .filter({ hasText: /1\.\d %/ })
      .waitFor();
    await page.getByTestId('meter-power-roof').filter({ hasText: '发电' }).waitFor();
    const balance = page.getByTestId('balances').getByRole('row').filter({ hasText: '试验总表' });
    await balance
      .filter({ hasText: '48.00 m³' })
      .filter({ hasText: '36.00 m³' })
      .filter({ hasText: '12.00 m³' })
      .waitFor();
    await page.getByText('按账户', { exact: true }).click();
    await page.getByRole('rowheader', { name: '试验账户' }).waitFor();
    await page.getByRole('rowheader', { name: '住宅' }).first().waitFor();
  });

  test('arrow keys go from meter to meter and from bar to bar; each bar says what it is', async () => {
    const page = await open('/meters/water-test');
    const chart = page.getByRole('slider', { name: /累计水量/ });
    const today = await chart.getAttribute('aria-label');
    await page.getByRole('button', { name: '前一段' }).click();
    const bars = page.locator('[data-testid="consumption"] [data-testid="bar"][data-value="2"]');
    await eventually(
      'the day before has its hours',
      async () => (await chart.getAttribute('aria-label')) !== today && (await bars.count()) === 24,
    );
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await eventually('the second bar is told', async () =>
      /01:00–02:00：2\.00 m³$/.test((await chart.getAttribute('aria-valuetext')) ?? ''),
    );
    await page.getByText('日', { exact: true }).click();
    await page.locator('[data-testid="consumption"][data-by="day"] [data-value="48"]').first().waitFor();

    await page.getByTestId('meter-water-test-sub').waitFor();
    await page.getByRole('region', { name: '表计', exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForURL('**/meters/water-test-sub');
    await page.getByRole('heading', { name: '试验分表' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: '汇总' }).waitFor();
    await page.waitForURL('**/meters');
  });

  test('a register is live; one read by hand is entered by keyboard, asked back when unusual, and withdrawn', async () => {
    const page = await open(`/meters/${branch.id}`);
    await house.publish(branch, 'readings', { values: { volume: 901.25 } });
    await page.getByRole('row').filter({ hasText: '累计水量' }).filter({ hasText: '901.250 m³' }).waitFor();

    await page.getByTestId('enter-reading').press('Enter');
    const dialog = page.getByRole('dialog');
    await takesKeys(dialog.getByLabel(/表上读数/));
    await page.keyboard.type('850');
    await dialog.getByText('小于上次读数').waitFor();
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').filter({ hasText: '读数与前后读数不符' }).waitFor();
    await dialog.getByLabel(/表上读数/).fill('9020');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').filter({ hasText: '读数不寻常' }).waitFor();
    expect((await stored())[0]?.source).toBe('hour');
    await dialog.getByLabel(/表上读数/).fill('902.5');
    await dialog.getByLabel('说明').fill('现场抄表');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const line = page.getByTestId('readings').getByRole('row').filter({ hasText: '手工抄表' });
    await line.filter({ hasText: '902.500' }).filter({ hasText: '现场抄表' }).waitFor();
    expect((await stored())[0]).toMatchObject({ source: 'manual', register: 902.5, note: '现场抄表' });

    await line.getByTestId('withdraw').click();
    await takesKeys(line.getByRole('textbox'));
    await page.keyboard.type('抄错表');
    await page.keyboard.press('Enter');
    await line.waitFor({ state: 'detached' });
    expect((await stored())[0]?.source).toBe('hour');
  });

  test('a replaced meter is entered with both registers, and stands in the record', async () => {
    const page = await open(`/meters/${branch.id}`);
    await page.getByTestId('enter-replacement').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('旧表止数').fill('903');
    await dialog.getByLabel('新表起数').fill('0.2');
    await dialog.getByLabel('说明').fill('到期更换');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const lines = page.getByTestId('readings');
    await lines.getByRole('row').filter({ hasText: '换表：新表起数' }).filter({ hasText: '0.200' }).waitFor();
    await lines
      .getByRole('row')
      .filter({ hasText: '换表：旧表止数' })
      .filter({ hasText: '903.000' })
      .waitFor();
  });

  test('the export is a file for a spreadsheet', async () => {
    const page = await open('/meters/water-test');
    await page.getByRole('button', { name: '导出…' }).click();
    const download = page.waitForEvent('download');
    await page.getByTestId('export-download').click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^meters-day-\d{4}-\d\d-01-\d{4}-\d\d-\d\d\.csv$/);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    expect(text.startsWith('\uFEFF表计,名称')).toBe(true);
    expect(text).toContain('water-test,试验总表');
  });

  test('an operator reads meters and enters nothing', async () => {
    const page = await open(`/meters/${branch.id}`, 'li-wei');
    await page.getByTestId('readings').waitFor();
    expect(await page.getByTestId('enter-reading').count()).toBe(0);
    expect(await page.getByTestId('withdraw').count()).toBe(0);
  });
});
