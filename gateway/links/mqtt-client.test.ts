import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Mosquitto, noMosquitto, startMosquitto } from '../../test/mosquitto-peer.ts';
import { until } from '../../test/mqtt-peers.ts';
import { makeSelfSigned } from '../../test/scenarios/self-signed.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import {
  type OutsideBroker,
  type OutsideBrokerOptions,
  type OutsideMessage,
  openOutsideBroker,
} from './mqtt-client.ts';

// Against Debian's Mosquitto. A message is held until the test settles it, as the turn does.

interface Taken {
  message: OutsideMessage;
  text: string;
  settle(error?: Error): void;
}

let mosquitto: Mosquitto;
const opened: OutsideBroker[] = [];
afterEach(async () => {
  for (const broker of opened.splice(0)) await broker.close();
  await mosquitto.close();
});

function open(more: Partial<OutsideBrokerOptions> = {}) {
  const taken: Taken[] = [];
  const states: string[] = [];
  const seen = { taken, states, sessionsLost: 0, texts: () => taken.map(({ text }) => text) };
  const broker = openOutsideBroker({
    link: 'mosquitto',
    url: mosquitto.url,
    version: '5',
    clientId: 'gatehouse-test',
    filters: ['home/#'],
    clock: systemClock,
    log: silentLog,
    accept: (message, settle) => taken.push({ message, text: message.payload.toString(), settle }),
    state: (up, down) => states.push(up ? 'up' : `down: ${down?.error}`),
    sessionLost: () => seen.sessionsLost++,
    ...more,
  });
  opened.push(broker);
  return { broker, ...seen, seen };
}

