import { existsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../gateway/contract/permissions.ts';
import { eventually, type House, testPassword } from '../house.ts';

/** Set by the test command where no Chromium is installed. */
export const withoutBrowser = process.env.GATEHOUSE_SKIP_BROWSER === '1';

/** A browser on a busy machine takes its time; what is measured is asserted by itself. */
export const browserTestMs = 240_000;
/** How long a page may take to show what it is waited for: long enough for three others on the same core. */
const patienceMs = 30_000;

const consoleIndex = fileURLToPath(new URL('../../console/dist/index.html', import.meta.url));
const inPage = fileURLToPath(new URL('./in-page.js', import.meta.url));
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A Chromium of its own, with a new profile that goes with it. */
export function openBrowser(): Promise<Browser> {
  if (!existsSync(consoleIndex)) throw new Error('the console is not built: run "npm run build" first');
  return chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags });
}

export interface StationOptions {
  /** Where its browser finds the gateway; by default the house's own port. */
  port?: number;
  language?: 'zh' | 'en';
  theme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
  /** As for people who asked their system for less motion: what calls does not blink. */
  still?: boolean;
}

/** A screen in the control room: one page that notes everything it should not do. */
export interface Station {
  page: Page;
  context: BrowserContext;
  origin: string;
  /** Opens a place of the console and waits for its heading. */
  open(path: string): Promise<void>;
  /** A real click of the mouse, which the browser wants before it lets the page sound; the page is closed to keys until then. */
  unlockSound(): Promise<void>;
  /** Words on the screen. */
  text(): Promise<string>;
  /** Closes it, and fails when it fetched from outside, broke the page policy or threw. */
  close(): Promise<void>;
}

export async function openStation(
  browser: Browser,
  house: House,
  options: StationOptions = {},
): Promise<Station> {
  const { port = house.gateway.http ?? 0, language, theme = 'light' } = options;
  const origin = `http://127.0.0.1:${port}`;
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1366, height: 768 },
    colorScheme: theme,
    reducedMotion: options.still ? 'reduce' : 'no-preference',
    locale: 'de-DE',
  });
  const faults: string[] = [];
  const watch = (url: string) => {
    const { hostname, protocol } = new URL(url);
    if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== '127.0.0.1')
      faults.push(`asked for ${url}`);
  };
  context.on('request', (request) => watch(request.url()));
  const page = await context.newPage();
  // Shorter than a test may take, so that what was waited for is named.
  page.setDefaultTimeout(patienceMs);
  page.on('websocket', (socket) => watch(socket.url()));
  page.on('pageerror', (error) => faults.push(`threw ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    // What the network answered is for the test to judge; everything else that is red is a fault.
    const aboutNetwork = /^Failed to load resource|^WebSocket connection to .* failed/.test(message.text());
    if (message.type() === 'error' && !aboutNetwork) faults.push(`logged ${message.text()}`);
  });
  await context.addInitScript({ path: inPage });
  if (language !== undefined) {
    await context.addInitScript((chosen) => {
      for (const owner of ['', 'admin'])
        if (localStorage.getItem(`gatehouse.${owner}.language`) === null)
          localStorage.setItem(`gatehouse.${owner}.language`, chosen);
    }, language);
  }
  return {
    page,
    context,
    origin,
    async open(path) {
      await page.goto(`${origin}${path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
    },
    async unlockSound() {
      // A page that follows one which was clicked may sound at once; so may one that was asked, for the browser takes that for a
      // gesture of its user.
      const cover = page.getByTestId('sound-lock');
      await eventually('the page may sound', async () => {
        if ((await page.evaluate('window.__gatehouseSound.state')) !== 'locked') return true;
        if (!(await cover.isVisible())) return false;
        await page.mouse.click(683, 384);
        await cover.waitFor({ state: 'detached' });
        return true;
      });
      await cover.waitFor({ state: 'detached' });
    },
    text: () => page.locator('body').innerText(),
    async close() {
      await context.close();
      expect(faults).toEqual([]);
    },
  };
}

/** A station whose user has come in by the one-use link; its browser has not let it sound yet. */
export async function openSignedIn(
  browser: Browser,
  house: House,
  { user = 'admin', ...options }: StationOptions & { user?: string } = {},
): Promise<Station> {
  const station = await openStation(browser, house, options);
  const { path } = await house.control<{ path: string }>('sign-in.link', { user });
  await station.page.goto(`${station.origin}${path}`);
  await station.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  return station;
}

/**
 * Measures by how much the machine is late from here on, in this process and in the page. The answer, ms, is what a bound in real
 * time is wider by, next to nothing on a machine that is free: there are a way to the page and a way on to its screen.
 */
export async function measureLateness(page: Page): Promise<() => Promise<number>> {
  const stall = monitorEventLoopDelay({ resolution: 5 });
  stall.enable();
  await page.evaluate('window.__testWatch.measureLateness()');
  return async () => {
    stall.disable();
    const inPage = await page.evaluate<number>('window.__testWatch.lateness()');
    return 2 * (stall.max / 1e6 + inPage);
  };
}

/** Resolves when keys go to it: a dialog is drawn first, and takes the focus a moment later. */
export async function takesKeys(field: Locator): Promise<void> {
  await field.and(field.page().locator(':focus')).waitFor();
}

/** Chooses in a list by keyboard, as one does: types, waits for the word, goes down to it and takes it. */
export async function choose(field: Locator, typed: string, word: string | RegExp): Promise<void> {
  const page = field.page();
  await field.focus();
  await page.keyboard.type(typed);
  const option = page.getByRole('option', { name: word }).first();
  await option.waitFor();
  await page.keyboard.press('ArrowDown');
  await option.and(page.locator('[data-combobox-selected]')).waitFor();
  await page.keyboard.press('Enter');
  await option.waitFor({ state: 'hidden' });
}

/** A user besides the administrator, with the password of the test house. */
export async function addUser(house: House, role: Role, id: string = role): Promise<void> {
  await house.control('user.add', { id, role, name: id, password: testPassword });
}

/** Serious and critical findings of axe, each with the first place where it was found. */
export async function barriers(page: Page): Promise<string[]> {
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; impact: string; places: string[] }[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, impact, nodes }) => ({
        id, impact, places: nodes.map(({ html, any }) => (any[0]?.message ?? '') + ' ' + html.slice(0, 200)),
      })))`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, places }) => `${id} × ${places.length}: ${places[0]}`);
}
