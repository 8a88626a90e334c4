import { afterEach, expect, test } from 'vitest';
import { openUhppoteController } from '../../simulators/uhppote-controller.ts';
import { eventually } from '../../test/house.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createDoorControllers } from './door-controllers.ts';

const serial = 423_187_757;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

test('what is kept of a controller’s event that cannot be taken says what happened where, and no card', async () => {
  const controller = await openUhppoteController({ serial, zoneOffsetMs: 0 });
  closers.push(controller.close);
  const kept: string[] = [];
  const plan = { device: 'controller', serial, host: `127.0.0.1:${controller.port}`, pollMs: 50 };
  const controllers = createDoorControllers({
    ...{ clock: systemClock, log: silentLog, timeZone: () => 'UTC', state() {}, strangers: {} as never },
    devices: {
      controllersOn: () => [{ ...plan, cards: 'wiegand26' }],
      decodeControllerStatus() {},
      logPlaces: { of: () => null },
    } as never,
    field: {
      asked() {},
      waiting(origin: { bytes: Uint8Array }, _received: unknown, _decode: unknown, done: () => void) {
        kept.push(Buffer.from(origin.bytes).toString());
        done();
      },
    } as never,
  });
  closers.push(controllers.close);
  controllers.configure([
    {
      ...{ id: 'doors', kind: 'uhppote', broadcast: `127.0.0.1:${controller.port}`, listen: '127.0.0.1:0' },
      timeoutMs: 100,
    },
  ]);
  await eventually('it reports here', () => controller.memory.special);
  controller.hold(9_959_822, 1);
  const event = await eventually('its event came', () => kept.find((text) => text.includes('"event"')));
  expect(JSON.parse(event)).toMatchObject({ kind: 'event', event: { door: 1 } });
  expect(event).not.toContain('9959822');
});
