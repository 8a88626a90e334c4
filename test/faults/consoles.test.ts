import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Change, LiveMessage } from '../../gateway/contract/live.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';
import { serveHouse } from './served-gateway.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: panic-1, type: native-panic-button, name: 紧急按钮, area: compound }
`;

/** Sends by QoS 1; resolves when it is acknowledged. */
async function presser(port: number, secret: string): Promise<(id: string) => Promise<unknown>> {
  const client = await connectAsync({
    port,
    username: 'panic-1',
    password: secret,
    clientId: 'panic-1',
    keepalive: 0,
  });
  open.push(() => client.endAsync(true));
  return (id) =>
    client.publishAsync('gatehouse/panic-1/events', JSON.stringify({ id, type: 'panic' }), { qos: 1 });
}

async function isUpToDate(live: LiveWatch): Promise<void> {
  await live.message((message) => message.type === 'snapshot' && message.last);
}

type Numbered = Extract<LiveMessage, { type: 'change' }>;
const numbered = (live: LiveWatch) =>
  live.messages.filter((message): message is Numbered => message.type === 'change');

test('a console that does not read is closed at 1 MiB, holds nobody up, and comes back without a hole', {
  timeout: 60_000,
}, async () => {
  const house: House = await startHouse({ site });
  open.push(() => house.close());
  const press = await presser(house.mqttPort, await house.secretOf('panic-1'));
  const quick = await house.live();
  const frozen = await house.live();
  await isUpToDate(quick);
  await isUpToDate(frozen);
  frozen.pause();
  const place = frozen.place();

  // The outline of a long fence makes a large change: the kernel's own buffers take some megabytes before ours wait.
  const shape = Array.from({ length: 60_000 }, (_, i) => [i, i]);
  const consoles = async () => {
    const response = await fetch(`http://127.0.0.1:${new URL(house.base).port}/metrics`, {
      headers: { authorization: `Bearer ${house.token}` },
    });
    return Number(/^gatehouse_consoles (\d+)/m.exec(await response.text())?.[1]);
  };
  expect(await consoles()).toBe(2);
  const delays: number[] = [];
  for (let round = 0; (await consoles()) === 2; round++) {
    if (round > 60) throw new Error('60 large changes were queued for a console that reads nothing');
    const fence = {
      id: 'fence',
      type: 'native-perimeter-zone',
      area: 'compound',
      name: `围墙 ${round}`,
      shape,
    };
    const [method, path] = round === 0 ? ['POST', '/devices'] : ['PUT', '/devices/fence'];
    expect((await house.api(method, path, fence)).status).toBeLessThan(300);
    const pressedAt = performance.now();
    await press(`p-${round}`);
    await quick.change<Alarm>('alarms', ({ device, count }) => device === 'panic-1' && count === round + 1);
    delays.push(performance.now() - pressedAt);
  }
  expect(Math.max(...delays)).toBeLessThan(2_000);

  frozen.resume();
  expect(await frozen.closed).toBe(4008);
  const back = await house.live({ since: frozen.place() });
  await eventually('it has caught up', () => back.place() === quick.place());
  expect(back.messages.some(({ type }) => type === 'snapshot')).toBe(false);
  const seqs = [...numbered(frozen), ...numbered(back)].map(({ seq }) => seq);
  const wanted = numbered(quick).map(({ seq }) => seq);
  expect(seqs).toEqual(wanted.filter((seq) => seq > Number(place.split(':')[1])));
});

test('a console that is cut off again and again under load resumes each time, and has seen every change once', async () => {
  const house = await startHouse({ site });
  open.push(() => house.close());
  const press = await presser(house.mqttPort, await house.secretOf('panic-1'));
  const steady = await house.live();
  await isUpToDate(steady);
  let shaky = await house.live();
  await isUpToDate(shaky);
  const start = Number(shaky.place().split(':')[1]);
  const seen: Numbered[] = [];
  const presses = 400;
  const pressing = (async () => {
    for (let n = 0; n < presses; n++) await press(`p-${n}`);
  })();
  for (let cut = 0; cut < 10; cut++) {
    const before = steady.messages.length;
    await eventually('something has happened', () => steady.messages.length > before + 10);
    shaky.cut();
    const place = shaky.place();
    seen.push(...numbered(shaky));
    shaky = await house.live({ since: place });
  }
  await pressing;
  await steady.change<Alarm>('alarms', ({ count }) => count === presses);
  await house.gateway.turns.idle();
  await eventually('it has caught up', () => shaky.place() === steady.place());
  seen.push(...numbered(shaky));
  const wanted = numbered(steady).filter(({ seq }) => seq > start);
  expect(seen.map(({ seq }) => seq)).toEqual(wanted.map(({ seq }) => seq));
  const changesOf = (messages: Numbered[]): Change[] => messages.flatMap(({ changes }) => changes);
  expect(changesOf(seen)).toEqual(changesOf(wanted));
  // Each says which one came before it on its own socket.
  for (const [i, { prev }] of seen.entries()) expect(prev).toBe(i === 0 ? start : seen[i - 1]?.seq);
});

test('a gateway that stands still is silent: its consoles miss the beat within 5 s, and nothing when it goes on', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-still-'));
  open.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const house = await serveHouse({ dataDir, site, devices: ['panic-1'] });
  open.push(() => house.close());
  const press = await presser(house.mqttPort, house.secrets['panic-1'] ?? '');
  const live = await house.live();
  await isUpToDate(live);
  const beats = () => live.messages.filter(({ type }) => type === 'beat').length;
  await eventually('it beats', () => beats() >= 2);
  house.gateway.child.kill('SIGSTOP');
  // What was on its way arrives; then, for as long as a console may wait, nothing does.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const last = live.messages.length;
  const pressed = press('p-1');
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect(live.messages.length).toBe(last);
  house.gateway.child.kill('SIGCONT');
  await pressed;
  await live.change<Alarm>('alarms', ({ device }) => device === 'panic-1');
  const before = beats();
  await eventually('it beats again', () => beats() > before);
});
