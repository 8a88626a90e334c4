import { expect, test } from 'vitest';
import { type DeviceType, deviceTypeSchema } from '../../../gateway/contract/device-type.ts';
import { kindSchema } from '../../../gateway/contract/kind.ts';
import { linkSchema } from '../../../gateway/contract/site.ts';
import { fittingLinks } from './add-form.ts';
import { linkText, readWhere, topicRoots, usualWhere } from './add-where.ts';
import { type LinkForm, linkBody } from './new-link.ts';

const label = { zh: '某', en: 'some' };
const kind = kindSchema.parse({ id: 'meter', label, category: 'meter' });
const typeOf = (link: DeviceType['link'], more = {}) =>
  deviceTypeSchema.parse({ id: 'some', label, kind: 'meter', link, ...more });
const site = [
  { id: 'plc', name: '泵房', kind: 'modbus-tcp', host: '10.0.0.7' },
  { id: 'rail', kind: 'modbus-tcp', host: '10.0.0.9', port: 1502 },
  { id: 'bus-1', kind: 'bus', path: 'tcp://10.0.0.8:8899', protocol: 'modbus-rtu' },
  { id: 'usb', kind: 'bus', path: '/dev/ttyUSB0', protocol: 'dlt645-2007' },
  { id: 'doors', kind: 'uhppote', broadcast: '10.0.0.255' },
  { id: 'z2m', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt', 'tele'] },
].map((link) => linkSchema.parse(link));

/** What a typed address becomes: `=link`, or the link that is made. */
function read(text: string, speech: DeviceType['link'], changed: Partial<LinkForm> = {}): unknown {
  const type = typeOf(speech);
  const where = readWhere(text, { type, links: site, fitting: fittingLinks(site, type), changed });
  if (where.is === 'link') return `=${where.link}`;
  return where.is === 'new' ? linkSchema.parse(linkBody(where.line, speech)) : where.is;
}

test.each([
  ['192.168.1.20', 'modbus', { id: 'modbus-1', kind: 'modbus-tcp', host: '192.168.1.20', port: 502 }],
  [' 192.168.1.20:502 ', 'modbus', { kind: 'modbus-tcp', port: 502 }],
  ['plc-2.lan', 'modbus', { kind: 'modbus-tcp', host: 'plc-2.lan' }],
  ['fe80::1', 'modbus', { kind: 'modbus-tcp', host: 'fe80::1' }],
  ['192.168.1.20:8899', 'modbus', { id: 'bus-2', kind: 'bus', path: 'tcp://192.168.1.20:8899' }],
  [
    'tcp://192.168.1.20:502',
    'modbus',
    { kind: 'bus', path: 'tcp://192.168.1.20:502', protocol: 'modbus-rtu' },
  ],
  ['[fe80::1]:23', 'dlt645', { kind: 'bus', path: 'tcp://[fe80::1]:23', baudRate: 2_400, parity: 'even' }],
  ['192.168.1.20', 'dlt645', { kind: 'bus', path: 'tcp://192.168.1.20:8899', protocol: 'dlt645-2007' }],
  ['/dev/ttyUSB1', 'cjt188', { kind: 'bus', path: '/dev/ttyUSB1', protocol: 'cjt188' }],
  ['/dev/ttyUSB1', 'surgard-mlr2', { kind: 'bus', path: '/dev/ttyUSB1', baudRate: 9_600 }],
  ['192.168.1.255', 'uhppote', { id: 'controllers-1', broadcast: '192.168.1.255', listen: '0.0.0.0:60002' }],
  ['tele, cmnd，stat', 'mqtt', { id: 'bridge-1', kind: 'mqtt-bridge', prefixes: ['tele', 'cmnd', 'stat'] }],
] as const)('%j of a device that speaks %s is a new link', (text, speech, link) => {
  expect(read(text, speech)).toMatchObject(link);
});

test.each([
  ['10.0.0.7', 'modbus', '=plc'],
  ['10.0.0.7:502', 'modbus', '=plc'],
  ['泵房', 'modbus', '=plc'],
  ['plc', 'modbus', '=plc'],
  ['10.0.0.9:1502', 'modbus', '=rail'],
  ['10.0.0.8:8899', 'modbus', '=bus-1'],
  ['/dev/ttyUSB0', 'dlt645', '=usb'],
  ['10.0.0.255', 'uhppote', '=doors'],
  ['zigbee2mqtt', 'mqtt', '=z2m'],
  ['', 'modbus', 'nothing'],
  ['192.168.1.20:', 'modbus', 'unclear'],
  ['two words', 'modbus', 'unclear'],
  ['udp://192.168.1.20', 'modbus', 'unclear'],
  ['/dev/ttyUSB0', 'uhppote', 'unclear'],
] as const)('%j of a device that speaks %s is %s', (text, speech, what) => {
  expect(read(text, speech)).toBe(what);
});

test('what is set otherwise than proposed stays', () => {
  expect(read('192.168.1.20', 'modbus', { sort: 'server', baud: '4800', id: 'own' })).toMatchObject({
    ...{ id: 'own', path: 'tcp://192.168.1.20:8899', baudRate: 4_800 },
  });
  expect(read('10.0.0.7', 'modbus', { sort: 'server' })).toMatchObject({ path: 'tcp://10.0.0.7:8899' });
  expect(read('10.0.0.9', 'modbus', { port: '503', sort: 'tcp' })).toMatchObject({ port: 503 });
});

test('a link of the site is read back from what stands in the field for it', () => {
  for (const link of site) {
    const type = typeOf(
      link.kind === 'uhppote'
        ? 'uhppote'
        : link.kind === 'mqtt-bridge'
          ? 'mqtt'
          : link.id === 'usb'
            ? 'dlt645'
            : 'modbus',
    );
    const about = { type, links: site, fitting: fittingLinks(site, type), changed: {} };
    expect(readWhere(linkText(link), about)).toEqual({ is: 'link', link: link.id });
  }
});

test('before anything is typed the field holds the one link that fits, else what a new one would be', () => {
  const usual = (speech: DeviceType['link'], links = site) => {
    const type = typeOf(speech);
    return usualWhere({ type, must: true, fitting: fittingLinks(links, type), roots: 'tele' });
  };
  expect(usual('dlt645')).toBe('usb · /dev/ttyUSB0');
  expect(usual('modbus')).toBe('');
  expect(usual('modbus', [])).toBe('');
  expect(usual('uhppote', [])).toBe('255.255.255.255');
  expect(usual('mqtt', [])).toBe('tele');
  const own = typeOf('native');
  expect(usualWhere({ type: own, must: false, fitting: fittingLinks(site, own), roots: '' })).toBe('');
});

test('the trees of topics of a new bridge come of the topics of the type', () => {
  const roots = (topics: string[], address = '') => {
    const points = Object.fromEntries(topics.map((topic, i) => [`p${i}`, { json: 'a', topic }]));
    return topicRoots(typeOf('mqtt', { points }), kind, { address, settings: {} });
  };
  expect(roots(['zigbee2mqtt/{address}', 'zigbee2mqtt/{address}/availability'])).toBe('zigbee2mqtt');
  expect(roots(['tele/{address}/SENSOR', 'stat/{address}/POWER'])).toBe('tele, stat');
  expect(roots(['v1/gateway/telemetry'])).toBe('v1');
  expect(roots(['{address}/status/em:0'], 'shelly-1')).toBe('shelly-1');
  expect(roots(['{address}/status/em:0'])).toBe('');
  const based = typeOf('mqtt', {
    settings: { base: { label, type: 'text', default: 'zigbee2mqtt' } },
    points: { p: { json: 'a', topic: '{base}/{address}' } },
  });
  expect(topicRoots(based, kind, { address: '', settings: {} })).toBe('zigbee2mqtt');
  expect(topicRoots(based, kind, { address: '', settings: { base: 'z2' } })).toBe('z2');
});
