import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import { day, hour, min, type SimulatedHouse, startSimulation } from './simulated-house.ts';

// Meters over MQTT for some days: consumption, losses, leaks, what people enter, and restarts at any step.

const quiet = 'settings: { silenceS: 31536000 }';
const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: water, type: native-water-meter, name: 总水表, area: compound, settings: { silenceS: 31536000, nightFlow: 50 } }
  - { id: homes, type: native-water-meter, name: 住宅水表, area: compound, settings: { silenceS: 31536000, nightFlow: 50 }, meter: { main: water, account: residential } }
  - { id: garden, type: native-water-meter, name: 绿化水表, area: compound, ${quiet}, meter: { main: water, account: public } }
  - { id: power, type: native-electricity-meter, name: 总电表, area: compound, ${quiet}, meter: { account: public, digits: 5 } }
  - { id: shop, type: native-electricity-meter, name: "=商铺", area: compound, ${quiet}, meter: { main: power, account: commercial } }
  - { id: roof, type: native-electricity-meter, name: 光伏, area: compound, ${quiet}, meter: { main: power, account: solar, generates: true } }
`;
const meters = ['water', 'homes', 'garden', 'power', 'shop', 'roof'] as const;
type MeterId = (typeof meters)[number];
/** Midnight of 2 March in Shanghai. */
const start = Date.UTC(2026, 2, 1, 16);

let house: SimulatedHouse;
let isOpen = false;
const clients: MqttClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  if (isOpen) await close();
});
async function close(): Promise<void> {
  isOpen = false;
  await house.close();
}

const open = async () => {
  isOpen = true;
  house = await startSimulation({ start: start - min, site, pace: 7_200, stepCheckMs: 10 * min });
};

async function secretFrom(control: string, args: object): Promise<string> {
  const made = (await house.gateway.control[control]?.(args)) as { secret: string } | undefined;
  return made?.secret ?? '';
}

/** What a meter shows: each counts on by what is told, whether anybody reads it or not. */
function meterBank() {
  const shown = new Map<string, number>();
  return {
    count(meter: MeterId, point: string, by: number): number {
      const register = Math.round(((shown.get(`${meter}.${point}`) ?? 0) + by) * 1_000) / 1_000;
      shown.set(`${meter}.${point}`, register);
      return register;
    },
    set: (meter: MeterId, point: string, register: number) => void shown.set(`${meter}.${point}`, register),
  };
}

interface Consumption {
  items: {
    from: number;
    to: number;
    consumption: number | null;
    knowledge: string;
    events: string[];
    register: number | null;
  }[];
  gaps: { from: number; to: number; consumption: number }[];
}
const consumption = (meter: MeterId, by: string, from: number, to: number, more = '') =>
  house.ask<Consumption>(
    'GET',
    `/meters/${meter}/consumption?by=${by}&from=${from}&to=${to}${more}`,
    undefined,
    'operator',
  );
const amounts = ({ items }: Consumption) => items.map((item) => item.consumption);

test('meters speak over MQTT, and their consumption, losses and leaks are told day by day', async () => {
  await open();
  const port = house.gateway.mqtt ?? 0;
  const speak = new Map<MeterId, (values: object) => Promise<unknown>>();
  for (const id of meters) {
    const secret = await secretFrom('device.secret', { device: id });
    const client = await connectAsync({ port, username: id, password: secret, clientId: id });
    clients.push(client);
    speak.set(id, (values) =>
      client.publishAsync(`gatehouse/${id}/readings`, JSON.stringify({ values }), { qos: 1 }),
    );
  }
  const bank = meterBank();
  bank.set('power', 'energyImport', 99_900);
  /** Half an hour of a day: what flows, and then what every meter says. */
  const halfHour = async (flows: { homes: number; garden: number; leak: number }) => {
    const { homes, garden, leak } = flows;
    const tell = (id: MeterId, values: object) => speak.get(id)?.(values);
    await tell('water', { volume: bank.count('water', 'volume', homes + garden + leak) });
    await tell('homes', { volume: bank.count('homes', 'volume', homes) });
    await tell('garden', { volume: bank.count('garden', 'volume', garden) });
    await tell('power', {
      energyImport: bank.count('power', 'energyImport', 4) % 100_000,
      energyExport: bank.count('power', 'energyExport', 1),
      power: 8,
    });
    await tell('shop', { energyImport: bank.count('shop', 'energyImport', 5) });
    await tell('roof', { energyImport: bank.count('roof', 'energyImport', 2) });
    await house.pass(30 * min);
  };
  const wholeDay = async (leak: number, gardenAtNight: number) => {
    for (let half = 0; half < 48; half++)
      await halfHour({ homes: 4, garden: half < 12 ? gardenAtNight : 0.5, leak });
  };

  // One quiet day, one with a broken main and a tap left open, one quiet again.
  await house.goTo(start);
  await wholeDay(0, 0);
  await house.goTo(start + day + 6 * min);
  expect(house.alarms()).toEqual([]);
  await house.goTo(start + day + 30 * min);
  await wholeDay(2, 1);
  const second = house.alarms().map(({ device, definition, state, title, value, limit, unit }) => ({
    ...{ device, definition, state, value, limit, unit, title: title.zh },
  }));
  expect(second).toEqual([
    // The newest figure: three whole hours with the leak.
    expect.objectContaining({ device: 'water', definition: 'loss', value: 30.77, limit: 10, unit: '%' }),
    expect.objectContaining({
      device: 'garden',
      definition: 'nightFlow',
      value: 2,
      limit: 0.5,
      unit: 'm³/h',
    }),
    expect.objectContaining({
      device: 'water',
      definition: 'loss',
      title: expect.stringContaining('昨日差额 96 m³'),
    }),
  ]);
  expect(second.every(({ state }) => state === 'unacknowledged')).toBe(true);
  await wholeDay(0, 0);
  await house.pass(10 * min);
  expect(house.alarms().map(({ state }) => state)).toEqual(['returned', 'returned', 'returned']);

  const days = await consumption('water', 'day', start, start + 3 * day);
  const total = (await consumption('water', 'hour', start, start + 3 * day)).items.reduce(
    (sum, item) => sum + (item.consumption ?? 0),
    0,
  );
  expect(amounts(days).reduce((sum: number, each) => sum + (each ?? 0), 0)).toBeCloseTo(total, 6);
  // Five digits: it has rolled over within the first day.
  const power = await consumption('power', 'day', start, start + day);
  expect(power.items[0]).toMatchObject({ events: ['rolled-over'] });
  expect(power.items[0]?.consumption).toBeGreaterThan(180);

  const { items, accounts } = await house.ask<{
    items: { id: string; account: string; registers: { point: string; today: { consumption: number } }[] }[];
    accounts: {
      month: { account: string; kind: string; used: { consumption: number }; fed: { consumption: number } }[];
    };
  }>('GET', '/meters');
  expect(items.map(({ id, account }) => [id, account])).toContainEqual(['shop', 'commercial']);
  const used = (account: string, kind: string) =>
    accounts.month.find((each) => each.account === account && each.kind === kind);
  expect(used('solar', 'electricity-meter')).toMatchObject({ fed: { consumption: 2 * 143 } });
  const balance = await house.ask<{
    items: { main: string; loss: number; supplied: number; delivered: number }[];
  }>('GET', `/meters/balance?from=${start + day}&to=${start + 2 * day}`);
  expect(balance.items.map(({ main }) => main).sort()).toEqual(['power', 'water']);
  // In: 4 imported and 2 generated; out: 1 exported and 5 of the shop.
  expect(balance.items.find(({ main }) => main === 'power')).toMatchObject({
    loss: 0,
    supplied: 288,
    delivered: 288,
  });
  expect(balance.items.find(({ main }) => main === 'water')?.loss).toBeCloseTo(96, 0);
}, 120_000);

describe('over the API', () => {
  const tell = (meter: MeterId, at: number, register: number) =>
    house.send(meter, 'readings', { at, values: { volume: register } });
  async function twoDays() {
    await open();
    await house.goTo(start + 2 * day);
    // Kept by the meter's converter, and sent when its line is back.
    for (let hours = 0; hours <= 40; hours++) await tell('garden', start + hours * hour, 100 + hours);
    await house.goTo(start + 2 * day + hour);
  }

  test('readings that were kept in the field for two days make the hours of those days', async () => {
    await twoDays();
    expect(amounts(await consumption('garden', 'hour', start, start + 3 * hour))).toEqual([1, 1, 1]);
    const { items } = await consumption('garden', 'day', start, start + 2 * day);
    expect(items).toMatchObject([
      { consumption: 24, knowledge: 'measured', register: 124 },
      { consumption: 16, knowledge: 'partial', register: null },
    ]);
  });

  test('a reading by hand ends a gap; the same id again is the same answer, other words are a conflict', async () => {
    await twoDays();
    const id = uuidv7(house.now);
    const body = { id, at: start + 2 * day, register: 149, note: '现场抄表' };
    const path = '/meters/garden/readings';
    expect((await house.call('POST', path, body, 'operator')).status).toBe(403);
    const first = await house.call('POST', path, body, 'engineer');
    expect(first).toMatchObject({
      status: 201,
      body: { consumption: 9, who: 'token:engineer', register: 149 },
    });
    await house.restart();
    expect(await house.call('POST', path, body, 'engineer')).toEqual(first);
    expect(await house.call('POST', path, { ...body, register: 150 }, 'engineer')).toMatchObject({
      status: 409,
      body: { code: 'id.conflict' },
    });
    const { items, gaps } = await consumption('garden', 'hour', start + 40 * hour, start + 2 * day);
    expect(items.map((item) => item.consumption)).toEqual(Array(8).fill(null));
    expect(gaps).toEqual([{ from: start + 40 * hour, to: start + 2 * day, consumption: 9 }]);
    const rows = await house.ask<{
      items: { source: string; note: string | null; consumption: number }[];
      next: string;
    }>('GET', `${path}?limit=2`);
    expect(rows.items).toMatchObject([
      { source: 'manual', note: '现场抄表', consumption: 9, register: 149 },
      { source: 'hour', note: null, consumption: 1, hour: start + 40 * hour },
    ]);
    const page = await house.ask<{ items: { hour: number }[] }>('GET', `${path}?limit=2&cursor=${rows.next}`);
    expect(page.items[0]?.hour).toBe(start + 39 * hour);
    const audit = await house.ask<{ items: { action: string }[] }>('GET', '/audit?subject=meter:garden');
    expect(audit.items.map(({ action }) => action)).toEqual(['meter.reading']);
  });

  test('what does not fit is refused in words', async () => {
    await twoDays();
    expect(await house.call('POST', '/meters/garden/readings', { register: 120 })).toMatchObject({
      status: 422,
      body: { code: 'meter.implausible', detail: expect.stringContaining('is below 140 m³') },
    });
    expect(await house.call('POST', '/meters/garden/readings', { register: 1_450 })).toMatchObject({
      status: 422,
      body: { code: 'meter.unusual', detail: expect.stringContaining('"confirmed": true') },
    });
    expect((await house.call('POST', '/meters/nobody/readings', { register: 1 })).status).toBe(404);
    expect((await house.call('POST', '/meters/garden/readings', { register: -1 })).status).toBe(400);
  });

  test('a replaced meter goes on counting, and an entry that was wrong is withdrawn', async () => {
    await twoDays();
    const at = start + 41 * hour;
    const { body: entry } = await house.call<{ id: string; consumption: number }>(
      'POST',
      '/meters/garden/replacements',
      {
        ...{ at, final: 141, initial: 0.5, note: '到期更换' },
      },
    );
    expect(entry).toMatchObject({ kind: 'replacement', consumption: 1 });
    await tell('garden', at + hour, 2);
    const [, second] = (await consumption('garden', 'day', start, start + 2 * day)).items;
    expect(second).toMatchObject({ consumption: 18.5, events: ['replaced'] });
    const path = `/meters/garden/entries/${entry.id}/withdraw`;
    expect(await house.call('POST', path, { reason: '登记错表' })).toMatchObject({
      status: 200,
      body: { withdrawn: { reason: '登记错表' } },
    });
    const [, without] = (await consumption('garden', 'day', start, start + 2 * day)).items;
    expect(without).toMatchObject({ consumption: 16, events: ['backwards'] });
  });

  test('the export opens in a spreadsheet: byte order mark, local times, no formula', async () => {
    await twoDays();
    await house.send('shop', 'readings', { at: start, values: { energyImport: 5 } });
    const secret = await secretFrom('token.create', { role: 'operator', name: 'csv' });
    const response = await fetch(
      `http://127.0.0.1:${house.gateway.http}/api/v1/meters/export?by=day&from=${start}&to=${start + 2 * day}&language=zh`,
      { headers: { authorization: `Bearer ${secret}` } },
    );
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="meters-day-2026-03-02-2026-03-03.csv"',
    );
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [head, ...lines] = bytes.toString('utf8').slice(1).trimEnd().split('\r\n');
    expect(head).toBe('表计,名称,账户,上级表,读数,单位,起,止,用量,期末读数,依据,说明');
    expect(lines).toEqual([
      'garden,绿化水表,public,water,累计水量,m³,2026-03-02,2026-03-02,24,124,实测,',
      'garden,绿化水表,public,water,累计水量,m³,2026-03-03,2026-03-03,16,,不完整,',
      "shop,'=商铺,commercial,power,正向有功电量,kWh,2026-03-02,2026-03-02,,,未知,",
      "shop,'=商铺,commercial,power,正向有功电量,kWh,2026-03-03,2026-03-03,,,未知,",
    ]);
  });

  test.each([
    ['/meters/garden/consumption?by=hour&from=0&to=9000000000000', 'at most 62 days'],
    ['/meters/garden/consumption?by=day&from=5&to=5', '"to" must be later'],
    ['/meters/export?by=month&from=0&to=9000000000000', 'at most 3660 days'],
    ['/meters/balance?from=0&to=1900000000000', 'at most 3660 days'],
    ['/meters/garden/consumption?by=day&from=0&to=1000&point=energyImport', 'it has volume'],
  ])('%s is refused with the bound in words', async (path, words) => {
    await open();
    const { status, body } = await house.call<{ detail: string }>('GET', path);
    expect(status).toBe(400);
    expect(body.detail).toContain(words);
  });
});

