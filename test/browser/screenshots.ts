import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser, openSignedIn, openStation } from './browser.ts';
import { startDemoHouse, testDevices } from './demo-house.ts';
import { addScenery, answerPanels, bringPlantToLife, bringToLife, screensOf, walkRound } from './screens.ts';

// Pictures of every screen, to be looked at: node test/browser/screenshots.ts [directory] [screen,screen …]

const [directory = mkdtempSync(join(tmpdir(), 'gatehouse-pictures-')), wanted] = process.argv.slice(2);
const names = wanted?.split(',');
const sizes = [
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
];

mkdirSync(directory, { recursive: true });
const browser = await openBrowser();
const house = await startDemoHouse({ more: addScenery });
const watching = await openSignedIn(browser, house);
const plant = await bringPlantToLife(house);
// A tank that says nothing for long counts as lost.
const level = setInterval(() => {
  house.publish(testDevices.garden, 'readings', { values: { level: 2.87 } }).catch(console.error);
}, 20_000);
try {
  const life = await bringToLife(house, 120_000);
  if (names === undefined || names.some((name) => name.startsWith('patrol')))
    life.round = await walkRound(house);
  const screens = screensOf(life).filter(({ name }) => names?.includes(name) ?? true);
  for (const language of ['zh', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      for (const viewport of sizes) {
        const look = `${language}-${theme}-${viewport.width}`;
        const station = await openSignedIn(browser, house, { language, theme, viewport, still: true });
        const { page } = station;
        const shoot = (name: string) => page.screenshot({ path: join(directory, `${name}-${look}.png`) });
        for (const screen of screens) {
          await page.goto(`${station.origin}${screen.path}`);
          await page
            .locator(screen.ready)
            .first()
            .waitFor()
            .catch(() => console.log(`${screen.name}: ${screen.ready} did not come`));
          await station.unlockSound();
          await screen.prepare?.(page);
          // What comes in by itself after the first data: plans, trends, pictures.
          await page.waitForTimeout(600);
          await shoot(screen.name);
        }
        if (names?.includes('panel') ?? true) {
          await house.event(testDevices.gate, 'panic');
          await page.goto(`${station.origin}/alarms`);
          await station.unlockSound();
          await page.getByTestId('alarm-panel').waitFor();
          await page.waitForTimeout(800);
          await shoot('panel');
          await answerPanels(house);
        }
        await station.close().catch((error: unknown) => console.log(look, error));
        if (names?.includes('sign-in') ?? true) {
          const outside = await openStation(browser, house, { language, theme, viewport });
          await outside.open('/');
          await outside.page.screenshot({ path: join(directory, `sign-in-${look}.png`) });
          await outside.close();
        }
        console.log(look);
      }
    }
  }
  console.log(`pictures in ${directory}`);
} finally {
  clearInterval(level);
  plant.close();
  await watching.close();
  await browser.close();
  await house.close();
}
