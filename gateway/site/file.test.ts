import { expect, test } from 'vitest';
import { formatProblem } from '../lib/yaml-file.ts';
import type { CheckContext } from './check.ts';
import { emptyDocs, type SiteState } from './docs.ts';
import { checkSiteFile, readSite } from './file.ts';
import { afterChanges } from './plan.ts';
import { goodSite, siteEnv, siteTypes } from './site-fixture.ts';

const empty: SiteState = { settings: null, docs: emptyDocs };
const context: CheckContext = { types: siteTypes, env: siteEnv };

function check(text: string, options: { current?: SiteState; prune?: boolean; context?: CheckContext } = {}) {
  return checkSiteFile(readSite(text, 'site.yaml'), options.current ?? empty, options.context ?? context, {
    prune: options.prune ?? false,
  });
}

/** The text with a passage replaced, and where the mark § stood. */
function mutate(from: string, to: string): { text: string; place: string } {
  expect(goodSite.split(from).length, `"${from}" stands once in the good site`).toBe(2);
  const marked = goodSite.replace(from, () => to);
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  return {
    text: marked.replace('§', ''),
    place: `site.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
  };
}

test('the good site has nothing wrong with it', () => {
  expect(check(goodSite).problems).toEqual([]);
  expect(check(goodSite).site?.devices).toHaveLength(10);
});

// § marks where the problem is to be reported.
const mutations: [what: string, from: string, to: string, message: string][] = [
  ['a bracket left open', 'outline: [[100, 100]', 'outline: [[100, 100', 'close the bracket'],
  ['a tab', '    kind: garage', '§\tkind: garage', 'use spaces'],
  ['a key twice in a mapping', '    kind: garage', '    kind: garage\n    §kind: garage', 'stands twice'],
  ['a second document', 'links:\n', '§---\nlinks:\n', 'a second document begins here'],
  ['an unknown class', 'households:\n', '§housholds:\n', 'did you mean "households"?'],
  ['an unknown field', '    role: guard', '    §rolle: guard', 'did you mean "role"?'],
  [
    'a class that is no list',
    '  - id: night\n    name: 夜巡\n',
    '  §night:\n    name: 夜巡\n',
    '"routes" must be a list',
  ],
  ['a missing name', '    name: 排污泵\n', '', '"name" is missing'],
  [
    'a missing site',
    'site:\n  id: garden\n  name: 花园小区\n  timeZone: Asia/Shanghai\n',
    '',
    '"site" is missing',
  ],
  ['a key with capitals', 'id: pump-1', 'id: §Pump-1', 'a key is 1-63 characters of a-z, 0-9'],
  [
    'a tag as a number',
    'tag: 010063E9AF',
    'tag: §12345678',
    '"tag" must be text, this is a number; put it in quotes: "12345678"',
  ],
  ['a card that loses its zeros', '"0006547886"', '§0006547886', '0006547886 would lose its leading zeros'],
  ['an account that loses its zeros', 'address: "0101"', 'address: §0101', 'put it in quotes: "0101"'],
  ['a phone as a number', '"13800000000"', '§13800000000', '"phone" must be text'],
  ['a role that does not exist', 'role: resident', 'role: §resdent', 'did you mean "resident"?'],
  ['a kind of link that does not exist', 'kind: modbus-tcp', 'kind: §modbus-udp', 'one of modbus-tcp, bus'],
  [
    'a port out of range',
    'host: 127.0.0.1\n',
    'host: 127.0.0.1\n    port: §70000\n',
    '"port" is too large: at most 65535',
  ],
  [
    'a protocol that does not exist',
    'protocol: modbus-rtu',
    'protocol: §modbus',
    'did you mean "modbus-rtu"?',
  ],
  [
    'a field of another kind of link',
    'host: 127.0.0.1\n',
    'host: 127.0.0.1\n    §baudRate: 9600\n',
    '"baudRate" is not known here',
  ],
  [
    'a route without checkpoints',
    '      - { checkpoint: cp-1, dueMin: 0 }\n      - { checkpoint: cp-2, dueMin: 10 }\n',
    '      §[]\n',
    'at least 1 entries',
  ],
  ['a binding without a point', 'running: io-1.in1', 'running: §io-1', 'write it as device.point'],
  ['an infinite setting', 'highM: 3.2', 'highM: §.inf', '.inf is not a usable number'],
  [
    'an area twice',
    '  - id: garage\n',
    '  - id: garage\n    name: 车库\n  - id: §garage\n',
    'the area "garage" stands in this file already',
  ],
  [
    'a device twice',
    '  - id: panic-1\n',
    '  - id: light-1\n    type: wall-light\n    name: 灯\n    area: garden\n  - id: panic-1\n',
    'the device "light-1" stands in this file already',
  ],
  ['an unknown time zone', 'Asia/Shanghai', '§Asia/Shanghia', 'did you mean "Asia/Shanghai"?'],
  [
    'an area in one that is not there',
    '    parent: garden\n    kind: garage',
    '    parent: §gardn\n    kind: garage',
    'there is no area "gardn"; did you mean "garden"?',
  ],
  [
    'areas in a ring',
    '    name: 花园小区\n    kind: site',
    '    name: 花园小区\n    parent: b1\n    kind: site',
    'lies inside itself (garden → b1 → garden)',
  ],
  [
    'a plan outside of its folder',
    'image: garden.svg',
    'image: §../garden.svg',
    'plain name of an SVG or PNG file',
  ],
  [
    'a household in an unknown area',
    '    area: b1\n    contacts',
    '    area: §b2\n    contacts',
    'there is no area "b2"',
  ],
  [
    'a person of an unknown household',
    'household: b1-101\ndevices',
    'household: §b1-102\ndevices',
    'did you mean "b1-101"?',
  ],
  [
    'a card with two holders',
    '    role: resident\n',
    '    role: resident\n    cards: [§010063E9AE]\n',
    'is already held by "li-wei", where it is written 0006547886 (both are 0063E9AE)',
  ],
  [
    'a card whose check byte is wrong',
    '    role: resident\n',
    '    role: resident\n    cards: [§01EB450D030000AF]\n',
    'byte 8 is AF, and by the other seven it is AE',
  ],
  [
    'a device in an unknown area',
    '    area: garage\n    link: plc',
    '    area: §garag\n    link: plc',
    'did you mean "garage"?',
  ],
  [
    'a type that is not in the catalogue',
    'type: io-8ch',
    'type: §io-9ch',
    'there is no device type "io-9ch"; did you mean "io-8ch"?',
  ],
  [
    'a device on an unknown link',
    '    link: plc',
    '    link: §plcc',
    'there is no link "plcc"; did you mean "plc"?',
  ],
  [
    'a device without its link',
    '  - id: io-1\n    type: io-8ch\n    name: 车库模块\n    area: garage\n    link: plc\n',
    '  - §id: io-1\n    type: io-8ch\n    name: 车库模块\n    area: garage\n',
    '"link" is missing: a device of type "io-8ch" is reached by modbus, for example link: bus-1',
  ],
  [
    'a device on a link that speaks otherwise',
    '    link: plc\n    address: 1',
    '    link: §alarm-line\n    address: 1',
    'carries surgard-mlr2, but type "io-8ch" speaks modbus',
  ],
  [
    'a link where none belongs',
    '    name: 门卫按钮\n',
    '    name: 门卫按钮\n    link: §plc\n',
    'speaks MQTT to the embedded broker; remove "link"',
  ],
  [
    'a device without the parent that speaks for it',
    '  - id: panic-1\n',
    '  - §id: door-1\n    type: controller-door\n    name: 门\n    area: b1\n  - id: panic-1\n',
    '"parent" is missing: a device of type "controller-door" is reached through its parent',
  ],
  [
    'a missing unit id',
    '    name: 消防水池\n    area: garage\n    link: bus-1\n    address: 1\n',
    '    name: 消防水池\n    area: garage\n    link: bus-1\n',
    '"address" is missing: give the unit id (1-247)',
  ],
  [
    'a unit id out of range',
    'link: bus-1\n    address: 1\n',
    'link: bus-1\n    address: §248\n',
    'a whole number from 1 to 247',
  ],
  [
    'a unit id twice on a bus',
    '  - id: panic-1\n',
    '  - id: tank-2\n    type: tank-level-rtu\n    name: 水箱\n    area: b1\n    link: bus-1\n    address: §1\n  - id: panic-1\n',
    'the address 1 on link "bus-1" is already that of "tank-1"',
  ],
  [
    'an account without its number',
    '    address: "0101"\n',
    '',
    '"address" is missing: give the number by which "receiver-1"',
  ],
  ['an unknown parent', 'parent: receiver-1', 'parent: §reciever-1', 'did you mean "receiver-1"?'],
  [
    'an unknown household of a device',
    '    household: b1-101\n    settings',
    '    household: §b1-1\n    settings',
    'there is no household "b1-1"',
  ],
  ['an unknown camera', 'cameras: [cam-1]', 'cameras: [§cam-2]', 'did you mean "cam-1"?'],
  ['a camera that is none', 'cameras: [cam-1]', 'cameras: [§io-1]', '"io-1" is a io-module, not a camera'],
  [
    'a point that the kind has not',
    '{ running: io-1.in1',
    '{ §runing: io-1.in1',
    'a pump has no point, event or command "runing"; did you mean "running"?',
  ],
  ['a binding to an unknown device', 'running: io-1.in1', 'running: §io-2.in1', 'there is no device "io-2"'],
  ['a binding to an unknown point', 'from: io-1.in2', 'from: §io-1.in9', '"io-1" has no point "in9"'],
  ['an event that the kind has not', 'event: zone.alarm', 'event: §zone.alrm', 'did you mean "zone.alarm"?'],
  [
    'devices bound in a ring',
    'running: io-1.in1',
    'running: pump-1.fault',
    'depends on itself (pump-1 → pump-1)',
  ],
  [
    'bindings where none belong',
    '    name: 门卫按钮\n',
    '    name: 门卫按钮\n    bind: §{ a: io-1.in1 }\n',
    'remove "bind"',
  ],
  [
    'a composed device without bindings',
    '    bind: { running: io-1.in1, fault: { from: io-1.in2, invert: true }, start: io-1.out1 }\n',
    '',
    '"bind" is missing',
  ],
  ['an unknown setting', 'highM: 3.2', '§hihgM: 3.2', 'has no setting "hihgM"; did you mean "highM"?'],
  ['a setting of the wrong form', 'highM: 3.2', 'highM: §high', 'must be a number, not "high"'],
  ['a setting out of range', 'highM: 3.2', 'highM: §32', 'is 32 m; it must be at least 0 and at most 20 m'],
  ['a secret in the file', 'password: env:TANK_PASSWORD', 'password: §hunter2', 'write env:NAME'],
  [
    'a secret that the environment lacks',
    'env:TANK_PASSWORD',
    '§env:TANK_PASS',
    'has no TANK_PASS; set it where the gateway is started',
  ],
  ['a panel user who is nobody', '5: wang-fang', '5: §wang-fan', 'did you mean "wang-fang"?'],
  [
    'a tag of two checkpoints',
    'tag: 010063E9B0',
    'tag: §"0006547887"',
    'is already that of checkpoint "cp-1"',
  ],
  [
    'a checkpoint with an unknown camera',
    '    camera: cam-1',
    '    camera: §cam-9',
    'there is no device "cam-9"',
  ],
  [
    'a route with an unknown checkpoint',
    'checkpoint: cp-2',
    'checkpoint: §cp-3',
    'there is no checkpoint "cp-3"',
  ],
  [
    'a route out of order',
    '{ checkpoint: cp-1, dueMin: 0 }',
    '{ checkpoint: cp-1, dueMin: 20 }',
    'put them in walking order',
  ],
  ['a plan of an unknown route', 'route: night\n', 'route: §nigth\n', 'did you mean "night"?'],
  ['a plan with an unknown guard', 'guards: [li-wei]', 'guards: [§li-we]', 'did you mean "li-wei"?'],
  ['a schedule with six fields', 'schedule: 0 22,2 * * *', 'schedule: §0 0 22 * * *', 'has 6 fields'],
  ['a schedule that is none', 'schedule: 0 22,2 * * *', 'schedule: §0 25 * * *', 'is not a cron pattern'],
  ['a schedule that never comes', 'schedule: 0 22,2 * * *', 'schedule: §0 0 30 2 *', 'never comes due'],
  ['a linkage from everything', 'on: { device: segment-1 }', 'on: §{}', 'would start at every alarm'],
  [
    'a linkage from an unknown device',
    'on: { device: segment-1 }',
    'on: { device: §segment-2 }',
    'did you mean "segment-1"?',
  ],
  [
    'a linkage from an unknown alarm',
    'on: { device: segment-1 }',
    'on: { device: tank-1, definition: §hihg }',
    'there is no alarm "hihg" of "tank-1"; did you mean "high"?',
  ],
  ['a linkage to an unknown device', '{ device: light-1,', '{ device: §light-2,', 'did you mean "light-1"?'],
  ['a linkage with an unknown command', 'command: "on"', 'command: §open', '"light-1" has no command "open"'],
  [
    'a picture by rtsp',
    'http://10.0.0.9/picture.jpg',
    '§rtsp://10.0.0.9/ch1',
    'a stream (rtsp) is opened by',
  ],
  ['a live page that is a script', 'http://nvr/live?src=1', '§"javascript:alert(1)"', 'begins with http://'],
  [
    'a password in a URL',
    'http://10.0.0.9/picture.jpg',
    '§http://viewer:1234@10.0.0.9/picture.jpg',
    'set "user" and "password" (env:NAME) instead',
  ],
  ['a recording without a time', 'http://nvr/play?at={time}', '§http://nvr/play', 'write {time}'],
  [
    'a user without a password',
    '      password: env:CAMERA_PASSWORD\n',
    '',
    '"user" needs "password" beside it',
  ],
  [
    'a password in the file',
    'password: env:CAMERA_PASSWORD\n',
    'password: §"1234"\n',
    'is a secret and never stands',
  ],
  [
    'a silence of a camera that says nothing',
    '      snapshotUrl: http://10.0.0.9/picture.jpg\n',
    '      silenceS: §60\n',
    'without "snapshotUrl" nothing is ever heard',
  ],
  ['an action for nobody', '{ device: light-1,', '§{', 'give one of the two'],
  [
    'an action for one and for all',
    '{ device: light-1,',
    '§{ device: light-1, all: light,',
    'give one of the two',
  ],
  [
    'an action for one, within an area',
    '{ device: light-1,',
    '{ device: light-1, within: §b1,',
    'goes with "all"',
  ],
  ['an action for all of an unknown kind', '{ device: light-1,', '{ all: §ligth,', 'did you mean "light"?'],
  [
    'an action for all within an unknown area',
    '{ device: light-1,',
    '{ all: light, within: §gardn,',
    'did you mean "garden"?',
  ],
  [
    'a command that no device of the kind has',
    '{ device: light-1, command: "on" }',
    '{ all: light, command: §onn }',
    'a light has no command "onn"; did you mean "on"?',
  ],
  [
    'an action for all where there is none',
    '{ device: light-1,',
    '{ all: §light, within: garage,',
    'there is no light in the area "garage" or under it',
  ],
  [
    'an action for all, none of which is bound to it',
    '{ device: light-1, command: "on" }',
    '{ all: pump, command: §stop }',
    'no pump in the area "garden" or under it takes "stop" (pump-1)',
  ],
];

test.each(mutations)('%s is refused where it stands, with its mend', (_, from, to, message) => {
  const marked = to.includes('§');
  const { text, place } = mutate(from, marked ? to : `${to}§`);
  const { problems, site } = check(text);
  const lines = problems.map(formatProblem);
  expect(lines.join('\n')).toContain(message);
  const line = lines.find((one) => one.includes(message)) ?? '';
  if (marked) expect(line).toMatch(new RegExp(`^${place}: `));
  else expect(line).toMatch(/^site\.yaml:\d+:\d+: /);
  expect(site).toBeUndefined();
});

test('a card that is the tag of a checkpoint is a warning with both places: a site that has lived with it can be changed', () => {
  const text = goodSite.replace('    role: resident\n', '    role: resident\n    cards: ["0006547887"]\n');
  const { problems, site } = check(text);
  expect(problems.map(formatProblem).join('\n')).toMatch(
    /warning: the card 0006547887 is the tag of checkpoint "cp-1", where it is written 010063E9AF \(both are 0063E9AF\)/,
  );
  expect(site).toBeDefined();
});

test('at least fifty ways to break a site are refused', () => {
  expect(mutations.length).toBeGreaterThanOrEqual(50);
});

test('every problem is told at once, in the order of the lines', () => {
  const text = goodSite
    .replace('parent: receiver-1', 'parent: nobody')
    .replace('route: night\n', 'route: day\n');
  expect(check(text).problems.map(({ line }) => line)).toEqual([90, 132]);
});

test('a file may refer to what the gateway holds already', () => {
  const current = stateOf(goodSite);
  const more = `site:\n  id: garden\n  name: 花园小区\ndevices:\n  - id: tank-2\n    type: tank-level-rtu\n    name: 水箱\n    area: garage\n    link: bus-1\n    address: 2\n`;
  expect(check(more, { current }).problems).toEqual([]);
  expect(check(more, { current, prune: true }).problems.map(({ message }) => message)).toEqual([
    'there is no area "garage"; add it, or correct the key',
    'there is no link "bus-1"; add it, or correct the key',
  ]);
});

test('a file that breaks something outside of it says what', () => {
  const current = stateOf(goodSite);
  const text = `site:\n  id: garden\n  name: 花园小区\ndevices:\n  - id: io-1\n    type: camera-onvif\n    name: 模块\n    area: garage\n`;
  expect(check(text, { current }).problems.map(formatProblem)).toContain(
    'site.yaml:1:1: device "pump-1" (in the gateway, not in this file), bind.running: "io-1" has no point "in1"; it has none',
  );
});

test('what was wrong before, outside of the file, does not stop it', () => {
  const current = stateOf(goodSite);
  const without: CheckContext = { ...context, env: {} };
  expect(check('site:\n  id: garden\n  name: 新名字\n', { current, context: without }).problems).toEqual([]);
});

test('a key that was removed is never used again', () => {
  const retiredAt = (name: string, id: string) =>
    name === 'devices' && id === 'panic-1' ? Date.UTC(2026, 4, 2) : undefined;
  const [problem] = check(goodSite, { context: { ...context, retiredAt } }).problems;
  expect(problem && formatProblem(problem)).toMatch(
    /^site\.yaml:77:9: the key "panic-1" belonged to a device that was removed on 2026-05-02/,
  );
});

test('a bus that is too slow for its devices is told with the rest: an error refuses, a warning does not', () => {
  const slow = (severity: 'error' | 'warning'): CheckContext => ({
    ...context,
    checkBuses: () => [
      { class: 'links', id: 'bus-1', path: [], severity, message: 'the worst cycle is 3200 ms' },
    ],
  });
  const warned = check(goodSite, { context: slow('warning') });
  expect(warned.problems.map(formatProblem)).toEqual(['site.yaml:20:5: warning: the worst cycle is 3200 ms']);
  expect(warned.site).toBeDefined();
  expect(check(goodSite, { context: slow('error') }).site).toBeUndefined();
});

test('of all devices that a linkage asks, those that do not take the command are named, and refuse nothing', () => {
  const text = goodSite
    .replace('{ device: light-1, command: "on" }', '{ all: pump, within: garage, command: start }')
    .replace(
      '  - id: segment-1\n    type',
      '  - { id: pump-2, type: pump-contacts, name: 备用泵, area: garage, bind: { running: io-1.in2 } }\n  - id: segment-1\n    type',
    );
  const { problems, site } = check(text);
  expect(problems.map(formatProblem)).toEqual([
    expect.stringMatching(
      /^site\.yaml:\d+:47: warning: pump-2: "start" is not taken there, so look after it by hand/,
    ),
  ]);
  expect(site?.linkages[0]?.do[0]).toEqual({ all: 'pump', within: 'garage', command: 'start' });
});

function stateOf(text: string): SiteState {
  const { changes, problems } = check(text);
  expect(problems).toEqual([]);
  return afterChanges(empty, changes);
}
