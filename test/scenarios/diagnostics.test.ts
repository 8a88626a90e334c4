import { gunzipSync } from 'node:zlib';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../gateway/lib/log.ts';
import { eventually, type House, startHouse, testPassword } from '../house.ts';

// Somebody who asks for help sends one file. It must say all that is asked then, and give nothing away.

const env = {
  TEST_DIAGNOSTICS_BROKER: 'needle-broker-71',
  TEST_DIAGNOSTICS_PANEL: 'needle-panel-key-0123456789abcdef'.slice(0, 32),
  /** Of another program, named so that anybody sees what it is. */
  TEST_DIAGNOSTICS_API_TOKEN: 'needle-other-token-72',
};
const passphrase = 'needle-passphrase-73';
const influxPassword = 'needle-influx-74';

const site = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: emqx, kind: mqtt, url: "mqtt://127.0.0.1:1", username: gatehouse, password: "env:TEST_DIAGNOSTICS_BROKER", prefixes: [home] }
  - { id: z2m, kind: mqtt-bridge, prefixes: [zigbee2mqtt] }
households:
  - { id: home-302, room: 1-302, area: compound, contacts: [{ name: needle-contact-75, phone: needle-phone-76 }], notes: needle-note-77, medical: needle-medical-78 }
people:
  - { id: guard-1, name: needle-guard-79, role: guard, phone: needle-phone-80, cards: ["87654321"] }
devices:
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound }
  - { id: panel-1, type: dc09-panel, name: 主机, area: compound, address: "1234", settings: { users: { 1: guard-1 }, key: "env:TEST_DIAGNOSTICS_PANEL" } }
`;

describe('the diagnostics bundle', () => {
  let house: House;
  const needles: string[] = ['needle', '87654321', testPassword, passphrase, influxPassword];

  beforeAll(async () => {
    Object.assign(process.env, env);
    house = await startHouse({
      site,
      alarmReceiver: { host: '127.0.0.1', port: 0 },
      backup: { at: '30 3 * * *', keep: 3, passphrase },
      history: {
        store: 'influx',
        url: `http://bms:${influxPassword}@127.0.0.1:1/gatehouse`,
        spoolMegabytes: 8,
      },
      log: {
        ...silentLog,
        newest: () => [
          JSON.stringify({
            msg: `cannot reach http://bms:${influxPassword}@127.0.0.1:1`,
            said: env.TEST_DIAGNOSTICS_BROKER,
          }),
        ],
      },
    });
    const deviceSecret = await house.secretOf('tank-1');
    const bridge = (await house.api<{ secret: string }>('POST', '/links/z2m/secret')).body.secret;
    const token = (await house.api<{ secret: string }>('POST', '/tokens', { name: 'bms', role: 'operator' }))
      .body.secret;
    needles.push(deviceSecret, bridge, house.token, token);
    expect(needles.every((needle) => needle.length > 5)).toBe(true);
    const url = `mqtt://127.0.0.1:${house.mqttPort}`;
    const tank = await connectAsync(url, { username: 'tank-1', password: deviceSecret, clientId: 'tank-1' });
    // What a device sends may hold what it should not know.
    await tank.publishAsync(
      'gatehouse/tank-1/readings',
      `{"values":{"level":"${env.TEST_DIAGNOSTICS_BROKER}"}}`,
      {
        qos: 1,
      },
    );
    await tank.endAsync();
    const stranger = connectAsync(url, {
      ...{ username: 'nobody-9', password: 'needle-wrong-81', clientId: 'nobody-9', reconnectPeriod: 0 },
    });
    await stranger.catch(() => {});
  });
  afterAll(async () => {
    await house.close();
    for (const name of Object.keys(env)) delete process.env[name];
  });

  async function unzipped(): Promise<string> {
    const response = await fetch(`${house.base}/diagnostics`, {
      headers: { authorization: `Bearer ${house.token}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toMatch(
      /gatehouse-diagnostics-\d{8}T\d{6}\.json\.gz/,
    );
    return gunzipSync(Buffer.from(await response.arrayBuffer())).toString();
  }

  test('says how the gateway is and what it hears', async () => {
    await eventually('the broker is told as lost', async () =>
      (await unzipped()).includes('"code":"refused"'),
    );
    const bundle = JSON.parse(await unzipped());
    expect(bundle).toMatchObject({
      format: 'gatehouse-diagnostics',
      machine: { node: process.version },
      settings: { mqtt: { host: '127.0.0.1' }, backup: { keep: 3, encrypted: true } },
      health: { status: 'degraded' },
      turns: { condemned: 0 },
      site: { settings: { id: 'garden' }, people: [{ id: 'guard-1', role: 'guard' }] },
      strangers: [{ kind: 'sign-in', what: 'nobody-9' }],
    });
    expect(bundle.links.map(({ id }: { id: string }) => id).sort()).toEqual(['emqx', 'z2m']);
    expect(bundle.devices.map(({ id }: { id: string }) => id).sort()).toEqual(['panel-1', 'tank-1']);
    expect(bundle.deadLetters).toMatchObject([{ source: 'mqtt gatehouse/tank-1/readings' }]);
    expect(bundle.metrics).toContain('gatehouse_turns_total');
    expect(bundle.log).toHaveLength(1);
  });

  test('holds no secret and nobody’s private data, in whatever spelling', async () => {
    const text = await unzipped();
    const inHex = (secret: string) => Buffer.from(secret).toString('hex');
    const inBase64 = (secret: string) => Buffer.from(secret).toString('base64').replace(/=+$/, '');
    for (const secret of needles)
      for (const spelt of [secret, inHex(secret), inBase64(secret)])
        expect(text.toLowerCase().includes(spelt.toLowerCase()), `${secret} as ${spelt}`).toBe(false);
  });

  test('is for integrators, not for whoever watches the alarms', async () => {
    const made = await house.control<{ secret: string }>('token.create', { role: 'operator', name: 'watch' });
    const response = await fetch(`${house.base}/diagnostics`, {
      headers: { authorization: `Bearer ${made.secret}` },
    });
    expect(response.status).toBe(403);
  });
});
