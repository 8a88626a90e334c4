import { afterEach, expect, test } from 'vitest';
import type { AccessEvent } from '../../gateway/contract/access.ts';
import type { Card } from '../../gateway/contract/card.ts';
import type { Command } from '../../gateway/contract/command.ts';
import { openUhppoteController, type UhppoteSimulator } from '../../simulators/uhppote-controller.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { openUdpRelay, type UdpRelay } from '../udp-relay.ts';

// The cable of a door controller is pulled, and put back.

const serial = 423_187_757;
let house: House;
let controller: UhppoteSimulator;
let cable: UdpRelay;
afterEach(async () => {
  controller.close();
  cable.close();
  await house.close();
});

test('a controller whose cable is pulled is announced as lost; what its doors did meanwhile is fetched, and the card waits for it', async () => {
  controller = await openUhppoteController({ serial, zoneOffsetMs: 8 * 3_600_000 });
  cable = await openUdpRelay(controller.port);
  house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
people: [{ id: li-wei, name: 李伟 }]
links: [{ id: doors, kind: uhppote, broadcast: "127.0.0.1:${cable.port}", listen: "127.0.0.1:0", timeoutMs: 100 }]
devices:
  - { id: controller, type: uhppote-controller, name: 门岗控制器, area: compound, link: doors, address: ${serial}, settings: { host: "127.0.0.1:${cable.port}", silenceS: 3 } }
  - { id: gate, type: controller-door, name: 大门, area: compound, parent: controller, address: 1 }
`,
  });
  const ask = async <Body>(method: string, path: string, body?: object) =>
    (await house.api<Body>(method, path, body)).body;
  const stateIs = (wanted: string) =>
    eventually(
      `it is ${wanted}`,
      async () => (await ask<{ state: { state: string } }>('GET', '/devices/gate')).state.state === wanted,
      30_000,
    );
  const log = async () => (await ask<{ items: AccessEvent[] }>('GET', '/access/events')).items;
  const lost = async () =>
    (await house.openAlarms())
      .filter(({ definition, suppressed }) => definition === 'offline' && suppressed === undefined)
      .map(({ device, state }) => `${device} ${state}`);
  await stateIs('online');
  await eventually('it is set up', () => controller.memory.special);

  // The cable: neither questions nor what it pushes go through.
  cable.cut = true;
  controller.mute = true;
  await stateIs('offline');
  expect(await lost()).toEqual(['controller unacknowledged']);
  controller.hold(12_300_456, 1);
  controller.happen(38, 1);
  controller.happen(24, 1);
  const command = await ask<Command>('POST', '/access/doors/gate/open', { reason: '住户忘带卡' });
  expect(command).toMatchObject({ state: 'failed', failure: { code: 'offline', device: 'controller' } });
  const card = await ask<Card>('POST', '/access/cards', {
    ...{ card: '0006547886', person: 'li-wei', doors: ['gate'], reason: '新住户' },
  });
  expect(card.controllers).toMatchObject([{ state: 'waiting' }]);

  cable.cut = false;
  controller.mute = false;
  await stateIs('online');
  await eventually('what happened is in the log', async () => (await log()).length === 3);
  expect((await log()).map(({ type }) => type).reverse()).toEqual(['denied', 'forced', 'closed']);
  expect(await lost()).toEqual(['controller returned']);
  expect((await house.openAlarms()).map(({ device, definition }) => `${device} ${definition}`)).toContain(
    'gate forced',
  );
  await eventually('the card is stored', () => controller.memory.cards.size === 1, 30_000);
  expect(controller.asked.get('openDoor')).toBeUndefined();
}, 90_000);
