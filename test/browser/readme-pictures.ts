import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser } from './browser.ts';

// The pictures of the README, of the demo as it is started by everybody: node test/browser/readme-pictures.ts [directory]

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = process.argv[2] ?? join(root, 'docs/images');

interface Picture {
  name: string;
  path: string;
  language?: 'zh' | 'en';
  theme?: 'light' | 'dark';
  /** Selector of what stands on the screen when it is whole. */
  ready: string;
}

const pictures: Picture[] = [
  { name: 'alarm-panel-zh', path: '/alarms', ready: '[data-testid="alarm-panel"]' },
  { name: 'overview-zh', path: '/overview', ready: '[data-testid="mark-segment-3"]' },
  {
    name: 'plant-en',
    path: '/plant',
    ready: '[data-testid="tile-generator"], main svg',
    language: 'en',
    theme: 'dark',
  },
  { name: 'meters-zh', path: '/meters', ready: '[data-testid="balances"] tbody tr' },
  { name: 'devices-en', path: '/devices', ready: '[data-testid^="device-"] [data-quality]', language: 'en' },
  { name: 'integrate-zh', path: '/integrate/links', ready: '[data-testid^="link-"]', theme: 'dark' },
];

/** A page that opens anew may want its click anew. */
async function unlock(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  const cover = page.getByTestId('sound-lock');
  if (await cover.isVisible()) await page.mouse.click(683, 384);
  await cover.waitFor({ state: 'detached' });
}

const demo = spawn(process.execPath, [join(root, 'gateway/cli/bin.js'), 'demo', '--json'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const browser = await openBrowser();
try {
  const [line] = (await once(createInterface({ input: demo.stdout }), 'line')) as [string];
  const { http, signIn } = JSON.parse(line) as { http: number; signIn: string };
  const origin = `http://127.0.0.1:${http}`;
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(new URL(signIn, origin).href);
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  // Meters, rounds and trends have something to show by then.
  await page.waitForTimeout(45_000);
  await page.goto(`${origin}/overview`);
  await unlock(page);
  await page.getByTestId('scene-perimeter-intrusion').click();
  await page.getByTestId('alarm-panel').waitFor();
  for (const { name, path, language = 'zh', theme = 'light', ready } of pictures) {
    await page.evaluate(
      ([spoken, look]) => {
        for (const owner of ['', 'demo']) localStorage.setItem(`gatehouse.${owner}.language`, spoken ?? '');
        localStorage.setItem('mantine-color-scheme-value', look ?? '');
      },
      [language, theme],
    );
    await page.goto(`${origin}${path}`);
    await unlock(page);
    await page.locator(ready).first().waitFor();
    // What comes by itself after the first data: plans, trends, pictures.
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: join(directory, `${name}.png`) });
    // Answered, so that the panel lies over nothing else.
    if (name === 'alarm-panel-zh')
      for (let left = 2; left > 0; left--)
        await page.getByTestId('alarm-panel').getByRole('button', { name: '确认' }).click();
  }
} finally {
  await browser.close();
  demo.kill('SIGTERM');
  await once(demo, 'exit');
}
