import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { eventually, type House, startHouse } from '../house.ts';
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

// An integrator has a frame of a device that does not read right: what it says, and the type that is mended until it does.

describe.skipIf(withoutBrowser)('frames and device types', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let station: Station | undefined;
  sharedUntilFailure(async (keep) => {
    const unit = emptyUnit();
    unit.holding[4] = 1_500;
    const far = keep(await serveModbus('tcp', new Map([[1, unit]])));
    browser = keep(await openBrowser());
    house = keep(
      await startHouse({
        site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${far.port} }]
`,
      }),
    );
    await house.api('POST', '/device-types/generic-level-transmitter/copy', { id: 'acme-level' });
    await house.applySite(`
site: { id: test, name: 测试小区 }
devices: [{ id: tank-1, type: acme-level, name: 水箱, area: compound, link: plant, address: 1 }]
`);
  }, browserTestMs);
  afterEach(() => station?.close());

  test('a frame is guessed, taken apart and read by a type; the type is mended with errors at their lines, saved, and its device follows', async () => {
    station = await openSignedIn(browser, house);
    const { page } = station;
    // What went over a link last is one press away from the inspector, which knows by what it is taken apart.
    await station.open('/integrate/links/plant');
    await station.unlockSound();
    await page.getByTestId('link-detail').getByText('05 DC').waitFor();
    await page.getByTestId('link-inspect').click();
    await page.waitForURL('**/integrate/inspect?hex=*&protocol=modbus-tcp');
    const protocol = page.getByRole('combobox', { name: '协议' });
    await eventually('its protocol is chosen', async () => (await protocol.inputValue()) === 'modbus-tcp');
    await page.getByRole('row', { name: /05 DC/ }).first().waitFor();

    // Other bytes are guessed anew, and what is pasted is looked at once; a protocol chosen by hand stays, and is said to be wrong.
    const input = page.getByLabel('报文', { exact: true });
    await input.fill('01 03 02 05 DC BA 8D');
    await page.getByTestId('inspect-before').waitFor();
    expect(await protocol.inputValue()).toBe('自动判断');
    for (const key of ['a', 'x', 'v']) await page.keyboard.press(`Control+${key}`);
    await page.getByRole('heading', { name: '字段 · modbus-rtu' }).waitFor();
    await protocol.fill('dlt645-2007');
    await page.getByRole('option', { name: 'dlt645-2007', exact: true }).click();
    await input.fill('01 03 02 05 DC BA 8D ');
    expect(await protocol.inputValue()).toBe('dlt645-2007');
    await input.press('Control+Enter');
    const misfit = page.getByTestId('inspect-misfit').filter({ hasText: '看起来是 modbus-rtu' });
    await misfit.getByRole('button', { name: '改为自动判断' }).click();
    await page.getByRole('heading', { name: '字段 · modbus-rtu' }).waitFor();
    await misfit.waitFor({ state: 'detached' });

    // What is wrong with a frame, and why a type is not tried on it.
    await station.open('/integrate/inspect?hex=55%2001&protocol=dlt645-2007&type=dlt645-2007-meter');
    await station.unlockSound();
    await page.getByText('开头不对：以 55 开头').waitFor();
    await page.getByText('帧有错，不能按类型读取').waitFor();

    await station.open('/integrate/inspect?hex=01%2003%2002%2005%20DC%20BA%208C');
    await station.unlockSound();
    await page.getByText('应为 BA8D，实为 BA8C').first().waitFor();
    await page.getByLabel('报文', { exact: true }).fill('01 03 02 05 DC BA 8D');
    await page.getByRole('combobox', { name: '设备类型' }).fill('acme-level');
    await page.getByRole('option', { name: 'acme-level' }).click();
    await page.getByLabel('报文', { exact: true }).press('Control+Enter');
    await page.getByText('CRC-16/Modbus 校验正确：BA8D').waitFor();
    await page.getByRole('row', { name: /3–4 05 DC level 1\.5 m 液位/ }).waitFor();
    expect(await barriers(page)).toEqual([]);

    await page.getByLabel('用例名').fill('at-the-tank');
    await page.getByLabel('来源').fill('read on site');
    await page.getByRole('button', { name: '保存用例' }).click();
    await page.getByText('已保存用例 at-the-tank').waitFor();

    await page.getByRole('link', { name: '设备类型' }).click();
    await page.getByTestId('type-acme-level').getByRole('link').click();
    const text = page.getByLabel('acme-level 的 type.yaml');
    const good = await text.inputValue();
    await text.fill(good.replace('kind: tank', 'kind: tnak'));
    const problem = page.getByRole('button', {
      name: /第 3 行 · 错误 there is no kind "tnak"; did you mean "tank"/,
    });
    await problem.click();
    const cursor = () =>
      text.evaluate((field) => (field as unknown as { selectionStart: number }).selectionStart);
    const wrong = good.indexOf('tank', good.indexOf('kind: '));
    await eventually('the cursor is at the word that is wrong', async () => (await cursor()) === wrong);
    const save = page.getByRole('button', { name: '保存', exact: true });
    expect(await save.isDisabled()).toBe(true);

    // A draft stays through a reload.
    await page.reload();
    await station.unlockSound();
    await problem.waitFor();
    await text.fill(good.replace('scale: 0.001', 'scale: 0.002'));
    await page.getByText('2 个用例不符，1 个通过').waitFor();
    await page.getByRole('button', { name: '试一次' }).click();
    await page.getByRole('row', { name: /液位 level 3 m/ }).waitFor();

    // Cases fail with another scale: one is made to expect what is decoded now, the other is mended by hand.
    await page.getByRole('link', { name: '用例 3 · ⚠ 2 个不符' }).click();
    const atTheTank = page.getByTestId('case-at-the-tank');
    await atTheTank.getByRole('row', { name: 'level 1.5 3' }).waitFor();
    await atTheTank.getByRole('button', { name: '以现在解析的为准…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('这是按编辑器里还没保存的 type.yaml 解析的').waitFor();
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: '采用' }).click();
    await atTheTank.getByText('✓ 符合').waitFor();
    const printed = page.getByTestId('case-value-without-its-point');
    await printed.getByRole('button', { name: '编辑' }).click();
    const expected = printed.getByLabel('value-without-its-point 的 expected.json');
    await expected.fill('readings:\n  level: [5.25]\n');
    await printed.getByText('第 2 行').waitFor();
    await expected.fill('readings:\n  level: 5.25\n');
    await printed.getByText('✓ 符合').first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await printed.getByRole('button', { name: '保存用例' }).click();
    await printed.getByText('用例已保存').waitFor();
    expect(JSON.parse(await expected.inputValue())).toEqual({ readings: { level: 5.25 } });

    await page.getByRole('link', { name: '说明' }).click();
    const readme = page.getByLabel('README.zh.md 的内容');
    await page.getByTestId('readme-copied').getByText('复制自 generic-level-transmitter').waitFor();
    await page.getByRole('link', { name: '说明 · ⚠ 仍是原类型的' }).waitFor();
    await readme.fill('# ACME\n\n| 端子 | |\n| --- | --- |\n| `A` | 蓝线 |\n');
    await page.getByRole('row', { name: 'A 蓝线' }).waitFor();
    expect(await page.getByTestId('readme-copied').count()).toBe(0);
    // What is not saved is marked, wherever one goes.
    await page.getByRole('button', { name: 'README.zh.md · 未保存' }).waitFor();
    await page.getByRole('link', { name: '全部类型' }).click();
    await page.getByTestId('type-acme-level').filter({ hasText: '未保存' }).getByRole('link').first().click();
    await page.getByRole('link', { name: /说明.* · 未保存/ }).click();
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByText('✓ 已保存', { exact: true }).waitFor();
    await page.getByRole('link', { name: '说明', exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);

    await page.getByRole('link', { name: /type\.yaml/ }).click();
    await save.click();
    await page.getByText('已保存并生效').waitFor();
    await eventually('the device reads by the new text', async () => {
      const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
        'GET',
        '/devices/tank-1/points',
      );
      return body.items.some(({ point, value }) => point === 'level' && value === 3);
    });
    expect(await barriers(page)).toEqual([]);

    const copied = page.getByRole('listitem').filter({ hasText: '复制' });
    await copied.getByRole('button', { name: '查看' }).click();
    await page.getByRole('button', { name: '恢复这个版本' }).click();
    await eventually('the former text is back', async () => (await text.inputValue()) === good);
    await page.getByText('2 个用例不符，1 个通过').waitFor();
    await save.click();
    await page.getByText('已保存并生效').waitFor();
    await eventually('the gateway has the former text', async () => {
      const { body } = await house.api<{ text: string }>('GET', '/device-types/acme-level');
      return body.text === good;
    });
    await page.getByRole('link', { name: '全部类型' }).click();
    await page.getByTestId('type-acme-level').getByRole('link', { name: '2 个用例不符' }).click();
    await atTheTank.getByRole('button', { name: '删除用例' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除用例' }).click();
    await page.getByRole('link', { name: '用例 2 · ⚠ 1 个不符' }).waitFor();
    await station.close();
  });

  test("a type is made of the maker's list of points, and mended by a second one", async () => {
    station = await openSignedIn(browser, house);
    const { page } = station;
    const sheet = (...rows: string[]) => ({
      ...{ name: '厂家点表.csv', mimeType: 'text/csv' },
      buffer: Buffer.from(['测点,名称,寄存器地址,数据类型,倍率,单位', ...rows, ''].join('\r\n')),
    });
    await station.open('/integrate/types');
    await station.unlockSound();
    await page.getByRole('button', { name: '从点表新建' }).click();
    const file = page.locator('input[type=file]');
    await file.setInputFiles(sheet('液位,Level,40005,int61,1,mm', ',Spare,40006,uint16,,'));
    await page.getByText('先把上面填完整').waitFor();
    await page.getByLabel('新编号').fill('acme-sheet');
    await page.getByLabel('中文名').fill('点表液位计');
    await page.getByLabel('英文名').fill('Level by sheet');
    await choose(page.getByRole('combobox', { name: '种类' }), 'tank', /tank/);
    await page.getByRole('button', { name: '重新试算' }).click();
    const problems = page.getByTestId('exchange-problems');
    await problems.getByText('不认识“int61”；是不是“int16”？').waitFor();
    expect(await problems.innerText()).toMatch(/2\s+D 数据类型\s+level/);
    const apply = page.getByTestId('exchange-apply');
    expect(await apply.isDisabled()).toBe(true);
    expect(await barriers(page)).toEqual([]);

    await file.setInputFiles(sheet('液位,Level,40005,int16,1,mm', ',Spare,40006,uint16,,'));
    await problems.getByText('按说明书的编号读：功能码 3，线上地址 4').waitFor();
    await page.getByText('跳过（没有测点名或数据来源） 1').waitFor();
    await apply.filter({ hasText: '写入 1 个测点' }).click();
    await page.waitForURL('**/integrate/types/acme-sheet');
    const text = page.getByLabel('acme-sheet 的 type.yaml');
    await text.waitFor();
    expect(await text.inputValue()).toContain(
      'level: { modbus: { function: 3, address: 4, type: int16 }, scale: 0.001 }',
    );

    await page.getByRole('link', { name: '点表' }).click();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '导出测点 .csv' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('acme-sheet-points.csv');
    await file.setInputFiles(sheet('level,,0x6,int16,1,cm'));
    await page.getByTestId('exchange-changes').getByText('4 → 6').waitFor();
    expect(await barriers(page)).toEqual([]);
    await apply.filter({ hasText: '写入 1 个测点' }).click();
    await page.getByTestId('exchange-done').waitFor();
    await page.getByRole('link', { name: 'type.yaml' }).click();
    await eventually('the editor shows what was written', async () =>
      (await text.inputValue()).includes('address: 6, type: int16 }, scale: 0.01 }'),
    );
    await station.close();
  });
});