const up = (states: string[]) => until(() => states.at(-1) === 'up', 'the broker is reached');
const came = (taken: Taken[], count: number) => until(() => taken.length >= count, `${count} messages came`);
/** Long enough for the broker to send what it may. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 150));
/** The message ids that the broker has seen acknowledged by us. */
const acknowledged = () =>
  [...mosquitto.said().matchAll(/Received PUBACK from gatehouse-test \(Mid: (\d+)/g)].map(([, id]) =>
    Number(id),
  );
const send = async (...texts: string[]) => {
  for (const text of texts) await mosquitto.publish('home/door', text);
};

describe.skipIf(noMosquitto)('an outside broker', () => {
  describe.each(['3.1.1', '5'] as const)('by MQTT %s', (version) => {
    beforeEach(async () => {
      mosquitto = await startMosquitto(['log_type all']);
    });

    test('is acknowledged only what is settled, and in the order in which it came', async () => {
      const { taken, states, texts } = open({ version });
      await up(states);
      await send('1', '2', '3');
      await came(taken, 3);
      taken[1]?.settle();
      taken[2]?.settle();
      await quiet();
      expect(acknowledged()).toEqual([]);
      taken[0]?.settle();
      await until(() => acknowledged().length === 3, 'all are acknowledged');
      expect(acknowledged()).toEqual([1, 2, 3]);
      expect(texts()).toEqual(['1', '2', '3']);
    });

    test('repeats on the next connection what was not acknowledged on this one', async () => {
      const { taken, states, texts } = open({ version });
      await up(states);
      await send('1', '2', '3');
      await came(taken, 3);
      taken[0]?.settle();
      await until(() => acknowledged().length === 1, 'the first is acknowledged');
      taken[1]?.settle(new Error('the database is gone'));
      await until(() => states.length === 3, 'it was left and reached again');
      await came(taken, 5);
      expect(states).toEqual(['up', expect.stringContaining('down: '), 'up']);
      expect(texts()).toEqual(['1', '2', '3', '2', '3']);
      // What is settled too late speaks of a connection that is no more.
      taken[2]?.settle();
      await quiet();
      expect(acknowledged()).toHaveLength(1);
      taken[3]?.settle();
      taken[4]?.settle();
      await until(() => acknowledged().length === 3, 'both are acknowledged now');
      await quiet();
      expect(texts()).toHaveLength(5);
    });

    test('keeps for our client id what comes while we are away', async () => {
      const first = open({ version });
      await up(first.states);
      await first.broker.close();
      await send('1', '2');
      const second = open({ version });
      await came(second.taken, 2);
      expect(second.texts()).toEqual(['1', '2']);
      expect(first.states).toEqual(['up']);
    });

    test('keeps nothing for a link that was taken away, nor for a prefix that was', async () => {
      const first = open({ version, filters: ['home/#', 'away/#'] });
      await up(first.states);
      await first.broker.close();
      const second = open({ version, dropped: ['away/#'] });
      await up(second.states);
      await mosquitto.publish('away/door', 'nobody listens');
      await send('1');
      await came(second.taken, 1);
      expect(second.texts()).toEqual(['1']);
      second.taken[0]?.settle();
      await second.broker.leave();
      await send('2');
      const third = open({ version });
      await up(third.states);
      await send('3');
      await came(third.taken, 1);
      expect(third.texts()).toEqual(['3']);
    });

    test('tells retained messages from fresh ones', async () => {
      await mosquitto.publish('home/lamp', 'kept', ['-r']);
      const { taken, states } = open({ version });
      await up(states);
      await came(taken, 1);
      await mosquitto.publish('home/lamp', 'fresh', ['-r']);
      await came(taken, 2);
      expect(
        taken.map(({ message: { retained, qos, topic }, text }) => ({ text, retained, qos, topic })),
      ).toEqual([
        { text: 'kept', retained: true, qos: 1, topic: 'home/lamp' },
        { text: 'fresh', retained: false, qos: 1, topic: 'home/lamp' },
      ]);
    });

    test('is not read while we pause, and goes on where it stopped', async () => {
      const { broker, taken, states, texts } = open({ version });
      await up(states);
      broker.pauseReading(true);
      await send('1', '2', '3');
      await quiet();
      // One was on its way already.
      expect(taken.length).toBeLessThanOrEqual(1);
      broker.pauseReading(false);
      await came(taken, 3);
      expect(texts()).toEqual(['1', '2', '3']);
      // And left while we pause, it is left at once.
      broker.pauseReading(true);
      const from = performance.now();
      await broker.close();
      expect(performance.now() - from).toBeLessThan(900);
    });

    test('takes what we publish, and says so; while it is away nothing is sent', async () => {
      const watch = await mosquitto.watch('home/lamp/set');
      const { broker, states } = open({ version });
      const later = Date.now() + 10_000;
      await expect(broker.publish('home/lamp/set', 'ON', later)).rejects.toThrow(
        'the link mosquitto is down: it was not reached yet',
      );
      await up(states);
      await broker.publish('home/lamp/set', 'OFF', later);
      await watch.line((line) => line === 'home/lamp/set OFF', 'it came');
      await mosquitto.stop();
      await until(() => states.length > 1, 'it is lost');
      await expect(broker.publish('home/lamp/set', 'ON', later)).rejects.toThrow(
        'the link mosquitto is down: ',
      );
      await mosquitto.start();
      await up(states);
      await broker.publish('home/lamp/set', 'ON', later);
    });
  });

  test('that does not let us in is told with its words, and tried again', async () => {
    mosquitto = await startMosquitto(['allow_anonymous false']);
    const wrong = open({ username: 'gatehouse', password: 'wrong' });
    await until(() => wrong.states.length > 0, 'it has refused');
    expect(wrong.states).toEqual(['down: Connection refused: Not authorized']);
  });

  test('that is not there is told once, however often it is tried', async () => {
    mosquitto = await startMosquitto();
    await mosquitto.stop();
    const { states } = open();
    await until(() => states.length > 0, 'it is missed');
    await quiet();
    expect(states).toEqual([expect.stringContaining('down: connect ECONNREFUSED 127.0.0.1:')]);
    await mosquitto.start();
    await until(() => states.length > 1, 'it is reached');
    expect(states.at(-1)).toBe('up');
  });

  test('that is back and refuses us is told by its new reason', async () => {
    mosquitto = await startMosquitto(['allow_anonymous false']);
    await mosquitto.stop();
    const { states } = open({ username: 'gatehouse', password: 'wrong' });
    await until(() => states.length > 0, 'it is missed');
    await mosquitto.start();
    await until(() => states.length > 1, 'it refuses');
    expect(states).toEqual([
      expect.stringContaining('down: connect ECONNREFUSED'),
      'down: Connection refused: Not authorized',
    ]);
  });

  test('over TLS is reached when its certificate is known, and refused when not', async () => {
    const { cert, key } = makeSelfSigned();
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    mosquitto = await startMosquitto([`certfile ${folder}/cert.pem`, `keyfile ${folder}/key.pem`]);
    const url = mosquitto.url.replace('mqtt:', 'mqtts:');
    const strangers = open({ url });
    await until(() => strangers.states.length > 0, 'it is refused');
    expect(strangers.states).toEqual([expect.stringContaining('down: self-signed certificate')]);
    await strangers.broker.close();
    const known = getCACertificates('default');
    // What NODE_EXTRA_CA_CERTS does at the start.
    setDefaultCACertificates([...known, cert]);
    try {
      const friends = open({ url });
      await up(friends.states);
    } finally {
      setDefaultCACertificates(known);
      rmSync(folder, { recursive: true });
    }
  });

  test('that has forgotten our session is told: what it had taken for us meanwhile is gone', async () => {
    mosquitto = await startMosquitto(['persistence false']);
    const { states, seen } = open();
    await up(states);
    expect(seen.sessionsLost).toBe(0);
    await mosquitto.stop();
    await mosquitto.start();
    await until(() => states.length > 2 && states.at(-1) === 'up', 'it is reached again');
    expect(seen.sessionsLost).toBe(1);
  });

  test('says why when another client comes by our client id', async () => {
    mosquitto = await startMosquitto();
    const mine = open();
    await up(mine.states);
    const other = open();
    await until(() => mine.states.length > 1, 'we are put out');
    await other.broker.close();
    expect(mine.states[1]).toMatch(/another client signs in with the client id gatehouse-test$/);
  });
});
