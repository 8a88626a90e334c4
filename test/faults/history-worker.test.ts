import type { Worker } from 'node:worker_threads';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { eventually, startHouse } from '../house.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('with the worker of the journal dead, readings are not acknowledged, alarms ring and are stored, and an alarm says what is wrong', async () => {
  const workers: Worker[] = [];
  const keep = (worker: Worker) => workers.push(worker);
  process.on('worker', keep);
  open.push(() => process.off('worker', keep));
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: panic-1, type: native-panic-button, name: 紧急按钮, area: compound }
  - { id: tank-1, type: native-tank, name: 水箱, area: compound }
`,
  });
  open.push(() => house.close());
  const enter = async (device: string) => {
    const client = await connectAsync({
      port: house.mqttPort,
      username: device,
      password: await house.secretOf(device),
      clientId: device,
      keepalive: 0,
      reconnectPeriod: 0,
    });
    open.push(() => client.endAsync(true));
    return (tail: string, message: object) =>
      client.publishAsync(`gatehouse/${device}/${tail}`, JSON.stringify(message), { qos: 1 });
  };
  const [tank, button] = [await enter('tank-1'), await enter('panic-1')];
  await tank('readings', { values: { level: 1.5 } });
  const journal = workers.find(({ threadName }) => threadName === 'journal');
  expect(await journal?.terminate()).toBe(1);

  const acknowledged: number[] = [];
  const level = (metres: number) =>
    void tank('readings', { values: { level: metres } }).then(
      () => acknowledged.push(metres),
      () => {},
    );
  level(1.6);
  for (const id of ['p-1', 'p-2', 'p-3']) {
    await button('events', { id, type: 'panic', data: {} });
    level(1.7);
  }
  expect(
    await eventually('it rings', async () =>
      (await house.openAlarms()).find(({ device }) => device === 'panic-1'),
    ),
  ).toMatchObject({ count: 3, state: 'unacknowledged' });
  const failing = await eventually('history is told as failing', async () =>
    (await house.openAlarms()).find(({ definition }) => definition === 'history-failing'),
  );
  expect(JSON.stringify(failing)).toContain('start the gateway again');
  expect(acknowledged).toEqual([]);

  await house.restart();
  const { body } = await house.api<{ items: { externalId: string }[] }>('GET', '/events?device=panic-1');
  expect(body.items.map(({ externalId }) => externalId).sort()).toEqual(['p-1', 'p-2', 'p-3']);
  await (await enter('tank-1'))('readings', { values: { level: 1.8 } });
});
