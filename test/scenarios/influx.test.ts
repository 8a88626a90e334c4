import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { embeddedHistory, type History, openHistory } from '../../gateway/history/history.ts';
import {
  batchOf,
  freshFolder,
  removeFolders,
  type TestReading,
} from '../../gateway/history/store-fixture.ts';
import { systemClock } from '../../gateway/lib/clock.ts';
import { eventually, type House, startHouse } from '../house.ts';
import { startInfluxd, startVictoriaMetrics } from '../influx-peer.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  removeFolders();
});

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: tank-1, type: native-tank, name: 水箱, area: compound }]
`;

async function influxd() {
  const server = await startInfluxd();
  open.push(() => server.close());
  return server;
}

/** A gateway whose readings go to InfluxDB, and all that it logs. */
async function houseWith(url: string): Promise<{ house: House; logged: () => string }> {
  let text = '';
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    }),
  );
  const house = await startHouse({ site, log, history: { store: 'influx', url, spoolMegabytes: 64 } });
  open.push(() => house.close());
  return { house, logged: () => text };
}

/** Sends readings of the tank by QoS 1, and resolves when they are acknowledged. */
async function send(house: House, levels: readonly [at: number, level: number][]): Promise<void> {
  const client = await connectAsync({
    port: house.mqttPort,
    username: 'tank-1',
    password: await house.secretOf('tank-1'),
    clientId: 'tank-1',
  });
  await Promise.all(
    levels.map(([at, level]) =>
      client.publishAsync('gatehouse/tank-1/readings', JSON.stringify({ at, values: { level } }), { qos: 1 }),
    ),
  );
  await client.endAsync();
}

function levels(house: House, from: number, to: number, more = '') {
  return house.api<{ items: { at: number; value: number }[]; code?: string; detail?: string }>(
    'GET',
    `/history?point=tank-1.level&from=${from}&to=${to}${more}`,
  );
}

test.skipIf(process.env.GATEHOUSE_SKIP_INFLUXD)(
  'history.db and InfluxDB answer alike, whatever the values, whatever the steps',
  async () => {
    const server = await influxd();
    const stores: History[] = [];
    for (const place of [
      embeddedHistory,
      { store: 'influx', url: server.url, spoolMegabytes: 64 },
    ] as const) {
      const store = await openHistory({ dataDir: freshFolder(), clock: systemClock, place });
      open.push(() => store.close());
      stores.push(store);
    }
    const hour = 3_600_000;
    const start = 480_000 * hour + 12_345;
    const states = ['off', 'on', 'C:\\a "b",\n= 高', ''];
    const first: TestReading[] = Array.from({ length: 3_000 }, (_, i): TestReading[] => [
      [
        'tank-1',
        'level',
        start + i * 20_000,
        Math.round(Math.sin(i / 90) * 1e4) / 1e3,
        i % 70 ? 'good' : 'uncertain',
      ],
      ['pump-1', 'running', start + i * 20_000, (i >> 6) % 2 === 1],
      ['pump-1', 'mode', start + i * 20_000, states[(i >> 5) % 4] ?? null],
    ]).flat();
    // Late; told again with another value; without a value; bad with one.
    const second: TestReading[] = [
      ['tank-1', 'level', start + 777, 9.25],
      ['tank-1', 'level', start + 20_000, -1e21],
      ['tank-1', 'level', start + 40_000, null, 'bad'],
      ['tank-1', 'level', start + 60_000, 3, 'bad'],
      ['pump-1', 'running', start + 20_000, null, 'bad'],
      ['pump-1', 'mode', start + 20_000, 'fault', 'uncertain'],
      ['pump-1', 'mode', start + 30_000 * 20_000, 'much later'],
    ];
    const [embedded, influx] = stores as [History, History];
    for (const store of stores) for (const part of [first, second]) await store.append(batchOf(part)).durable;
    const digits = (rows: Awaited<ReturnType<History['query']>>) =>
      rows.map((row) => ({
        ...row,
        value: typeof row.value === 'number' ? Number(row.value.toPrecision(9)) : row.value,
      }));
    for (const [device, point] of [
      ['tank-1', 'level'],
      ['pump-1', 'running'],
      ['pump-1', 'mode'],
      ['tank-1', 'unheard'],
    ] as const)
      for (const [from, to] of [
        [start, start + 40_000],
        [start + 20_000, start + 19 * hour],
        [0, start + 40_000 * hour],
      ] as const)
        for (const resolution of [undefined, 20_000, 7 * 60_000, hour, 5.5 * hour]) {
          const expected = await embedded.query(device, point, from, to, resolution);
          const found = await influx.query(device, point, from, to, resolution);
          expect(digits(found), `${device}.${point} ${from} ${to} ${resolution}`).toEqual(digits(expected));
        }
    expect(await influx.query('tank-1', 'level', start, start + hour)).toHaveLength(182);
    expect(influx.trouble()).toBe(null);
    expect(influx.takeLoss()).toBe(null);
  },
);

test.skipIf(process.env.GATEHOUSE_SKIP_INFLUXD)(
  'an acknowledged reading is in the next answer, and in InfluxDB as the line protocol page says',
  async () => {
    const server = await influxd();
    const { house } = await houseWith(server.url);
    const at = Date.now() - 10_000;
    await send(house, [
      [at, 1.25],
      [at + 1_000, 1.5],
    ]);
    expect((await levels(house, at, at + 5_000)).body.items).toEqual([
      { at, value: 1.25, quality: 'good' },
      { at: at + 1_000, value: 1.5, quality: 'good' },
    ]);
    expect(
      await server.ask("SELECT value, quality, type, device FROM readings WHERE point = 'level'"),
    ).toEqual([
      { time: at, value: 1.25, quality: 0, type: 0, device: 'tank-1' },
      { time: at + 1_000, value: 1.5, quality: 0, type: 0, device: 'tank-1' },
    ]);
  },
);

test.skipIf(process.env.GATEHOUSE_SKIP_INFLUXD)(
  'the questions of the Grafana example are answered from what a gateway has written',
  async () => {
    const server = await influxd();
    const { house } = await houseWith(server.url);
    const at = Date.now() - 10_000;
    await send(house, [[at, 1.25]]);
    await levels(house, at, at);
    const text = readFileSync(new URL('../../docs/grafana/gatehouse.json', import.meta.url), 'utf8');
    const dashboard = JSON.parse(text) as {
      templating: { list: { name: string; query: string }[] };
      panels: { title: string; targets: { query: string }[] }[];
    };
    // As Grafana fills them in.
    const filled = (query: string) =>
      query
        .replaceAll('$device', 'tank-1')
        .replaceAll('$point', '(level|status)')
        .replaceAll('$timeFilter', 'time > now() - 1h')
        .replaceAll('$__interval', '10s');
    const answers: Record<string, unknown[]> = {};
    for (const { name, query } of dashboard.templating.list) answers[name] = await server.ask(filled(query));
    for (const { title, targets } of dashboard.panels)
      for (const { query } of targets) answers[title] = await server.ask(filled(query));
    expect(answers).toMatchObject({
      device: [{ value: 'tank-1' }],
      point: expect.arrayContaining([expect.objectContaining({ value: 'level' })]),
      'Values, mean of each step': [{ mean: 1.25 }],
      'Bad readings': [],
    });
    expect(Object.keys(answers)).toContain('States');
  },
);

test.skipIf(process.env.GATEHOUSE_SKIP_INFLUXD)(
  'a wrong password is an alarm with words, never shown; readings are acknowledged and arrive when it is right',
  async () => {
    const server = await influxd();
    await server.ask("SET PASSWORD FOR gatehouse = 'another one'");
    const { house, logged } = await houseWith(server.url);
    const at = Date.now() - 10_000;
    await send(house, [[at, 1.25]]);
    const alarm = await eventually('the alarm is there', async () =>
      (await house.openAlarms()).find(({ definition }) => definition === 'history-failing'),
    );
    expect(JSON.stringify(alarm)).toContain(
      `127.0.0.1:${server.port}/gatehouse: 401 Unauthorized: authorization failed`,
    );
    const refused = await levels(house, at, at + 1_000);
    expect(refused).toMatchObject({ status: 503, body: { code: 'history.unavailable' } });
    const health = await (await fetch(`${new URL(house.base).origin}/health`)).text();
    expect(health).toContain('"history"');

    await server.ask(`SET PASSWORD FOR gatehouse = '${server.password}'`);
    await eventually(
      'the reading has arrived',
      async () => (await levels(house, at, at + 1_000)).body.items?.length === 1,
    );
    await eventually('the alarm has gone', async () => {
      const { body } = await house.api<Alarm>('GET', `/alarms/${alarm.id}`);
      return body.state === 'returned' || body.state === 'closed';
    });
    const shown = JSON.stringify([logged(), alarm, refused.body, health]);
    for (const secret of [
      server.password,
      encodeURIComponent(server.password),
      JSON.stringify(server.password),
    ])
      expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(`gatehouse:${server.password}`).toString('base64'));
  },
);

test.skipIf(process.env.GATEHOUSE_SKIP_INFLUXD)(
  'readings that InfluxDB refuses for good hold up no others, and are told as lost',
  async () => {
    const server = await influxd();
    // Somebody else has made a text of the field.
    const written = await fetch(
      `http://127.0.0.1:${server.port}/write?db=gatehouse&precision=ms&u=root&p=root`,
      { method: 'POST', body: `readings,device=x,point=y value="text" ${Date.now() - 10_000}` },
    );
    expect(written.status).toBe(204);
    const { house } = await houseWith(server.url);
    const at = Date.now() - 10_000;
    await send(house, [[at, 1.25]]);
    // Looked for each few seconds; a write that InfluxDB was too slow for is made again before it is refused.
    const alarm = await eventually(
      'the loss is an alarm',
      async () => (await house.openAlarms()).find(({ definition }) => definition === 'history-lost'),
      40_000,
    );
    expect(JSON.stringify(alarm)).toMatch(
      /refused readings for good: 400 Bad Request: partial write: field type conflict.*dropped=\d/,
    );
    expect((await house.openAlarms()).map(({ definition }) => definition)).not.toContain('history-failing');
    await server.ask('DROP MEASUREMENT readings');
    await send(house, [[at + 1, 1.5]]);
    expect((await levels(house, at, at + 10)).body.items).toEqual([
      { at: at + 1, value: 1.5, quality: 'good' },
    ]);
  },
);

test.skipIf(process.env.GATEHOUSE_SKIP_VICTORIA_METRICS)(
  'VictoriaMetrics takes readings; a question is answered with what to do instead',
  async () => {
    const server = await startVictoriaMetrics();
    open.push(() => server.close());
    const { house } = await houseWith(server.url);
    const at = Date.now() - 10_000;
    await send(house, [
      [at, 1.25],
      [at + 1_000, 1.5],
    ]);
    const [series] = await eventually('the readings are there', async () => {
      const found = await server.export('readings_value{device="tank-1",point="level"}');
      return found[0]?.values.length === 2 && found;
    });
    expect(series).toMatchObject({ values: [1.25, 1.5], timestamps: [at, at + 1_000] });
    for (const more of ['', '&resolution=1000'])
      expect(await levels(house, at, at + 5_000, more)).toMatchObject({
        status: 503,
        body: {
          code: 'history.unavailable',
          detail: expect.stringMatching(
            /takes readings but does not answer InfluxQL, as VictoriaMetrics does not; look at trends in Grafana/,
          ),
        },
      });
    expect((await house.openAlarms()).map(({ definition }) => definition)).not.toContain('history-failing');
  },
);
