import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Card } from '../../gateway/contract/card.ts';
import type { Round, Upload } from '../../gateway/contract/patrol.ts';
import type { SiteFile } from '../../gateway/contract/site.ts';
import { eventually } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  addUser,
  browserTestMs,
  choose,
  openBrowser,
  openSignedIn,
  type Station,
  takesKeys,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, startDemoHouse } from './demo-house.ts';
import { addPatrol, answerPanels } from './screens.ts';

// What the security supervisor does: cards that are not at hand, and the night that a wand brings home.

const gateTag = '0100A00077';

/** Its first stop is one that no guard of the demo passes by the clock on the wall. */
function addGate(site: SiteFile): void {
  addPatrol(site);
  const route = site.routes.find(({ id }) => id === 'gate-route');
  const [first] = route?.checkpoints ?? [];
  const near = site.checkpoints.find(({ id }) => id === first?.checkpoint);
  if (!first || !near) throw new Error('the route of the gates begins nowhere');
  site.checkpoints.push({ ...near, id: 'checkpoint-gate', name: '北门岗亭', tag: gateTag });
  first.checkpoint = 'checkpoint-gate';
}

describe.skipIf(withoutBrowser)('the supervisor', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  let station: Station | undefined;
  sharedUntilFailure(async (keep) => {
    browser = keep(await openBrowser());
    house = keep(await startDemoHouse({ more: addGate, minuteInMs: 20_000 }));
    await addUser(house, 'supervisor');
    await addUser(house, 'operator');
  }, browserTestMs);
  afterEach(async () => {
    await answerPanels(house);
    await station?.close();
  });

  async function open(path: string, user = 'supervisor'): Promise<Station> {
    station = await openSignedIn(browser, house, { user });
    await station.open(path);
    await station.unlockSound();
    return station;
  }
  const cards = async () => (await house.api<{ items: Card[] }>('GET', '/access/cards')).body.items;

  test('issues a card by keyboard, sees it confirmed by its controller, and reports it lost in two steps with a reason', async () => {
    const { page } = await open('/access?view=cards');
    await page.getByTestId('card-issue').press('Enter');
    const dialog = page.getByRole('dialog');
    await takesKeys(dialog.getByLabel('卡号'));
    const issue = dialog.getByRole('button', { name: '发卡' });
    // How a number is understood stands below it: of a touch tag with a digit misread, which byte is wrong.
    const understood = dialog.getByTestId('tag-reading');
    await page.keyboard.type('01EB450D030000AF');
    await understood.filter({ hasText: '第 8 字节是 AF，按其余七个字节应为 AE' }).waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.type('E');
    await understood.filter({ hasText: '序列号 0000030D45EB' }).waitFor();
    // A card that is held to a reader is taken from there.
    await dialog.getByRole('button', { name: '读一张卡' }).click();
    await dialog.getByText('请把卡放到任一读卡器上').waitFor();
    house.gateway.field.act('a card at a reader', () => ({
      events: [
        {
          ...{ device: 'door-b1-roof', externalId: null, type: 'access.denied', at: null },
          ...{ data: { card: '20000777', reason: 'unknown_card' }, receivedAt: Date.now() },
        },
      ],
    }));
    await understood.filter({ hasText: '识别为 20000777' }).waitFor();
    await dialog.getByLabel('卡号').fill('0006547886');
    await understood.filter({ hasText: '识别为 0063E9AE' }).waitFor();
    expect(await issue.isDisabled()).toBe(true);
    await choose(dialog.getByLabel('登记人员').first(), '工程', /工程/);
    await dialog.getByLabel('1 号楼屋面门').focus();
    await page.keyboard.press('Space');
    await issue.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    const detail = page.getByTestId('card-detail');
    const entry = page.getByTestId('entry-controller-b1');
    await entry.filter({ hasText: '已写入，已确认' }).waitFor();
    const card = (await cards()).find(({ number }) => number === '0063E9AE');
    expect(card).toMatchObject({
      person: 'engineer-1',
      doors: ['door-b1-roof'],
      issuedBy: 'supervisor',
    });
    await page.getByTestId(`card-${card?.id}`).filter({ hasText: '1 台已确认' }).waitFor();

    await page.getByTestId('card-lost').click();
    const confirm = detail.getByRole('button', { name: '挂失', exact: true });
    expect(await confirm.isDisabled()).toBe(true);
    await page.keyboard.type('业主来电挂失');
    await page.keyboard.press('Enter');
    await entry.filter({ hasText: '已删除，已确认' }).waitFor();
    await detail.filter({ hasText: '已挂失' }).waitFor();
    await page.getByTestId('card-restore').waitFor();
    const audit = await house.api<{ items: { action: string; who: string }[] }>(
      'GET',
      `/audit?subject=card:${card?.id}`,
    );
    expect(audit.body.items.map(({ action, who }) => `${who} ${action}`)).toEqual([
      'supervisor card.lost',
      'supervisor card.issued',
    ]);
  });

  test('sees who has access at a door, from the door; what is refused stands in the form with how to mend it', async () => {
    await house.api('POST', '/access/cards', {
      ...{ card: '20000001', person: 'resident-1-101', doors: ['door-b2-lobby'] },
    });
    const before = await cards();
    const { page } = await open('/access');
    await page.getByTestId('open-door-b2-lobby').click();
    await page.getByRole('link', { name: '谁能进这扇门' }).click();
    await page.getByRole('status').filter({ hasText: '「2 号楼大堂门」：在这里发的卡 1 张' }).waitFor();
    await page.getByRole('row').filter({ hasText: '1-101 住户' }).waitFor();

    await page.getByTestId('card-issue').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('卡号').fill('20000001');
    await dialog.getByLabel('或未登记者姓名').fill('王师傅');
    await dialog.getByLabel('1 号楼大堂门').check();
    await dialog.getByRole('button', { name: '发卡' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'in use, issued to 1-101 住户' }).waitFor();
    expect((await cards()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test('uploads a wand’s file: tried first with each bad line named, then stored, and its round has the proof', async () => {
    const round = await eventually(
      'a round is under way',
      async () => {
        const { body } = await house.api<{ items: Round[] }>('GET', '/patrol/rounds?route=gate-route');
        return body.items.find(({ state }) => state === 'running');
      },
      90_000,
    );
    const wall = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const text = [
      '卡号,时间',
      `${gateTag},${wall(round.startsAt + 30_000)}`,
      '1.00E+08,2026-03-01 02:00:00',
      `0100A0001B,31.02.`,
    ].join('\n');
    const { page } = await open('/patrol?view=uploads');
    await page.getByTestId('upload-new').press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '选择文件…' }).waitFor();
    await dialog
      .locator('input[type=file]')
      .setInputFiles({ name: 'night.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    // Nobody has said whose it is.
    await dialog.getByRole('alert').filter({ hasText: 'whose reads are these' }).waitFor();
    await dialog.getByLabel('巡更棒', { exact: true }).first().click();
    await page.getByRole('option', { name: '巡更棒 · W5-0317' }).click();
    const trial = page.getByTestId('upload-trial');
    await trial.getByRole('row').filter({ hasText: '1.00E+08' }).filter({ hasText: '设为文本' }).waitFor();
    await trial.getByRole('row').filter({ hasText: '31.02.' }).filter({ hasText: '不是时间' }).waitFor();
    expect((await house.api<{ items: Upload[] }>('GET', '/patrol/uploads')).body.items).toEqual([]);
    await dialog.getByRole('button', { name: '入库 1 条' }).click();
    await page.getByTestId('upload-done').waitFor();
    await dialog.getByRole('button', { name: '完成' }).click();
    const [upload] = (await house.api<{ items: Upload[] }>('GET', '/patrol/uploads')).body.items;
    expect(upload).toMatchObject({ reader: 'patrol-wand', stored: 1, uploadedBy: 'supervisor' });
    await page.getByTestId(`upload-${upload?.id}`).getByRole('button', { name: '详情' }).click();
    await page.getByRole('link', { name: '下载原文件' }).waitFor();
    const { body } = await house.api<Round>('GET', `/patrol/rounds/${round.id}`);
    expect(body.checks[0]).toMatchObject({ result: 'normal', reader: 'patrol-wand' });
  });

  test('has buttons that an operator has not', async () => {
    const { body: card } = await house.api<Card>('POST', '/access/cards', {
      ...{ card: '20000003', person: 'resident-1-102', doors: ['door-b2-lobby'] },
    });
    const { page, open: go } = await open('/access?view=cards', 'operator');
    await page.getByTestId(`card-${card.id}`).click();
    await page.getByTestId('card-detail').waitFor();
    expect(await page.getByTestId('card-issue').count()).toBe(0);
    expect(await page.getByTestId('card-revoke').count()).toBe(0);
    await go('/patrol?view=uploads');
    await page.getByText('巡更棒导出的一夜打点').waitFor();
    expect(await page.getByTestId('upload-new').count()).toBe(0);
  });
});
