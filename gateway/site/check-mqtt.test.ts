import { expect, test } from 'vitest';
import { formatProblem } from '../lib/yaml-file.ts';
import { emptyDocs } from './docs.ts';
import { exportSite } from './export.ts';
import { checkSiteFile, readSite } from './file.ts';
import { afterChanges } from './plan.ts';
import { siteEnv, siteTypes } from './site-fixture.ts';

const site = `site: { id: garden, name: 花园小区 }
areas:
  - { id: garden, name: 花园小区, kind: site }
links:
  - id: emqx
    kind: mqtt
    url: mqtts://broker.example:8883
    version: "3.1.1"
    username: gatehouse
    password: env:BROKER_PASSWORD
    clientId: garden-gateway
    prefixes: [zigbee2mqtt, gatehouse]
  - id: z2m
    kind: mqtt-bridge
    prefixes: [zigbee2mqtt, gatehouse/panic-2]
  - { id: plc, kind: modbus-tcp, host: 127.0.0.1 }
devices:
  - id: door-1
    type: zigbee-contact
    name: 机房门
    area: garden
    link: z2m
    address: hall/door
  - id: door-2
    type: zigbee-contact
    name: 屋面门
    area: garden
    link: emqx
    address: roof door
    settings: { base: zigbee2mqtt/2 }
  - id: panic-1
    type: panic-mqtt
    name: 门卫按钮
    area: garden
    link: emqx
  - id: panic-2
    type: panic-mqtt
    name: 大堂按钮
    area: garden
    link: z2m
`;
const env = { ...siteEnv, BROKER_PASSWORD: 'secret' };
const context = { types: siteTypes, env };
const empty = { settings: null, docs: emptyDocs };
const check = (text: string) => checkSiteFile(readSite(text, 'site.yaml'), empty, context, { prune: false });

test('brokers, bridges and what is behind them are in order', () => {
  expect(check(site).problems.map(formatProblem)).toEqual([]);
});

test('an exported site says the same, names its secrets and holds none', () => {
  const { changes } = check(site);
  const state = afterChanges(empty, changes);
  const text = state.settings ? exportSite(state, state.settings, true) : '';
  expect(text).toContain('password: env:BROKER_PASSWORD');
  expect(text).not.toContain(env.BROKER_PASSWORD);
  const again = checkSiteFile(readSite(text, 'site.yaml'), state, context, { prune: true });
  expect(again).toMatchObject({ problems: [], changes: [] });
});

test('version and client id have presets, of which the version is written down', () => {
  const short = site.replace('    version: "3.1.1"\n', '').replace('    clientId: garden-gateway\n', '');
  const [link] = check(short).site?.links ?? [];
  expect(link).toMatchObject({ kind: 'mqtt', version: '5' });
  expect(link).not.toHaveProperty('clientId');
});

// § marks where the problem is to be reported.
test.each([
  ['an address without its scheme', 'url: mqtts://', 'url: §', 'write mqtt://host:1883'],
  [
    'a name and a password in the address',
    'mqtts://broker',
    '§mqtts://me:secret@broker',
    'have fields of their own',
  ],
  ['a version that is none', 'version: "3.1.1"', 'version: §"3.1"', 'did you mean "3.1.1"?'],
  ['a version without quotes', 'version: "3.1.1"', 'version: §5', 'put it in quotes: "5"'],
  ['a password in the file', 'password: env:BROKER_PASSWORD', 'password: §hunter2', 'write env:NAME'],
  ['a password that the environment lacks', 'env:BROKER_PASSWORD', '§env:BROKER_PASS', 'has no BROKER_PASS'],
  [
    'a password without its name',
    '    username: gatehouse\n    password: ',
    '    password: §',
    'needs its "username"',
  ],
  [
    'a client id that not every broker takes',
    'clientId: garden-gateway',
    'clientId: §"花园"',
    'use 1 to 128 letters',
  ],
  [
    'a broker of which nothing is heard',
    'prefixes: [zigbee2mqtt, gatehouse]',
    'prefixes: §[]',
    'too short: at least 1',
  ],
  [
    'a prefix with a wildcard',
    '[zigbee2mqtt, gatehouse]',
    '[§"zigbee2mqtt/#", gatehouse]',
    'write it without',
  ],
  ['a prefix of the broker itself', '[zigbee2mqtt, gatehouse]', '[zigbee2mqtt, §$SYS]', 'it begins with $'],
  ['a bridge that would speak for every device', 'gatehouse/panic-2]', '§gatehouse]', 'grant it single ones'],
  ['a bridge in the name of a device', '  - id: z2m\n', '  - id: §panic-2\n', 'there is a device "panic-2"'],
  [
    'a field of another kind of link',
    '    kind: mqtt-bridge\n',
    '    kind: mqtt-bridge\n    §url: mqtt://x\n',
    '"url" is not known here',
  ],
  [
    'a device on a link of bytes',
    '    link: z2m\n    address: hall/door',
    '    link: §plc\n    address: hall/door',
    'carries modbus-tcp, but type "zigbee-contact" speaks mqtt',
  ],
  [
    'a native device on a link of bytes',
    '    link: emqx\n  - id: panic-2',
    '    link: §plc\n  - id: panic-2',
    'name one of kind mqtt or mqtt-bridge',
  ],
  [
    'a device without its address',
    '    link: z2m\n    address: hall/door\n',
    '    link: z2m\n',
    'for example address: hall/door',
  ],
  [
    'a device without a link',
    '    link: z2m\n    address: hall/door\n',
    '    address: hall/door\n',
    'is reached by mqtt, for example link: emqx',
  ],
  ['an address with a wildcard', 'address: hall/door', 'address: §hall/+', 'it holds + or #'],
  ['an address that begins with a slash', 'address: hall/door', 'address: §/hall', 'begins or ends with /'],
  [
    'an address where none is needed',
    '    link: emqx\n  - id: panic-2',
    '    link: emqx\n    address: §7\n  - id: panic-2',
    'remove "address"',
  ],
  [
    'two of a type at one address',
    'link: emqx\n    address: roof door\n    settings: { base: zigbee2mqtt/2 }',
    'link: z2m\n    address: §hall/door',
    '"door-1" of the same type has this address',
  ],
  [
    'a topic outside of the link',
    'settings: { base: zigbee2mqtt/2 }',
    'settings: { base: zigbee }',
    'its topic zigbee/roof door lies outside of what link "emqx" listens to (zigbee2mqtt, gatehouse)',
  ],
  [
    'a native device outside of its bridge',
    'gatehouse/panic-2]',
    'gatehouse/panic-3]',
    'outside of what link "z2m" is granted',
  ],
  ['a setting that makes no topic', 'base: zigbee2mqtt/2', 'base: §"zigbee2mqtt/#"', 'and that is none'],
])('%s is refused where it stands, with its mend', (_, from, to, message) => {
  expect(site.split(from).length, `"${from}" stands once`).toBe(2);
  const marked = site.replace(from, () => to);
  const lines = check(marked.replace('§', '')).problems.map(formatProblem);
  const line = lines.find((one) => one.includes(message));
  expect(line, lines.join('\n')).toBeDefined();
  if (!marked.includes('§')) return;
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  expect(line).toMatch(new RegExp(`^site\\.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: `));
});
