import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { LinkageRun } from '../../gateway/contract/linkage-run.ts';
import type { Sequence } from '../../gateway/contract/plant.ts';
import { scenes } from '../../simulators/scenes/scenes.ts';
import { type DemoHouse, startDemoHouse } from '../browser/demo-house.ts';
import { eventually } from '../house.ts';

// The scenes of the demo compound on its real wires, in real time: the alarm comes, what follows of it is seen, and afterwards the
// compound is as it was. They do not touch each other, so they play at once. A missed checkpoint takes minutes to be judged: demo-patrol.test.ts.

const sceneMs = 120_000;

describe('a scene of the demo', { timeout: sceneMs }, () => {
  let house: DemoHouse;
  beforeAll(async () => {
    house = await startDemoHouse();
    await eventually(
      'the compound reports',
      async () => (await stateOf('controller-b2')) === 'online',
      60_000,
    );
    await eventually('its modules report', async () => (await stateOf('perimeter-io')) === 'online', 60_000);
    await eventually('its mains reports', async () => (await stateOf('mains-grid')) === 'online', 60_000);
  }, 120_000);
  afterAll(() => house.close());

  const alarmOf = async (device: string, definition: string): Promise<Alarm | undefined> =>
    (await house.openAlarms()).find((alarm) => alarm.device === device && alarm.definition === definition);
  const raised = (device: string, definition: string) =>
    eventually(`${definition} of ${device}`, () => alarmOf(device, definition), sceneMs);
  /** It has returned, or is closed already. */
  const over = (device: string, definition: string) =>
    eventually(
      `${definition} of ${device} is over`,
      async () => {
        const alarm = await alarmOf(device, definition);
        return alarm === undefined || alarm.state === 'returned';
      },
      sceneMs,
    );
  async function stateOf(device: string): Promise<string | undefined> {
    const { body } = await house.api<{ state?: { state: string } }>('GET', `/devices/${device}`);
    return body.state?.state;
  }
  const back = (device: string) =>
    eventually(`${device} is back`, async () => (await stateOf(device)) === 'online', sceneMs);

  test('all are told with names in both languages', async () => {
    const { body } = await house.api<{ items: { id: string; title: { zh: string; en: string } }[] }>(
      'GET',
      '/simulation/scenes',
    );
    expect(body.items).toEqual(Object.entries(scenes).map(([id, { title }]) => ({ id, title })));
  });

  test.concurrent('mains-failure: the generator takes the load, gives it back and stops, every step in time', async () => {
    await house.playScene('mains-failure');
    await raised('mains-grid', 'loss');
    await raised('ups-office', 'onBattery');
    await eventually(
      'the contact of the hatch tells who looks after it',
      async () => {
        const { body } = await house.api<{ items: { type: string }[] }>(
          'GET',
          '/access/events?door=hatch-power-room',
        );
        return body.items[0]?.type === 'closed';
      },
      sceneMs,
    );
    const sequence = await eventually(
      'the sequence has ended',
      async () => {
        const { body } = await house.api<{ items: Sequence[] }>('GET', '/plant/sequences');
        return body.items.find(({ state }) => state === 'ended');
      },
      sceneMs,
    );
    expect(sequence).toMatchObject({ generator: 'generator-1', outcome: 'good' });
    await over('mains-grid', 'loss');
    await over('ups-office', 'onBattery');
    expect(await alarmOf('generator-1', 'stepMissed')).toBeUndefined();
  });

  test.concurrent('tank-overflow: the pump fails, the tank overflows, the Zigbee sensor on the floor tells the water, and all is dry again', async () => {
    await house.playScene('tank-overflow');
    expect(await raised('booster-1', 'fault')).toMatchObject({ priority: 2, category: 'water' });
    await raised('tank-domestic', 'overflow');
    await raised('leak-pump-room', 'leak');
    await over('tank-domestic', 'overflow');
    await over('leak-pump-room', 'leak');
    await over('booster-1', 'fault');
  });

  test.concurrent('fire-alarm: the doors of the building are released and its lift recalled; the one that stays shut is named until it opens', async () => {
    await house.playScene('fire-alarm');
    const fire = await raised('fire-b1', 'fire');
    const actions = async () => {
      const { body } = await house.api<{ items: LinkageRun[] }>('GET', `/alarms/${fire.id}/linkages`);
      return Object.fromEntries((body.items[0]?.actions ?? []).map(({ device, state }) => [device, state]));
    };
    await raised('fire-b1', 'notConfirmed');
    const others = { 'door-b1-lobby': 'confirmed', 'door-b1-stair': 'confirmed', 'lift-b1': 'confirmed' };
    const allButOne = await eventually(
      'all but the roof door are confirmed',
      async () => {
        const now = await actions();
        return Object.keys(others).every((device) => now[device] === 'confirmed') && now;
      },
      sceneMs,
    );
    expect(allButOne['door-b1-roof']).not.toBe('confirmed');
    await over('fire-b1', 'notConfirmed');
    expect(await actions()).toEqual({ ...others, 'door-b1-roof': 'confirmed' });
    await house.api('POST', `/alarms/${fire.id}/acknowledge`, {});
    // A fire stays until it is reset by hand; doors and lift are the operator's to put back.
    const resettable = async () => (await alarmOf('fire-b1', 'fire'))?.state === 'latched';
    await eventually('it can be reset', resettable, sceneMs);
    expect((await house.api('POST', `/alarms/${fire.id}/reset`, {})).status).toBe(200);
    await eventually('the fire is closed', async () => (await alarmOf('fire-b1', 'fire')) === undefined);
    for (const door of ['door-b1-lobby', 'door-b1-stair', 'door-b1-roof'])
      await house.api('POST', `/devices/${door}/commands`, { command: 'lock', reason: '火警复位' });
    await eventually(
      'its doors are locked again',
      async () => {
        const { body } = await house.api<{ items: { device: string; command: string; state: string }[] }>(
          'GET',
          '/commands?limit=50',
        );
        return (
          body.items.filter(
            ({ device, command, state }) =>
              device.startsWith('door-b1-') && command === 'lock' && state === 'confirmed',
          ).length === 3
        );
      },
      sceneMs,
    );
  });

  test.concurrent('fire-call-point: what the transmission device tells releases the doors of the garage', async () => {
    await house.playScene('fire-call-point');
    const fire = await raised('callpoint-garage', 'fire');
    await eventually(
      'both doors are released',
      async () => {
        const { body } = await house.api<{ items: LinkageRun[] }>('GET', `/alarms/${fire.id}/linkages`);
        const actions = body.items[0]?.actions ?? [];
        return actions.length === 2 && actions.every(({ state }) => state === 'confirmed');
      },
      sceneMs,
    );
    await eventually(
      'the call point is as it was',
      async () => {
        const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
          'GET',
          '/devices/callpoint-garage/points',
        );
        return body.items.find(({ point }) => point === 'fire')?.value === false;
      },
      sceneMs,
    );
  });

  test('the home panel over IP and the basin behind the 4G unit are there', async () => {
    await Promise.all(['panel-2-504', 'tank-rain', 'fire-transmitter'].map(back));
  });

  test.concurrent('door-held-open: the door is told as held, and closed again', async () => {
    await house.playScene('door-held-open');
    await raised('door-pump-room', 'held');
    await over('door-pump-room', 'held');
    const { body } = await house.api<{ items: { type: string }[] }>(
      'GET',
      '/access/events?door=door-pump-room',
    );
    const types = body.items.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['granted', 'opened', 'held', 'closed']));
  });

  test.concurrent('device-loss: module and controller are lost with all that hangs on them, and come back', async () => {
    await house.playScene('device-loss');
    await raised('perimeter-io', 'offline');
    await raised('controller-b2', 'offline');
    await eventually(
      'its zones are lost with the module',
      async () => (await stateOf('segment-5')) === 'offline',
    );
    await eventually(
      'its doors are lost with the controller',
      async () => (await stateOf('door-b2-lobby')) === 'offline',
    );
    await Promise.all(['perimeter-io', 'controller-b2', 'segment-5', 'door-b2-lobby'].map(back));
    await Promise.all([over('perimeter-io', 'offline'), over('controller-b2', 'offline')]);
  });
});
