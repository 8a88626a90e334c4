import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkState } from '../../gateway/contract/device-state.ts';
import { run } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../mosquitto-peer.ts';

// The site's devices on an outside broker, as Home Assistant finds them: played by mosquitto_sub, which sees what is kept.

const siteOn = (url: string, more = ', homeAssistant: homeassistant', devices = '') => `
site: { id: garden, name: 测试小区 }
areas: [{ id: pump-room, name: 泵房, kind: plant-room }]
links: [{ id: field, kind: mqtt, url: "${url}", prefixes: [zigbee2mqtt, gatehouse]${more} }]
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: pump-room, link: field }
  - { id: leak-1, type: zigbee2mqtt-water-leak, name: 水浸, area: pump-room, link: field, address: pit }
${devices}`;

describe.skipIf(noMosquitto)('Home Assistant on the same broker', () => {
  let mosquitto: Mosquitto;
  let house: House;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
    house = await startHouse({ site: siteOn(mosquitto.url) });
    const live = await house.live();
    await live.change<LinkState>('link-states', ({ state }) => state === 'up');
  });
  afterAll(async () => {
    await closeHouse();
    await mosquitto.close();
  });

  let closed = false;
  async function closeHouse(): Promise<void> {
    if (!closed) await house.close();
    closed = true;
  }

  /** What the broker keeps under a filter: what somebody who comes now is told. */
  async function kept(filter: string): Promise<Map<string, string>> {
    const to = [
      '-h',
      '127.0.0.1',
      '-p',
      String(mosquitto.port),
      '-t',
      filter,
      '-v',
      '--retained-only',
      '-W',
      '1',
    ];
    const { output } = await run('mosquitto_sub', to);
    const lines = output.split('\n').filter((line) => line.includes('/') && line.includes(' '));
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
  }
  const apply = async (yaml: string) => {
    await house.control('site.apply', { yaml, file: 'site.yaml', prune: true });
    await house.gateway.turns.idle();
  };
  const config = 'homeassistant/device/gatehouse-garden-tank-1/config';

  test('finds the devices of the site, but not those that are on this broker by themselves', async () => {
    const found = await eventually('they are announced', async () => {
      const all = await kept('homeassistant/#');
      return all.size > 0 && all;
    });
    expect([...found.keys()]).toEqual([config]);
    const payload = JSON.parse(found.get(config) ?? '') as Record<string, unknown>;
    expect(payload).toMatchObject({
      dev: { ids: ['gatehouse-garden-tank-1'], name: '生活水箱', sa: '泵房' },
      stat_t: 'gatehouse/$values/garden/tank-1',
      cmps: { level: { p: 'sensor', unit_of_meas: 'm' }, overflow: { p: 'binary_sensor' } },
    });
    expect((await kept('gatehouse/$states/garden')).get('gatehouse/$states/garden')).toBe('online');
  });

  test('is told what they read, and whether they are there', async () => {
    const values = async () =>
      JSON.parse(
        (await kept('gatehouse/$values/#')).get('gatehouse/$values/garden/tank-1') ?? '{}',
      ) as Record<string, unknown>;
    await mosquitto.publish('gatehouse/tank-1/readings', { values: { level: 1.24, overflow: false } });
    await eventually('the level is told', async () => (await values()).level === 1.24);
    expect(await values()).toMatchObject({ level: 1.24, overflow: false });
    const state = async () =>
      (await kept('gatehouse/$states/garden/+')).get('gatehouse/$states/garden/tank-1');
    expect(await state()).toBe('online');
    await mosquitto.publish('gatehouse/tank-1/status', 'offline');
    await eventually('its loss is told', async () => (await state()) === 'offline');
  });

  test('loses what the site takes away', async () => {
    const more = '  - { id: tank-2, type: native-tank, name: 消防水箱, area: pump-room, link: field }\n';
    await apply(siteOn(mosquitto.url, undefined, more));
    await eventually('it is announced', async () => (await kept('homeassistant/#')).size === 2);
    await apply(siteOn(mosquitto.url));
    await eventually('it is withdrawn', async () => (await kept('homeassistant/#')).size === 1);
    expect([...(await kept('gatehouse/$values/#')).keys()]).toEqual(['gatehouse/$values/garden/tank-1']);
    await apply(siteOn(mosquitto.url, ''));
    await eventually('all is withdrawn', async () => (await kept('homeassistant/#')).size === 0);
    expect((await kept('gatehouse/$values/#')).size).toBe(0);
    await apply(siteOn(mosquitto.url));
    await eventually('it is announced again', async () => (await kept('homeassistant/#')).size === 1);
  });

  test('sees the gateway go, and what the broker has forgotten comes anew with the broker', async () => {
    await mosquitto.publish(config, '', ['-r']);
    expect((await kept('homeassistant/#')).size).toBe(0);
    await mosquitto.stop();
    await mosquitto.start();
    await eventually('it is announced again', async () => (await kept('homeassistant/#')).size === 1);
    await closeHouse();
    expect((await kept('gatehouse/$states/garden')).get('gatehouse/$states/garden')).toBe('offline');
    expect((await kept('homeassistant/#')).size).toBe(1);
  });
});
