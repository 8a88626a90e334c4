import type { Browser, Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Command } from '../../gateway/contract/command.ts';
import type { SiteFile } from '../../gateway/contract/site.ts';
import { emptyUnit, type SlaveUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';
import { addPlant, connectPlant, type PlantUnits } from './plant-site.ts';
import { answerPanels } from './screens.ts';

// Pumps, tanks, power and lights before an engineer's eyes, from devices on the wire.

const compound = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas:
  - { id: compound, name: 小区, kind: site }
  - { id: building-1, name: 1 号楼, kind: building, parent: compound }
  - { id: building-2, name: 2 号楼, kind: building, parent: compound }
  - { id: garage, name: 地下车库, kind: garage, parent: compound }
  - { id: gate, name: 大门, kind: outdoor, parent: compound }
  - { id: office, name: 物业, kind: building, parent: compound }
devices: []
`;

function site(drivePort: number): string {
  const file = parse(compound) as SiteFile;
  addPlant(file);
  const drive = { id: 'drive-1', type: 'abb-acs-drive', name: '变频泵', area: 'garage' };
  file.devices.push({ ...drive, link: 'drive-lan', address: 1 });
  file.links = [
    { id: 'drive-lan', kind: 'modbus-tcp', host: '127.0.0.1', port: drivePort, timeoutMs: 1_000 },
  ];
  return stringify(file);
}

describe.skipIf(withoutBrowser)('the plant', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: House;
  let plant: PlantUnits;
  let drive: SlaveUnit;
  let station: Station;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    drive = { ...emptyUnit(), holding: [0, 8_000, 0, 0x0233] };
    const slave = keep(await serveModbus('tcp', new Map([[1, drive]])));
    house = keep(await startHouse({ site: site(slave.port) }));
    plant = keep(await connectPlant(house));
    await addUser(house, 'auditor');
  }, browserTestMs);
  afterEach(async () => {
    // Before the station goes: what nobody sees for five seconds is an alarm.
    await answerPanels(house);
    await station.close();
  });

  async function open(path: string, user?: string): Promise<Page> {
    station = await openSignedIn(browser, house, user === undefined ? {} : { user });
    await station.open(path);
    await station.unlockSound();
    return station.page;
  }

  const lastCommand = (device: string) =>
    eventually(`a command to ${device} is confirmed`, async () => {
      const { body } = await house.api<{ items: Command[] }>('GET', `/commands?device=${device}&limit=1`);
      return body.items.find(({ state }) => state === 'confirmed');
    });

  test('opens cold with every system, and follows what comes from the field', async () => {
    const page = await open('/plant');
    for (const system of ['给排水', '供配电', '照明', '机房环境', '电梯与道闸'])
      await page.getByRole('heading', { name: system }).waitFor();
    const tank = page.getByTestId('tile-tank-roof');
    await tank.filter({ hasText: '1.62 m' }).waitFor();
    const heightOf = async () => Number(await tank.locator('svg rect').nth(1).getAttribute('height'));
    const before = await heightOf();
    plant.unit('tank-roof').readings({ level: 2.1 });
    await tank.filter({ hasText: '2.10 m' }).waitFor();
    await eventually('the water stands higher', async () => (await heightOf()) > before + 5);

    plant.unit('pump-drain').readings({ fault: true });
    const pump = page.getByTestId('tile-pump-drain');
    await pump.locator('[data-priority="2"]').first().waitFor();
    await pump.filter({ hasText: '水泵故障' }).waitFor();
    plant.unit('pump-drain').readings({ fault: false });
    await pump.locator('[data-priority="2"][data-hollow]').waitFor();
  });

  test('a value that its device does not vouch for any more is hatched and says how old it is', async () => {
    const page = await open('/plant');
    const tile = page.getByTestId('tile-switch-room');
    await tile.filter({ hasText: '27.4 °C' }).waitFor();
    await tile.locator('.gh-hatched').first().waitFor({ state: 'detached' });
    plant.lose('switch-room');
    await tile.locator('.gh-hatched').first().waitFor();
    await tile.filter({ hasText: '前' }).waitFor();
    // It comes back, and is trusted again with its first word.
    plant.find('switch-room');
    await tile.locator('.gh-hatched').first().waitFor({ state: 'detached' });
  });

  test('a pump is started by mouse and stopped by keyboard, each in two steps and with its read-back', async () => {
    const page = await open('/plant');
    await page.getByTestId('tile-pump-drain').click();
    await page.getByRole('heading', { name: '雨水泵' }).waitFor();
    await page.getByTestId('command-start').click();
    await page.getByText('对「雨水泵」执行「启动」？').waitFor();
    expect(await page.getByTestId('command').count()).toBe(0);
    await page.getByRole('button', { name: '启动' }).click();
    await page.getByTestId('command').filter({ hasText: '已确认执行' }).waitFor();
    expect(await lastCommand('pump-drain')).toMatchObject({ command: 'start', requestedBy: 'admin' });
    await page.locator('[data-testid="mimic-pump-drain"] [data-on="true"]').waitFor();

    const stop = page.getByTestId('command-stop');
    await stop.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('试验完毕');
    await page.keyboard.press('Enter');
    await page.getByTestId('command').filter({ hasText: '停止' }).filter({ hasText: '已确认执行' }).waitFor();
    expect(await lastCommand('pump-drain')).toMatchObject({ command: 'stop', reason: '试验完毕' });
    await page.locator('[data-testid="mimic-pump-drain"] [data-on="false"]').waitFor();

    // Its question is gone: Esc is the page's again.
    await stop.waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: '给排水' }).waitFor();
    const counted = page.getByTestId('tile-pump-drain').filter({ hasText: '启动 1 次' });
    await counted.waitFor();
    await station.open('/plant?view=hours');
    await page.getByTestId('hours-pump-drain').filter({ hasText: '停止' }).waitFor();
  });

  test('a speed is set: what it is now, its limits, and old and new before it goes out, by keyboard and by mouse', async () => {
    drive.holding[1] = 8_000;
    const page = await open('/plant/drive-1');
    const field = page.getByTestId('value-setSpeed-speed');
    const press = page.getByTestId('command-setSpeed');
    await page.getByText('当前： 40.0 %').waitFor();
    await page.getByText('0 – 100 %，步长 0.1').waitFor();
    expect(await press.isDisabled()).toBe(true);
    await field.fill('120');
    await page.getByText('请输入 0 – 100 % 之间的值').waitFor();
    expect(await press.isDisabled()).toBe(true);
    await field.fill('33.33');
    await page.getByText('最多 1 位小数').waitFor();

    await field.fill('62.5');
    await page.keyboard.press('Enter');
    await page.getByText('把「变频泵」的转速给定从 40.0 % 改为 62.5 %？').waitFor();
    expect(drive.holding[1]).toBe(8_000);
    await page.keyboard.type('夜间降压');
    await page.keyboard.press('Enter');
    const done = page.getByTestId('command').filter({ hasText: '设定转速 40 % → 62.5 %' });
    const confirmed = done.filter({ hasText: '已确认执行' }).filter({ hasText: '夜间降压' });
    // Tried again, there are those of the attempt before.
    await confirmed.first().waitFor();
    await eventually('it is written', () => drive.holding[1] === 12_500);
    await page.getByText('当前： 62.5 %').waitFor();

    await field.fill('50');
    await press.click();
    await page.getByText('从 62.5 % 改为 50 %？').waitFor();
    // Taken back: what was entered is still there.
    await page.keyboard.press('Escape');
    expect(await field.inputValue()).toBe('50');
    await press.click();
    await page.getByRole('button', { name: '设定转速' }).click();
    const again = page.getByTestId('command').filter({ hasText: '设定转速 62.5 % → 50 %' });
    await again.filter({ hasText: '已确认执行' }).first().waitFor();
    await eventually('it is written', () => drive.holding[1] === 10_000);
    expect(await barriers(page)).toEqual([]);
  });

  test('a loss of mains is followed step by step, and stays as the last one', async () => {
    const page = await open('/plant/gen-1');
    await page.getByText('还没有记录到停电').waitFor();
    await plant.powerCut();
    const step = (name: string) => page.getByTestId(`step-${name}`);
    await page.getByTestId('sequence-state').filter({ hasText: '停电中' }).waitFor();
    await step('start').filter({ hasText: '完成' }).filter({ hasText: '/ 限 5 秒' }).waitFor();
    await step('load').filter({ hasText: '完成' }).waitFor();
    await step('returned').filter({ hasText: '等待' }).waitFor();
    await answerPanels(house);
    await plant.powerBack();
    await step('stop').filter({ hasText: '完成' }).filter({ hasText: '应 40 ± 40 秒' }).waitFor();
    await page.getByTestId('sequence-state').filter({ hasText: '投切正常' }).waitFor();
    await page.getByRole('link', { name: '← 系统总览' }).click();
    await page.getByTestId('tile-gen-1').filter({ hasText: '投切正常' }).waitFor();
  });

  test('a step that is missed is marked, with its alarm', async () => {
    await plant.powerCut();
    await plant.powerBack();
    const page = await open('/plant/gen-1');
    await page.getByTestId('sequence-state').filter({ hasText: '投切正常' }).waitFor();
    plant.unit('mains-1').readings({ present: false });
    const start = page.getByTestId('step-start');
    await page.locator('[data-testid="step-start"][data-result="missed"]').waitFor();
    await start.filter({ hasText: '未完成' }).locator('[data-priority="1"]').waitFor();
    await plant.powerCut();
    await page.locator('[data-testid="step-start"][data-result="late"]').waitFor();
    await answerPanels(house);
    await plant.powerBack();
    await page.getByTestId('sequence-state').filter({ hasText: '投切有异常' }).waitFor();
    await page.getByText('以往停电').waitFor();
  });

  test('a light stands beside its plan, and a switching by hand is told until the next one', async () => {
    const page = await open('/plant/fountain');
    await page.getByRole('link', { name: '喷泉全天' }).waitFor();
    await page.getByText('与计划一致').waitFor();
    await page.locator('[data-testid="day-bar"][aria-label^="今日计划开启 00:00–24:00"]').waitFor();
    await page.getByTestId('command-stop').click();
    await page.getByRole('button', { name: '停止' }).click();
    await page.getByText(/人工改关：admin .*，到下次切换为止/).waitFor();
    await station.open('/plant?view=schedules');
    await page.getByTestId('schedule-fountain-day').filter({ hasText: '人工改关' }).waitFor();
    await page.getByText(/按照度（室外照度：低于 30 lx 开，高于 60 lx 关，现为亮）/).waitFor();
  });

  test('a pump that an alarm stops is told on the alarm’s record in words', async () => {
    await open('/plant/fountain');
    plant.unit('fountain').readings({ running: true, level: 0.1 });
    const alarm = await eventually('the low level is an alarm', async () =>
      (await house.openAlarms()).find(
        ({ device, definition }) => device === 'fountain' && definition === 'low',
      ),
    );
    await station.open(`/alarms/${alarm.id}`);
    await station.page.getByText('联锁 · 中庭喷泉 · 停止 ✓').waitFor();
    plant.unit('fountain').readings({ level: 0.62 });
  });

  test('a tank is taken out of use with a reason, is neither low nor high meanwhile, and comes back', async () => {
    const page = await open('/plant/tank-roof');
    await page.getByTestId('command-isolate').click();
    await page.getByLabel('原因').waitFor();
    await page.keyboard.type('年度清洗');
    await page.keyboard.press('Enter');
    await page.getByTestId('isolated').waitFor();
    plant.unit('tank-roof').readings({ level: 0.1 });
    await page.getByRole('row', { name: /^液位/ }).filter({ hasText: '0.10 m' }).waitFor();
    expect(await lastCommand('tank-roof')).toMatchObject({ command: 'isolate', reason: '年度清洗' });
    plant.unit('tank-roof').readings({ level: 1.6 });
    await page.getByRole('row', { name: /^液位/ }).filter({ hasText: '1.60 m' }).waitFor();
    await page.getByTestId('command-restore').click();
    await page.getByRole('button', { name: '恢复使用' }).click();
    await page.getByTestId('isolated').waitFor({ state: 'detached' });
    await page.getByText('使用中').waitFor();
    const levels = (await house.openAlarms()).filter(
      ({ device, definition }) => device === 'tank-roof' && ['high', 'low', 'empty'].includes(definition),
    );
    expect(levels).toEqual([]);
  });

  test('who may only look is offered neither commands nor the cleaning of a tank', async () => {
    const page = await open('/plant/tank-roof', 'auditor');
    await page.getByText('您的角色不能控制设备').waitFor();
    expect(await page.getByTestId('command-isolate').count()).toBe(0);
    await station.open('/plant/pump-drain');
    await page.getByText('您的角色不能控制设备').waitFor();
    expect(await page.getByTestId('command-start').count()).toBe(0);
  });
});
