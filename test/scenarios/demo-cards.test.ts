import { afterEach, expect, test } from 'vitest';
import type { AccessEvent } from '../../gateway/contract/access.ts';
import type { Card } from '../../gateway/contract/card.ts';
import { createDemoNatives, type DemoNatives } from '../../simulators/demo-natives.ts';
import { eventually, type House, startHouse } from '../house.ts';

// The door controllers of the demo compound: cards from before the gateway came, and those that it was told of.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
people:
  - { id: resident, name: 住户, cards: ["10000007"] }
devices:
  - { id: controller-b2, type: native-door-controller, name: 2 号楼门禁控制器, area: compound }
  - { id: door-b2-lobby, type: controller-door, name: 大堂门, area: compound, parent: controller-b2 }
`;
const number = '10000007';
const door = 'door-b2-lobby';

let house: House;
let natives: DemoNatives | undefined;
afterEach(async () => {
  natives?.close();
  await house.close();
});

test('a card opens the doors of the demo until its controller has deleted it, and is denied from then on, also after a loss of power', async () => {
  house = await startHouse({ site });
  const demo = createDemoNatives(() => undefined);
  natives = demo;
  demo.connect(house.mqttPort, { 'controller-b2': await house.secretOf('controller-b2') });
  const online = () =>
    eventually('the controller is online', async () => {
      const { body } = await house.api<{ state: { state: string } }>('GET', '/devices/controller-b2');
      return body.state.state === 'online';
    });
  await online();
  const confirmed = (id: string, wanted: string) =>
    eventually(`it is ${wanted}`, async () => {
      const { body } = await house.api<Card>('GET', `/access/cards/${id}`);
      return body.controllers.every((entry) => entry.wanted === wanted && entry.state === 'confirmed');
    });
  const request = { card: number, person: 'resident', doors: [door] };
  const card = (await house.api<Card>('POST', '/access/cards', request)).body;
  await confirmed(card.id, 'stored');
  expect(demo.hold(number, door, 'in')).toBe('granted');
  expect((await house.api('POST', `/access/cards/${card.id}/lost`, { reason: '挂失' })).status).toBe(200);
  await confirmed(card.id, 'deleted');
  expect(demo.hold(number, door, 'in')).toBe('denied');
  const denied = await eventually('it is in the log', async () => {
    const { body } = await house.api<{ items: AccessEvent[] }>('GET', '/access/events');
    return body.items.find(({ type }) => type === 'denied');
  });
  expect(denied).toMatchObject({ door, personName: '住户', reason: 'no_privilege' });
  demo.cut('controller-b2');
  demo.join('controller-b2');
  await online();
  expect(demo.hold(number, door, 'in')).toBe('denied');
  await house.api('POST', `/access/cards/${card.id}/restore`, { reason: '找到' });
  await confirmed(card.id, 'stored');
  expect(demo.hold(number, door, 'in')).toBe('granted');
  expect(demo.hold('10000008', door, 'in')).toBe('granted');
}, 60_000);
