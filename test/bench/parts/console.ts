import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { type Browser, chromium, type Page } from 'playwright-core';
import { callControl, controlPath } from '../../../gateway/cli/control.ts';
import { load } from '../loads.ts';
import { type RunningGatehouse, serveGatehouse } from '../peers/gatehouse.ts';
import { gatehouseData } from '../peers/gatehouse-data.ts';
import { removeFolder, startProcess, temporaryFolder } from '../processes.ts';
import { type Bench, limitRow, type Part, type Row } from './part.ts';

const chromiumPath = '/usr/bin/chromium';
const goals = { firstLoadKb: 300, framesPerSecond: 50, paintedMs: 100 };
const openAlarms = 10_000;
const scrollMs = 3_000;
const viewport = { width: 1920, height: 1080 };
const inPage = new URL('../console/in-page.js', import.meta.url).pathname;

async function buildConsole(): Promise<void> {
  const folder = temporaryFolder();
  const build = await startProcess({
    name: 'console-build',
    command: process.execPath,
    args: [new URL('../../../console/build-if-stale.ts', import.meta.url).pathname],
    folder,
    ready: () => true,
  });
  if ((await build.ended) !== 0) throw new Error(`the console could not be built: ${build.said()}`);
  removeFolder(folder);
}

/** A page of the signed-in administrator. */
async function openPage(browser: Browser, gateway: RunningGatehouse): Promise<Page> {
  const context = await browser.newContext({ viewport });
  await context.addInitScript({ path: inPage });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const link = await callControl(controlPath(gateway.dataDir), 'sign-in.link', { user: 'admin' });
  const { path } = (link?.result ?? {}) as { path: string };
  await page.goto(`http://127.0.0.1:${gateway.http}${path}`);
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  return page;
}

const standing = (page: Page) => page.getByRole('heading', { level: 1 }).first().waitFor();

/** What a browser that has nothing of it yet fetches until the first screen stands, without the API: gzip, kB. */
async function firstLoadKb(page: Page): Promise<number> {
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.startsWith('/api/')) return;
    sizes.push(
      response.body().then(
        (body) => gzipSync(body).length,
        // A redirection has none.
        () => 0,
      ),
    );
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.reload();
  await standing(page);
  return Math.round((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1_000);
}

/** Alarms one by one with the list on the screen: from sent to told as painted, by the gateway's own record, ms. */
async function paintedMs(
  browser: Browser,
): Promise<{ firstLoadKb: number; p99: number; worst: number; count: number }> {
  const gateway = await serveGatehouse(await gatehouseData({ sending: 100 }), {});
  try {
    const page = await openPage(browser, gateway);
    const kilobytes = await firstLoadKb(page);
    await page.goto(`http://127.0.0.1:${gateway.http}/alarms`);
    await standing(page);
    await load(gateway, { rate: 20, warmupMs: 1_000, measureMs: 5_000, alarmEvery: 1, consoles: 0 });
    await page.context().close();
    await gateway.halt();
    const database = new Database(join(gateway.dataDir, 'gatehouse.db'), { readonly: true });
    const sql = `SELECT shown_at - sent_at FROM alarm_latency WHERE shown_at IS NOT NULL ORDER BY 1`;
    const sorted = database.prepare(sql).pluck().all() as number[];
    database.close();
    return {
      firstLoadKb: kilobytes,
      p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.POSITIVE_INFINITY,
      worst: sorted.at(-1) ?? Number.POSITIVE_INFINITY,
      count: sorted.length,
    };
  } finally {
    await gateway.stop();
  }
}

async function scrollFramesPerSecond(browser: Browser): Promise<number> {
  const gateway = await serveGatehouse(await gatehouseData({ sending: 200 }), {});
  try {
    await load(gateway, {
      rate: openAlarms / 5,
      warmupMs: 0,
      measureMs: 5_000,
      alarmEvery: 1,
      consoles: 0,
    });
    const page = await openPage(browser, gateway);
    await page.goto(`http://127.0.0.1:${gateway.http}/alarms`);
    await page.locator('[data-testid="alarm-list"] [data-alarm]').first().waitFor();
    return (await page.evaluate(`window.__benchScroll(${scrollMs})`)) as number;
  } finally {
    await gateway.stop();
  }
}

async function run(bench: Bench): Promise<Row[]> {
  if (!existsSync(chromiumPath)) {
    const left = { row: 'console', goal: '', figure: 'Chromium is not installed', ratio: '' };
    return [{ ...left, held: 'left out' }];
  }
  await buildConsole();
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args });
  try {
    const painted = await paintedMs(browser);
    const frames = Math.round(await scrollFramesPerSecond(browser));
    bench.keep('console', { painted, framesPerSecond: frames });
    return [
      limitRow(
        'console: first load, gzip',
        `≤ ${goals.firstLoadKb} kB`,
        `${painted.firstLoadKb} kB`,
        painted.firstLoadKb <= goals.firstLoadKb,
      ),
      limitRow(
        'console: 10,000 open alarms scroll',
        `≥ ${goals.framesPerSecond} fps`,
        `${frames} fps`,
        frames >= goals.framesPerSecond,
      ),
      limitRow(
        'console: alarm sent to told as painted, p99',
        `≤ ${goals.paintedMs} ms`,
        `${painted.p99} ms, worst ${painted.worst} ms of ${painted.count}`,
        painted.p99 <= goals.paintedMs,
      ),
      {
        row: 'console: one serialisation per permission set',
        goal: 'by design',
        figure: 'gateway/live/hub.ts writes one text for each audience',
        ratio: '',
        held: 'not measured here',
      },
    ];
  } finally {
    await browser.close();
  }
}

export const consolePart: Part = {
  id: 'console',
  what: 'the console in Chromium: first load, a long list, painting',
  seconds: 60,
  quickSeconds: 40,
  run,
};
