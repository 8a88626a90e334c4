import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import { loadCatalogue } from './catalogue.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-mqtt-types-'));
  mkdirSync(join(dir, 'own-switch'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const good = `id: own-switch
label: { zh: 开关, en: Switch }
kind: light-circuit
link: mqtt
settings:
  base: { label: { zh: 主题, en: Topic }, type: text, default: plant }
  amps: { label: { zh: 电流, en: Amps }, unit: A, default: 2 }
at: time.utc
points:
  "on": { json: output, topic: ["{base}/{address}/status", "{base}/{address}/reply"] }
  current: { topic: "{base}/{device}/amps", scale: 0.001 }
availability: { topic: "{base}/{address}/here", json: s, online: "1", offline: "0" }
bridge: { topic: "{base}/bridge" }
commands:
  switchOn: { mqtt: { topic: "{base}/{address}/set", payload: { on: true } } }
  switchOff: { mqtt: { topic: "{base}/{address}/set", payload: "off" } }
`;

function check(text: string) {
  writeFileSync(join(dir, 'own-switch/type.yaml'), text);
  const catalogue = loadCatalogue({ siteDir: dir, log: silentLog });
  return {
    lines: catalogue.problems.map((problem) => formatProblem(problem).replace(`${dir}/own-switch/`, '')),
    type: catalogue.types.get('own-switch'),
    summary: catalogue.type('own-switch'),
  };
}

test('a type with topics of its own is in order, and offers what it reads and sends', () => {
  const { lines, type, summary } = check(good);
  expect(lines).toEqual([]);
  expect(type).toMatchObject({ bridge: { online: 'online', offline: 'offline' } });
  expect(Object.keys(summary?.points ?? {})).toEqual(['on', 'current']);
  expect(Object.keys(summary?.commands ?? {})).toEqual(['switchOn', 'switchOff']);
  expect(summary?.topics).toEqual([
    '{base}/{address}/status',
    '{base}/{address}/reply',
    '{base}/{device}/amps',
    '{base}/{address}/here',
    '{base}/bridge',
    '{base}/{address}/set',
  ]);
});

// § marks where the problem is to be reported.
test.each([
  [
    '"{base}/{address}/reply"]',
    '§"{bsae}/{address}/reply"]',
    '{bsae} stands for nothing here; did you mean "base"?',
  ],
  ['"{base}/{device}/amps"', '§"{amps}/{device}/amps"', 'a setting must be of type text'],
  ['"{base}/{device}/amps"', '§"{base}/amps"', 'would be the same for every device; put {address}'],
  ['"{base}/{address}/here"', '§"{base}/+/here"', 'it holds + or #'],
  ['"{base}/{address}/here"', '§"/{base}/{address}"', 'begins or ends with /'],
  ['"{base}/{address}/here"', '§"$SYS/{address}"', 'it begins with $'],
  ['"{base}/{address}/here"', '§"{base}/{address/here"', 'a brace without its other half'],
  ['"{base}/bridge"', '§"{base}/{address}/bridge"', "a bridge's topic is the same for all its devices"],
  ['default: plant', 'text: plant', '"text" is not known here'],
  ['type: text, default: plant }', 'type: text }', 'a setting that stands in a topic needs a default'],
  ['json: s,', 'json: §"s..t",', 'is not a path'],
  ['at: time.utc', 'at: §"time..utc"', 'is not a path'],
  ['online: "1", offline: "0"', 'online: "1", offline: "1"', 'must be told apart'],
  [
    '{ json: output, topic: ["{base}/{address}/status", "{base}/{address}/reply"] }',
    '§{ json: output }',
    'needs its topic',
  ],
  [
    '{ mqtt: { topic: "{base}/{address}/set", payload: "off" } }',
    '§{ native: true }',
    'this way of sending needs link: native',
  ],
  ['payload: "off"', 'payload: §3', '"payload" must be text or a mapping'],
  ['link: mqtt', 'link: native', 'a native message is JSON: write json:'],
  ['link: mqtt', 'link: modbus', 'a value from a message needs link: native or mqtt'],
  ['link: mqtt', 'link: composed', '"availability" needs link: mqtt'],
  ['link: mqtt', 'link: native', '"at" needs link: mqtt'],
])('%s as %s: %s', (from, to, message) => {
  expect(good.split(from).length, `"${from}" stands once`).toBe(2);
  const marked = good.replace(from, () => to);
  const { lines, type } = check(marked.replace('§', ''));
  const line = lines.find((one) => one.includes(message));
  expect(line, lines.join('\n')).toBeDefined();
  expect(type).toBeUndefined();
  if (!marked.includes('§')) return;
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  expect(line).toMatch(new RegExp(`^type\\.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: `));
});

const shared = `id: own-switch
label: { zh: 传感器, en: Sensor }
kind: panic-button
link: mqtt
settings:
  input: { label: { zh: 输入, en: Input }, type: text, default: "0" }
at: { json: ts, unit: s }
whose: { json: id }
decode: { "uplink.data": milesight }
points:
  battery: { json: ["uplink.data.b", 'list[id="{input}"].b'], topic: uplink, number: true }
events:
  panic: { json: key, topic: uplink, is: [1, double] }
availability:
  - { topic: there, says: online }
  - { topic: gone, json: state, offline: [lost, away], neither: [asleep] }
`;

test('a type whose messages say whose they are is in order', () => {
  const { lines, type, summary } = check(shared);
  expect(lines).toEqual([]);
  expect(type).toMatchObject({ whose: { json: 'id', fields: false } });
  expect(summary).toMatchObject({ namesInside: true, topics: ['uplink', 'there', 'gone'] });
});

test.each([
  ['whose: { json: id }\n', '', 'or say in "whose" how its messages name the device'],
  ['whose: { json: id }', 'whose: {}', "write json: with the path of the device's name"],
  ['whose: { json: id }', 'whose: { json: "a..b" }', 'is not a path'],
  ['topic: uplink, number: true', 'topic: uplink, numbr: true', '"numbr" is not known here'],
  [
    '  battery: { json: ["uplink.data.b", \'list[id="{input}"].b\'],',
    '  battery: {',
    'a message that says whose it is is JSON',
  ],
  ['"{input}"', '"{inptu}"', '{inptu} stands for nothing here; did you mean "input"?'],
  ['"uplink.data"', '"uplink[0]"', 'is no path of names'],
  ['milesight', 'milesite', 'milesight'],
  ['panic: { json', 'panik: { json', 'there is no event "panik" here; did you mean "panic"?'],
  ['is: [1, double]', 'is: []', 'is'],
  ['[lost, away]', '[lost, online]', 'must be told apart'],
  ['unit: s', 'format: "HH:mm"', 'it needs YYYY, MM, DD, HH, mm and ss'],
  ['link: mqtt', 'link: native', '"whose" needs link: mqtt'],
  ['link: mqtt', 'link: native', '"decode" needs link: mqtt'],
  ['link: mqtt', 'link: native', '"events" needs link: mqtt'],
  ['link: mqtt', 'link: native', 'several paths need link: mqtt'],
])('there %j as %j: %s', (from, to, message) => {
  expect(shared.split(from).length, `"${from}" stands once`).toBe(2);
  const { lines, type } = check(shared.replace(from, () => to));
  expect(
    lines.find((line) => line.includes(message)),
    lines.join('\n'),
  ).toBeDefined();
  expect(type).toBeUndefined();
});

test('a type that reads nothing is refused', () => {
  const [head] = good.split('settings:');
  expect(check(head ?? '').lines).toEqual([
    expect.stringContaining('a type with link: mqtt must read at least one point'),
  ]);
});

const asking = `id: own-switch
label: { zh: 开关, en: Switch }
kind: light-circuit
link: mqtt
settings:
  channel: { label: { zh: 通道, en: Channel }, type: text, default: "0" }
points:
  "on": { json: output, topic: "{address}/status" }
answer: { topic: "{address}/reply", id: id, ok: { json: done, is: [true] }, error: [error.message, error] }
commands:
  switchOn: { mqtt: { topic: "{address}/rpc", payload: { id: "{request}", params: { id: "{channel:number}", "on": true } } } }
  switchOff: { mqtt: { topic: rpc, payload: { device: "{address}", id: "{request:number}", "on": false } } }
`;

test('a type whose device answers its commands is in order; a shared topic may name the device inside', () => {
  expect(check(asking).lines).toEqual([]);
});

test.each([
  ['"{channel:number}"', '"{chanel:number}"', '{chanel} stands for nothing here; did you mean "channel"?'],
  ['"{channel:number}"', '"no {channel:number}"', 'a name that becomes a number stands alone'],
  ['device: "{address}", ', '', '"rpc" would be the same for every device'],
  [
    'answer: { topic: "{address}/reply", id: id, ok: { json: done, is: [true] }, error: [error.message, error] }\n',
    '',
    '{request} is for the answer',
  ],
  ['id: id, ok', 'id: "a..b", ok', 'is not a path'],
  ['json: done', 'json: "a..b"', 'is not a path'],
  ['error: [error.message, error]', 'error: ["a..b"]', 'is not a path'],
  ['topic: "{address}/reply"', 'topic: reply', 'or say in "whose" how its messages name the device'],
  ['topic: "{address}/reply"', 'topic: "{adress}/reply"', '{adress} stands for nothing here'],
  [
    '{ mqtt: { topic: "{address}/rpc",',
    '{ metric: { name: x, value: 1 } } # {',
    'a type that writes a metric reads one, too',
  ],
  [
    '{ mqtt: { topic: "{address}/rpc",',
    '{ entity: { address: "{address}", turn: "on" } } # {',
    'a type that switches an entity reads one, too',
  ],
])('of answers %j as %j: %s', (from, to, message) => {
  expect(asking.split(from).length, `"${from}" stands once`).toBe(2);
  const { lines, type } = check(asking.replace(from, () => to));
  expect(
    lines.find((line) => line.includes(message)),
    lines.join('\n'),
  ).toMatch(/^type\.yaml:\d+:\d+/);
  expect(type).toBeUndefined();
});

test('an answer that no command asks for is told', () => {
  const [head = ''] = asking.split('commands:');
  expect(check(head).lines).toEqual([expect.stringContaining('no command can be answered: put {request}')]);
});
