import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import { peerPath, RunningPeer } from '../field-peers.ts';
import { type House, type LiveWatch, startHouse } from '../house.ts';
import { type Mosquitto, noMosquitto, startMosquitto } from '../mosquitto-peer.ts';

// The gateway as the primary host of an edge node that shares no code with it: peers/sparkplug-node.py.

const skipped = noMosquitto || Boolean(process.env.GATEHOUSE_SKIP_PAHO);
const devices = `
devices:
  - { id: pump-1, type: sparkplug-pump, name: 生活水泵, area: compound, link: plant, address: Plant/Edge1/PumpRoom }
`;
const start = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
`;

const node = (port: number, ...more: string[]) =>
  new RunningPeer('/usr/bin/python3', [peerPath('sparkplug-node.py'), String(port), ...more]);
const stateIs = (live: LiveWatch, wanted: string) =>
  live.change<DeviceState>('device-states', ({ id, state }) => id === 'pump-1' && state === wanted);

/** Asks for a command and waits for its end. */
async function command(house: House, live: LiveWatch, name: string): Promise<Command> {
  const { status, body } = await house.api<Command>('POST', '/devices/pump-1/commands', { command: name });
  expect(status).toBe(200);
  return live.change<Command>('commands', ({ id, endedAt }) => id === body.id && endedAt !== null);
}

describe.skipIf(skipped)('the host of a Sparkplug node behind Mosquitto', () => {
  let mosquitto: Mosquitto;
  let house: House;
  let live: LiveWatch;
  let edge: RunningPeer;
  let watch: RunningPeer;
  const stateTopic = 'spBv1.0/STATE/plant-room';
  const stateLines = () => watch.lines.filter((line) => line.startsWith(`${stateTopic} `));
  const statesSaid = () =>
    stateLines().map(
      (line) => JSON.parse(line.slice(stateTopic.length + 1)) as { online: boolean; timestamp: number },
    );

  beforeAll(async () => {
    mosquitto = await startMosquitto();
    watch = await mosquitto.watch('spBv1.0/#');
    edge = node(mosquitto.port, 'plant-room');
    const site = `${start}
links: [{ id: plant, kind: mqtt, url: "${mosquitto.url}", prefixes: [spBv1.0, gatehouse], homeAssistant: homeassistant, sparkplugHost: plant-room }]
${devices}`;
    house = await startHouse({ site });
    live = await house.live();
    await live.change<LinkState>('link-states', ({ state }) => state === 'up');
  });
  afterAll(async () => {
    await edge.stop();
    await house.close();
    await mosquitto.close();
  });

  test('says that it is there, and the node that waited for it says its births', async () => {
    await edge.line((line) => line === 'born', 'the node has said its births');
    await stateIs(live, 'online');
    const [first] = statesSaid();
    expect(first).toEqual({ online: true, timestamp: expect.any(Number) });
    // Both wills at once: that of the link is Home Assistant's.
    const ha = await mosquitto.watch('gatehouse/$states/garden');
    await ha.line((line) => line === 'gatehouse/$states/garden online', 'the other presence is kept, too');
  });

  test('starts the pump by the alias and the datatype of its birth, and the pump itself proves it', async () => {
    expect(await command(house, live, 'start')).toMatchObject({ state: 'confirmed', error: null });
    await edge.line((line) => line === 'wrote Pump/Running 11 1 qos 0', 'the node was told');
    expect(await command(house, live, 'stop')).toMatchObject({ state: 'confirmed', error: null });
    await edge.line((line) => line === 'wrote Pump/Running 11 0 qos 0', 'the node was told');
  });

  test('whoever says that it is gone is answered at once, with the time of its birth', async () => {
    const [{ timestamp } = { timestamp: 0 }] = statesSaid();
    const before = stateLines().length;
    await mosquitto.publish(stateTopic, { online: false, timestamp }, ['-r']);
    await watch.line(() => stateLines().length >= before + 2, 'it is answered');
    expect(statesSaid().at(-1)).toEqual({ online: true, timestamp });
  });

  test('is there again when the broker is back, and the pump takes commands again', async () => {
    const before = edge.lines.length;
    await mosquitto.stop();
    await stateIs(live, 'offline');
    await mosquitto.start();
    await edge.line(
      (line) => edge.lines.indexOf(line, before) >= before && line === 'born',
      'it is born anew',
    );
    const again = await house.live();
    await again.change<DeviceState>(
      'device-states',
      ({ id, state }) => id === 'pump-1' && state === 'online',
    );
    expect(await command(house, live, 'start')).toMatchObject({ state: 'confirmed' });
  });

  test('a command for a node that has not been born since fails with words, and nothing is sent', async () => {
    const other = devices.replaceAll('pump-1', 'pump-2').replace('Edge1', 'Edge2').replace('devices:', '');
    await house.applySite(
      `${start}
links: [{ id: plant, kind: mqtt, url: "${mosquitto.url}", prefixes: [spBv1.0, gatehouse], homeAssistant: homeassistant, sparkplugHost: plant-room }]
${devices}${other}`,
    );
    const { body } = await house.api<Command>('POST', '/devices/pump-2/commands', { command: 'start' });
    const ended = await live.change<Command>(
      'commands',
      ({ id, endedAt }) => id === body.id && endedAt !== null,
    );
    expect(ended).toMatchObject({ state: 'failed', failure: { code: 'not-sent' } });
    expect(ended.error).toContain('Plant/Edge2/PumpRoom has not said its birth since the link is up');
  });

  test('who goes in order says so, and the broker has no will to tell', async () => {
    const late = await mosquitto.watch(stateTopic);
    await late.line((line) => line.includes('"online":true'), 'it is there');
    await house.stop();
    await late.line((line) => line.includes('"online":false'), 'it is gone');
    const [birth, death] = late.lines
      .filter((line) => line.startsWith(stateTopic))
      .map((line) => JSON.parse(line.slice(stateTopic.length + 1)) as { timestamp: number });
    // The will has the time of the birth; what is said on going has the time of going.
    expect(death?.timestamp).toBeGreaterThan(birth?.timestamp ?? 0);
    await edge.line((line) => line === 'died', 'the node knows');
    await house.start();
  });
});

describe.skipIf(skipped)('the host of a Sparkplug node on the built-in broker', () => {
  let house: House;
  let live: LiveWatch;
  let edge: RunningPeer;
  beforeAll(async () => {
    house = await startHouse({
      site: `${start}\nlinks: [{ id: plant, kind: mqtt-bridge, prefixes: [spBv1.0] }]\n${devices}`,
    });
    live = await house.live();
    const { body } = await house.api<{ secret: string }>('POST', '/links/plant/secret');
    edge = node(house.mqttPort, 'garden', 'plant', body.secret);
  });
  afterAll(async () => {
    await edge.stop();
    await house.close();
  });

  test('is known there by the name of the site, and commands the pump', async () => {
    await edge.line((line) => line === 'born', 'the node has said its births');
    await stateIs(live, 'online');
    expect(await command(house, live, 'start')).toMatchObject({ state: 'confirmed' });
    await edge.line((line) => line === 'wrote Pump/Running 11 1 qos 0', 'the node was told');
  });
});
