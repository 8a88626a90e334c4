import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { openHistory } from './history.ts';
import { InfluxStore } from './influx.ts';
import { influxAddress } from './influx-address.ts';
import { influxClient } from './influx-client.ts';
import { type Journal, openJournal } from './journal.ts';
import { JournalReader } from './journal-reader.ts';
import { batchOf, freshFolder, removeFolders, type TestReading } from './store-fixture.ts';

// The ways in which a server or the network fails, one after the other; the real InfluxDB is in test/scenarios and test/faults.

/** On a crowded machine, too. */
const soon = { timeout: 20_000 };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  removeFolders();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const done: Answer = (response) => response.writeHead(204).end();
const says =
  (status: number, error: string): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
const breaks: Answer = (response) => response.destroy();
const breaksWithin: Answer = (response) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"results":', () => response.destroy());
};

/** A server that answers each write as it is told, and when it is told no more, takes it. */
async function startServer(...answers: Answer[]) {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      const answer = answers.shift() ?? done;
      if (answer === done) taken.push(...body.split('\n'));
      answer(response, request);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { taken, answers, port: typeof address === 'object' && address ? address.port : 0 };
}

async function startStore(port: number, answerMs?: number) {
  const path = join(freshFolder(), 'journal.db');
  const journal: Journal = await openJournal({ path, limitBytes: null, saved() {}, dropped() {} });
  const address = influxAddress(`http://gatehouse:hunter2@127.0.0.1:${port}/site`);
  if (!address) throw new Error('no address');
  const told = { trims: [] as number[], trouble: [] as (string | null)[], refused: [] as string[] };
  const store = new InfluxStore({
    journal: new JournalReader(path),
    client: influxClient(address, answerMs),
    where: address.words,
    retryFirstMs: 5,
    tells: {
      trim: (upTo) => told.trims.push(upTo),
      trouble: (words) => told.trouble.push(words),
      refused: (words) => told.refused.push(words),
    },
  });
  open.push(async () => {
    store.close();
    await journal.close();
  });
  return { journal, store, told };
}

const readings = (first: number, count: number): TestReading[] =>
  Array.from({ length: count }, (_, i) => ['tank-1', 'level', first + i, first + i]);
const timesOf = (lines: readonly string[]) => lines.map((line) => Number(line.split(' ').at(-1)));

test.each<[string, Answer, RegExp]>([
  ['breaks the connection', breaks, /: (socket hang up|read ECONNRESET); readings wait/],
  ['is overloaded', says(503, 'overloaded'), /: Service Unavailable; readings wait/],
  [
    'refuses the sign-in',
    says(401, 'authorization failed'),
    /: 401 Unauthorized: authorization failed; readings wait/,
  ],
  ['takes no so large request', says(413, 'Request Entity Too Large'), /: 413 .*; readings wait/],
])(
  'what a server that %s has not taken is sent again, in order and once, and forgotten when it is there',
  async (_, fails, words) => {
    const { taken, port } = await startServer(done, fails, fails);
    const { journal, store, told } = await startStore(port);
    for (let n = 0; n < 30; n++) await journal.append(batchOf(readings(n * 500, 500))).durable;
    await store.upkeep();
    await expect.poll(() => told.trouble.at(-1), soon).toBe(null);
    expect(timesOf(taken)).toEqual(Array.from({ length: 15_000 }, (_, i) => i));
    expect(told.trims).toEqual([10, 20, 30]);
    expect(told.trouble[0]).toMatch(words);
    expect(told.trouble[0]).toContain(`http://127.0.0.1:${port}/site`);
    expect(told.trouble.join()).not.toContain('hunter2');
    expect(told.trouble.at(-2)).toContain('is back; the spool is being sent');
    expect(told.refused).toEqual([]);
  },
);

test('a missing database is made; where that is not allowed, the words say what to do', async () => {
  const missing = says(404, 'database not found: "site"');
  const { taken, port } = await startServer(
    missing,
    says(403, 'needs an administrator'),
    missing,
    (response) => response.writeHead(200).end('{"results":[{}]}'),
  );
  const { journal, store, told } = await startStore(port);
  await journal.append(batchOf(readings(1, 3))).durable;
  await store.grown();
  await expect.poll(() => told.trouble.at(-1), soon).toBe(null);
  expect(told.trouble[0]).toContain(
    'it has no database site, and this user may not create it: 403 Forbidden: needs an administrator',
  );
  expect(timesOf(taken)).toEqual([1, 2, 3]);
});

test('a break within an answer does not hold up the rest for ever', async () => {
  const { taken, port } = await startServer(breaksWithin);
  const { journal, store, told } = await startStore(port, 50);
  await journal.append(batchOf(readings(1, 3))).durable;
  await store.grown();
  await expect.poll(() => told.trims, soon).toEqual([1]);
  expect(told.trouble[0]).toContain('no answer within 0.05 s');
  expect(timesOf(taken)).toEqual([1, 2, 3]);
});

test('one batch of a turn that took everything is sent in requests of a fair size', async () => {
  let requests = 0;
  const count: Answer = (response, request) => {
    requests++;
    done(response, request);
  };
  const { port } = await startServer(...Array(10).fill(count));
  const { journal, store, told } = await startStore(port);
  await journal.append(batchOf(readings(0, 22_000))).durable;
  await store.grown();
  await expect.poll(() => told.trims, soon).toEqual([1]);
  expect(requests).toBe(5);
});

test('a spool that is full lets its oldest go and says which; what is left arrives when the server is there', async () => {
  const { taken, answers, port } = await startServer(...Array(1_000).fill(breaks));
  const dataDir = freshFolder();
  const url = `http://127.0.0.1:${port}/site`;
  const history = await openHistory({
    dataDir,
    clock: systemClock,
    place: { store: 'influx', url, spoolMegabytes: 1 },
  });
  open.push(() => history.close());
  for (let n = 0; n < 80; n++) await history.append(batchOf(readings(n * 1_000, 1_000))).durable;
  await expect.poll(() => history.trouble(), soon).toMatch(/readings wait in the spool/);
  let loss = history.takeLoss() ?? '';
  expect(loss).toMatch(/^\d+ readings from 1970-01-01T00:00:00\.000Z to 1970-01-01T\S+: the spool is full/);
  answers.length = 0;
  await expect.poll(() => history.trouble(), soon).toBe(null);
  loss += history.takeLoss() ?? '';
  const lost = [...loss.matchAll(/(\d+) readings from/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const times = new Set(timesOf(taken));
  for (let at = lost; at < 80_000; at++) if (!times.has(at)) expect.fail(`reading ${at} is missing`);
  expect(lost).toBeGreaterThan(28_000);
  expect(lost).toBeLessThan(40_000);
});