test('restarts at any step leave the same registers and alarms', async () => {
  const story = async (restarts: boolean) => {
    await open();
    await house.goTo(start + 5 * min);
    const bank = meterBank();
    for (let half = 0; half < 36; half++) {
      const leak = half >= 12 && half < 24 ? 3 : 0;
      const steps = [
        () =>
          house.send('water', 'readings', { values: { volume: bank.count('water', 'volume', 4 + leak) } }),
        () => house.send('homes', 'readings', { values: { volume: bank.count('homes', 'volume', 3) } }),
        () => house.send('garden', 'readings', { values: { volume: bank.count('garden', 'volume', 1) } }),
        () => house.pass(30 * min),
      ];
      for (const [i, step] of steps.entries()) {
        await step();
        if (restarts && half % 19 === i * 5) await house.restart();
      }
    }
    const marks = house.rows(
      'SELECT meter, point, at - ?, rank, slot - ?, register, total, flag FROM meter_mark',
      start,
      start,
    );
    const alarms = house.alarms().map(({ device, definition, instance, state, count }) => ({
      device,
      definition,
      instance,
      state,
      count,
    }));
    await close();
    return { marks, alarms };
  };
  const straight = await story(false);
  const restarted = await story(true);
  expect(restarted).toEqual(straight);
  expect(straight.marks).toHaveLength(3 * 19);
  expect(straight.alarms).toContainEqual(
    expect.objectContaining({ device: 'water', definition: 'loss', instance: 'hours' }),
  );
}, 180_000);

test('a meter that leaves the site takes its finding along; the registers of the others stay', async () => {
  await open();
  await house.goTo(start);
  const bank = meterBank();
  for (let half = 0; half <= 12; half++) {
    await house.send('water', 'readings', { values: { volume: bank.count('water', 'volume', 8) } });
    await house.send('homes', 'readings', { values: { volume: bank.count('homes', 'volume', 3) } });
    await house.send('garden', 'readings', { values: { volume: bank.count('garden', 'volume', 1) } });
    await house.pass(30 * min);
  }
  expect(house.alarms('loss')).toMatchObject([{ device: 'water', state: 'unacknowledged' }]);
  for (const id of ['homes', 'garden']) await house.ask('DELETE', `/devices/${id}`);
  expect(house.alarms('loss')).toMatchObject([{ device: 'water', state: 'returned' }]);
  const { items } = await house.ask<{ items: { id: string }[] }>('GET', '/meters');
  expect(items.map(({ id }) => id)).toEqual(['water', 'power', 'shop', 'roof']);
  expect((await house.call('DELETE', '/devices/power')).body).toMatchObject({ code: 'state.conflict' });
});
