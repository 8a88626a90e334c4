import { spawnSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { peerPath } from '../field-peers.ts';
import { type House, startHouse } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  barriers,
  browserTestMs,
  choose,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';

// An integrator brings a building's meters in a spreadsheet, mends it, and changes many devices at once.

const site = `site: { id: garden, name: 花园小区 }
areas:
  - { id: garden, name: 花园小区, kind: site }
  - { id: b1, name: 1号楼, kind: building, parent: garden }
devices:
  - { id: pump-1, type: native-pump, name: 排污泵, area: garden }
`;

describe.skipIf(withoutBrowser)('many devices at once', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let station: Station | undefined;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startHouse({ site }));
  }, browserTestMs);
  afterEach(() => station?.close());

  const file = (rows: (string | null)[][]) => ({
    name: '传感器.xlsx',
    mimeType: 'application/octet-stream',
    buffer: spawnSync('python3', [peerPath('device-files.py'), 'xlsx-shared'], {
      input: JSON.stringify(rows),
    }).stdout,
  });

  test('a spreadsheet is tried, mended and written, and two devices are given an area by keyboard', async () => {
    station = await openSignedIn(browser, house);
    const { page } = station;
    await station.open('/integrate/exchange');
    await station.unlockSound();
    const head = ['编号', '类型', '名称', '区域'];
    const field = page.locator('input[type=file]');
    await field.setInputFiles(
      file([
        head,
        ['t-1', 'native-temperature-sensor', '温度 1', '1号楼'],
        ['t-2', 'native-temperature-sensor', '温度 2', '9号楼'],
      ]),
    );
    const problems = page.getByTestId('exchange-problems');
    await problems.getByText('没有区域“9号楼”').waitFor();
    expect(await problems.innerText()).toMatch(/3\s+D 区域\s+t-2/);
    const apply = page.getByTestId('exchange-apply');
    expect(await apply.isDisabled()).toBe(true);
    expect(await barriers(page)).toEqual([]);

    await field.setInputFiles(
      file([
        head,
        ['t-1', 'native-temperature-sensor', '温度 1', '1号楼'],
        ['t-2', 'native-temperature-sensor', '温度 2', 'b1'],
      ]),
    );
    await apply.filter({ hasText: '写入 2 台设备' }).click();
    await page.getByTestId('exchange-done').filter({ hasText: '新增 2' }).waitFor();
    expect((await house.api('GET', '/devices/t-2')).body).toMatchObject({ area: 'b1' });

    const edit = page.getByTestId('exchange-edit');
    await edit.getByLabel('编号或名称').fill('温度');
    await edit.getByRole('button', { name: '选中筛选出的 2 台' }).press('Enter');
    await choose(edit.getByLabel('区域改为').first(), '花园', /花园小区/);
    await edit.getByRole('button', { name: '预览' }).press('Enter');
    await edit.getByText('1号楼 → 花园小区').first().waitFor();
    await edit.getByTestId('exchange-apply').press('Enter');
    await edit.getByTestId('exchange-done').filter({ hasText: '修改 2' }).waitFor();
    expect((await house.api('GET', '/devices/t-1')).body).toMatchObject({ area: 'garden' });
  });
});
