import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { words } from '../../console/app/words.ts';
import { integratePartWords } from '../../console/features/integrate/part-words.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { startHouse } from '../house.ts';
import {
  addUser,
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  openStation,
  type Station,
  withoutBrowser,
} from './browser.ts';
import { type DemoHouse, startDemoHouse } from './demo-house.ts';
import type { PlantUnits } from './plant-site.ts';
import { addScenery, bringPlantToLife, bringToLife, type Life, screensOf, walkRound } from './screens.ts';

// What must hold on every screen: it opens from a cold start, can be used by everybody, and speaks one language at a time.

type Language = 'zh' | 'en';
const spoken = Object.values({ ...words, ...integratePartWords }).map(
  (each) => each as Record<Language, Record<string, string>>,
);
const keys = new Set(spoken.flatMap(({ zh }) => Object.keys(zh)).filter((key) => /[.:]/.test(key)));
const wordsOf = (language: Language) => new Set(spoken.flatMap((each) => Object.values(each[language])));
const own = { zh: wordsOf('zh'), en: wordsOf('en') };
const han = /\p{Script=Han}/u;

/** More than forty screens one after the other, each read by axe: seconds a screen on two crowded cores. */
const tourMs = 300_000;

describe.skipIf(withoutBrowser)('every screen', { timeout: browserTestMs }, () => {
  let browser: Browser;
  let house: DemoHouse;
  let watching: Station;
  let life: Life;
  let plant: PlantUnits;
  /** What people on the site have named, in Chinese whatever language the console speaks. */
  let named: string[];

  beforeAll(async () => {
    [browser, house] = await Promise.all([
      openBrowser(),
      startDemoHouse({ more: addScenery, minuteInMs: 15_000 }),
    ]);
    watching = await openSignedIn(browser, house);
    plant = await bringPlantToLife(house);
    life = await bringToLife(house);
    await addUser(house, 'operator', 'li-wei');
    const { yaml } = await house.control<{ yaml: string }>('site.export', {});
    named = [...stringsIn(parse(yaml)), '工程值班', '中文'].filter((text) => han.test(text));
  }, browserTestMs);
  afterAll(async () => {
    plant.close();
    await watching.close();
    await browser.close();
    await house.close();
  });

  function stringsIn(value: unknown): string[] {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.values(value).flatMap(stringsIn);
  }

  /** A ticket's title is a record: it stays in the words in which it was written. On a slow machine more come by themselves. */
  async function written(): Promise<string[]> {
    const { body } = await house.api<{ items: Ticket[] }>('GET', '/tickets');
    return body.items.map(({ title }) => title);
  }

  /** What stands there that nobody has translated, or that was never filled in. */
  async function untranslated(page: Page, language: Language): Promise<string[]> {
    const texts = await page.evaluate<string[]>('window.__testWords()');
    const other = own[language === 'zh' ? 'en' : 'zh'];
    const names = [...named, ...(await written())].sort((a, b) => b.length - a.length);
    return texts.filter((text) => {
      if (keys.has(text) || /\{\{|\bundefined\b|\bNaN\b|\[object |\bnull\b/.test(text)) return true;
      if (other.has(text) && !own[language].has(text) && !names.includes(text)) return true;
      if (language === 'zh') return false;
      return han.test(names.reduce((rest, name) => rest.replaceAll(name, ''), text));
    });
  }

  const looks = [
    { language: 'zh', theme: 'dark', way: 'from a cold start' },
    { language: 'en', theme: 'light', way: 'from the one before' },
  ] as const;

  test.each(looks)(
    'opens $way, holds no barrier for anybody and no word of the other language: $language, $theme',
    { timeout: tourMs },
    async ({ language, theme, way }) => {
      life.round ||= await walkRound(house);
      const problems: string[] = [];
      const station = await openSignedIn(browser, house, { language, theme, still: true });
      const { page } = station;
      const look = async (name: string) => {
        problems.push(...(await untranslated(page, language)).map((text) => `${name}: says “${text}”`));
        problems.push(...(await barriers(page)).map((barrier) => `${name}: ${barrier}`));
      };
      for (const { name, path, ready } of screensOf(life)) {
        if (way === 'from a cold start') await page.goto(`${station.origin}${path}`);
        else await page.evaluate(`window.__testGo(${JSON.stringify(path)})`);
        try {
          await page.locator(ready).first().waitFor();
        } catch {
          problems.push(`${name}: ${ready} did not come`);
          continue;
        }
        await station.unlockSound();
        await look(name);
      }
      await station.close();

      const outside = await openStation(browser, house, { language, theme });
      await outside.open('/');
      problems.push(...(await untranslated(outside.page, language)).map((text) => `sign-in: says “${text}”`));
      problems.push(...(await barriers(outside.page)).map((barrier) => `sign-in: ${barrier}`));
      await outside.close();
      expect(problems).toEqual([]);
    },
  );

  test('the set-up page too, with its link and without', async () => {
    const fresh = await startHouse({ firstRun: true });
    try {
      const { path } = await fresh.control<{ path: string }>('setup.link', {});
      for (const { language, theme } of looks) {
        const station = await openStation(browser, fresh, { language, theme });
        for (const place of ['/', path]) {
          await station.open(place);
          expect(await untranslated(station.page, language)).toEqual([]);
          expect(await barriers(station.page)).toEqual([]);
        }
        await station.close();
      }
    } finally {
      await fresh.close();
    }
  });

  test('speaks the language that its user chose, after a reload and at another station too; light or dark stays as well', async () => {
    const first = await openSignedIn(browser, house, { user: 'li-wei' });
    const { page } = first;
    await first.unlockSound();
    const choose = async (item: string) => {
      await page.getByTestId('user-menu').click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await page.getByRole('link', { name: '总览' }).waitFor();
    await choose('English');
    await page.getByRole('link', { name: 'Overview' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
    await choose('Dark');
    const scheme = () => page.evaluate('document.documentElement.dataset.mantineColorScheme');
    expect(await scheme()).toBe('dark');
    await page.reload();
    await page.getByRole('link', { name: 'Overview' }).waitFor();
    expect(await scheme()).toBe('dark');
    await first.close();

    const second = await openSignedIn(browser, house, { user: 'li-wei' });
    await second.page.getByRole('link', { name: 'Overview' }).waitFor();
    await second.close();
  });
});
