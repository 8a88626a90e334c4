import type { Browser } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Device } from '../../gateway/contract/site.ts';
import { freePort, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { sharedUntilFailure } from '../shared.ts';
import {
  barriers,
  browserTestMs,
  openBrowser,
  openSignedIn,
  type Station,
  withoutBrowser,
} from './browser.ts';

// A meter that nobody here wrote is added by hand.

describe.skipIf(withoutBrowser || process.env.GATEHOUSE_SKIP_PYMODBUS)(
  'an integrator',
  { timeout: browserTestMs },
  () => {
    let browser: Browser;
    let house: House;
    let station: Station | undefined;
    sharedUntilFailure(async (keep) => {
      const port = await freePort();
      const server = await startPymodbus('rtu', port, [3, 4]);
      keep({ close: server.stop });
      // 230.5 V as a float of two registers, the first point of the meter.
      await server.set('input', 0, 0x4366, 0x8000);
      house = keep(
        await startHouse({
          site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: rs485, kind: bus, path: "tcp://127.0.0.1:${port}", protocol: modbus-rtu, timeoutMs: 800 }]
`,
        }),
      );
      browser = keep(await openBrowser());
    }, browserTestMs);
    afterEach(() => station?.close());

    test('adds a Modbus meter in at most eight actions and sees it live; the mistakes on the way say how to mend them', async () => {
      station = await openSignedIn(browser, house);
      const { page } = station;
      await station.open('/integrate/add');
      await station.unlockSound();
      let actions = 0;
      const act = async (what: Promise<unknown>) => {
        actions++;
        await what;
      };
      const verdict = page.getByTestId('trial-verdict');
      const type = page.getByTestId('add-type');
      const offered = page.locator('[role="option"][data-combobox-selected]').filter({ hasText: 'SDM630' });
      await act(
        eventually('the types have come', async () => {
          await type.fill('');
          await type.fill('eastron 630');
          return offered.isVisible();
        }),
      );
      await act(page.keyboard.press('Enter'));
      await page.getByTestId('type-notes').getByText('RS-485').first().waitFor();
      await act(page.getByTestId('add-address').fill('3'));
      await act(page.getByTestId('add-name').fill('水泵房电表'));
      await act(page.getByTestId('add-try').click());
      await verdict.filter({ hasText: '可以保存' }).waitFor();
      await page.getByTestId('trial-voltageA').filter({ hasText: '230.5' }).waitFor();
      await act(page.getByTestId('add-save').click());
      await page.getByTestId('live-voltageA').getByText('230.5').waitFor();
      expect(actions).toBeLessThanOrEqual(8);
      await page
        .getByTestId('saved-state')
        .filter({ hasText: /^在线$/ })
        .waitFor();
      expect(await barriers(page)).toEqual([]);
      const { body } = await house.api<{ items: Device[] }>('GET', '/devices');
      expect(body.items).toMatchObject([
        { id: 'eastron-sdm630-1', type: 'eastron-sdm630', area: 'compound', link: 'rs485', address: 3 },
      ]);

      // Another like it has the next address. One that nobody has is silent, and its neighbour tells that the line is good.
      await page.getByTestId('add-again').click();
      const address = page.getByTestId('add-address');
      await eventually('it has the next address', async () => (await address.inputValue()) === '4');
      await address.fill('9');
      await page.getByTestId('add-try').click();
      await page.getByTestId('fault-silent').getByText('线路是好的').waitFor();
      // What the site check says stands at its field.
      await address.fill('3');
      await page.getByTestId('add-save').click();
      await page.getByText('already that of "eastron-sdm630-1"').waitFor();
      // The scan offers who is there, and says who is known.
      await page.getByLabel('到', { exact: true }).fill('5');
      await page.getByTestId('scan').click();
      await page.getByTestId('find-4').click();
      await eventually('it has the address found', async () => (await address.inputValue()) === '4');
      await page.getByTestId('find-3').filter({ hasText: '水泵房电表' }).waitFor();
      expect(await barriers(page)).toEqual([]);
    });
  },
);
