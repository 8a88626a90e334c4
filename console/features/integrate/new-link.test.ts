import { expect, test } from 'vitest';
import { linkSchema } from '../../../gateway/contract/site.ts';
import { freeLinkId, type LinkForm, linkBody, linkSorts, presetLine } from './new-link.ts';

const form: LinkForm = {
  ...{
    sort: 'serial',
    path: '/dev/ttyUSB0',
    host: ' 192.168.1.20 ',
    port: '',
    prefixes: 'zigbee2mqtt, tele',
  },
  ...{ baud: '9600', parity: 'none', id: 'bus-1', listen: '60002' },
};

test('each sort of link is one that the site takes', () => {
  const made = (sort: LinkForm['sort'], speech: Parameters<typeof linkBody>[1], more = {}) =>
    linkSchema.parse(linkBody({ ...form, sort, ...more }, speech));
  expect(made('serial', 'modbus')).toMatchObject({ kind: 'bus', protocol: 'modbus-rtu', baudRate: 9_600 });
  expect(made('server', 'dlt645', presetLine({ link: 'dlt645' }))).toMatchObject({
    ...{ path: 'tcp://192.168.1.20:8899', protocol: 'dlt645-2007', baudRate: 2_400, parity: 'even' },
  });
  expect(made('server', 'surgard-mlr2', { host: 'fe80::1', port: '23' })).toMatchObject({
    path: 'tcp://[fe80::1]:23',
  });
  expect(made('tcp', 'modbus')).toMatchObject({ host: '192.168.1.20', port: 502 });
  expect(made('serial', 'osdp')).toMatchObject({ kind: 'bus', protocol: 'osdp', baudRate: 9_600 });
  expect(made('controllers', 'uhppote', { host: '192.168.1.255' })).toMatchObject({
    ...{ kind: 'uhppote', broadcast: '192.168.1.255', listen: '0.0.0.0:60002' },
  });
  expect(made('controllers', 'uhppote', { host: '127.0.0.1', port: '6000' })).toMatchObject({
    broadcast: '127.0.0.1:6000',
  });
  expect(made('bridge', 'mqtt')).toMatchObject({ kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt', 'tele'] });
});

test('only sorts that carry what the type speaks are offered', () => {
  expect(linkSorts('modbus')).toEqual(['serial', 'server', 'tcp']);
  expect(linkSorts('cjt188')).toEqual(['serial', 'server']);
  expect(linkSorts('mqtt')).toEqual(['bridge']);
  expect(linkSorts('uhppote')).toEqual(['controllers']);
  expect(freeLinkId('tcp', new Set(['modbus-1']))).toBe('modbus-2');
});

test('a new line begins as its product is delivered, else as is usual on its wire', () => {
  expect(presetLine({ link: 'modbus' })).toEqual({ baud: '9600', parity: 'none' });
  expect(presetLine({ link: 'cjt188' })).toEqual({ baud: '2400', parity: 'even' });
  expect(presetLine({ link: 'dlt645', line: { baudRate: 1_200 } })).toEqual({ baud: '1200', parity: 'even' });
  expect(presetLine({ link: 'modbus', line: { baudRate: 19_200, parity: 'even' } })).toEqual({
    ...{ baud: '19200', parity: 'even' },
  });
});
