import { describe, expect, test } from 'vitest';
import { deviceTypeSchema } from '../../../gateway/contract/device-type.ts';
import { kindSchema } from '../../../gateway/contract/kind.ts';
import { deviceSchema, linkSchema } from '../../../gateway/contract/site.ts';
import {
  counted,
  deviceOf,
  emptyForm,
  errorsByField,
  type FilledForm,
  fittingLinks,
  hasWords,
  needsOf,
  nextLike,
  proposedId,
  proposedName,
  speechOf,
  usualArea,
} from './add-form.ts';

const label = { zh: '某', en: 'some' };
const kind = kindSchema.parse({
  id: 'meter',
  label,
  category: 'meter',
  settings: { highM: { label, default: 2.5 }, note: { label, type: 'text' }, local: { label, type: 'bool' } },
});
const modbus = deviceTypeSchema.parse({ id: 'sdm', label, kind: 'meter', link: 'modbus' });
const typed = (more: Partial<FilledForm>): FilledForm => ({
  ...{ ...emptyForm, type: 'sdm', area: 'hall', name: '' },
  ...more,
});

describe('the device that a form makes', () => {
  test('is one of the site, with settings only where they differ from the preset', () => {
    const form = typed({
      link: 'bus',
      address: ' 7 ',
      name: '总表',
      settings: { highM: '2.50', note: 'x', local: true },
      bind: { power: { from: 'a.b', invert: false } },
    });
    const device = deviceOf(form, { type: modbus, kind, id: 'sdm-1' });
    expect(deviceSchema.parse(device)).toEqual({
      ...{ id: 'sdm-1', type: 'sdm', name: '总表', area: 'hall', link: 'bus', address: 7 },
      settings: { note: 'x', local: true },
    });
  });

  test('keeps leading zeros of a meter number, and what is no number as it was typed', () => {
    const dlt645 = { ...modbus, link: 'dlt645' as const };
    const of = (form: FilledForm, type = modbus) => deviceOf(form, { type, kind, id: 'x' });
    expect(of(typed({ address: '000123456789' }), dlt645).address).toBe('000123456789');
    expect(of(typed({ address: ' "0001 2345 6789"' }), dlt645).address).toBe('000123456789');
    expect(of(typed({ address: '1a' })).address).toBe('1a');
    expect(of(typed({ settings: { highM: '2,5' } })).settings).toEqual({ highM: '2,5' });
    expect(of(typed({ id: 'own' })).id).toBe('own');
  });
});

test('a composed device is bound to points, inverted where it was ticked, and to nothing where nothing was chosen', () => {
  const composed = { ...modbus, link: 'composed' as const };
  const bind = {
    running: { from: 'io-1.in1', invert: false },
    fault: { from: 'io-1.in2', invert: true },
    current: { from: '', invert: true },
  };
  const device = deviceOf(typed({ bind, link: 'bus', name: 'x' }), { type: composed, kind, id: 'p' });
  expect(deviceSchema.parse(device)).toEqual({
    ...{ id: 'p', type: 'sdm', name: 'x', area: 'hall' },
    bind: { running: 'io-1.in1', fault: { from: 'io-1.in2', invert: true } },
  });
});

test('a key is made of the name where it has Latin letters, else of the type, and is free', () => {
  expect(proposedId({ name: 'Main Meter 2', type: 'sdm' }, new Set())).toBe('main-meter-2');
  expect(proposedId({ name: 'Main', type: 'sdm' }, new Set(['main']))).toBe('main-1');
  expect(proposedId({ name: '1 号楼总表', type: 'sdm' }, new Set(['sdm-1']))).toBe('sdm-2');
  expect(proposedId({ name: null, type: 'sdm' }, new Set())).toBe('sdm-1');
  expect(proposedName('三相电表', new Set(['三相电表 1']))).toBe('三相电表 2');
});

test('another like this has the next address and name, leading zeros kept', () => {
  expect(['7', '009', '总表 1', '1 号楼总表', 'lobby', '', '999999999999'].map(counted)).toEqual([
    ...['8', '010', '总表 2', '2 号楼总表', 'lobby 2', '', '1000000000000'],
  ]);
  const form = typed({
    ...{ address: '7', name: 'A1', id: 'a1', settings: { note: 'x' }, where: '192.168.1.20' },
    newArea: { name: 'B1', kind: null, parent: null },
  });
  expect(nextLike(form, { link: 'bus-1', area: 'b1' })).toEqual({
    ...{ ...form, address: '8', name: 'A2', id: '', where: null, newArea: null, link: 'bus-1', area: 'b1' },
  });
  expect(nextLike({ ...form, name: null }, { area: 'b1' })).toMatchObject({ name: null, link: null });
});

test('a link is offered to a type when it carries what the type speaks', () => {
  const links = [
    { id: 'a', kind: 'modbus-tcp', host: 'h' },
    { id: 'b', kind: 'bus', path: '/dev/ttyUSB0', protocol: 'dlt645-2007', also: { 'modbus-rtu': {} } },
    { id: 'c', kind: 'bus', path: '/dev/ttyUSB1', protocol: 'surgard-mlr2' },
    { id: 'd', kind: 'mqtt-bridge', prefixes: ['z'] },
  ].map((link) => linkSchema.parse(link));
  expect(fittingLinks(links, modbus).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(links.map(speechOf)).toEqual([
    ['modbus'],
    ['dlt645', 'modbus'],
    ['surgard-mlr2'],
    ['mqtt', 'native'],
  ]);
});

test('every way that a type can be reached asks for what it needs', () => {
  for (const link of deviceTypeSchema.shape.link.options) {
    const needs = needsOf({ ...modbus, link }, kind);
    expect(Object.keys(needs).sort()).toEqual(['address', 'bind', 'link', 'parent']);
  }
});

test('what an isolator may cut off is asked for its parent, whichever way it is reached itself; nothing else is', () => {
  const fault = {
    title: { zh: '一', en: 'one' },
    priority: 3,
    category: 'intercom',
    guidance: { zh: ['一'], en: ['one'] },
  };
  const on = { rule: 'is', point: 'dataFault', value: true };
  const station = kindSchema.parse({
    ...{ id: 'station', label: fault.title, category: 'intercom' },
    points: { dataFault: { label: fault.title, type: 'bool' } },
    alarms: { dataFault: { ...fault, on, covers: true } },
  });
  for (const link of ['composed', 'native'] as const) {
    const type = { ...modbus, link };
    expect([needsOf(type, station).parent, needsOf(type, kind).parent]).toEqual(['may', 'no']);
    const device = deviceOf(typed({ parent: 'isolator-1', link: null }), { type, kind: station, id: 's' });
    expect(device.parent).toBe('isolator-1');
  }
});

test('the area of a device is that of its neighbours, or the only one, or that of the last', () => {
  const at = (id: string, link: string, area: string) =>
    deviceSchema.parse({ id, type: 't', name: id, link, area });
  const devices = [at('a', 'bus', 'x'), at('b', 'bus', 'y'), at('c', 'bus', 'y'), at('d', 'other', 'x')];
  expect(usualArea('bus', devices, [{ id: 'x' }, { id: 'y' }], 'x')).toBe('y');
  expect(usualArea(null, devices, [{ id: 'x' }], null)).toBe('x');
  expect(usualArea(null, devices, [{ id: 'x' }, { id: 'y' }], 'gone')).toBeNull();
  expect(usualArea(null, devices, [{ id: 'x' }, { id: 'y' }], 'y')).toBe('y');
});

test('errors stand at their fields; what is missing is known by its name', () => {
  const found = errorsByField([
    { path: 'address', message: 'a' },
    { path: 'settings.highM', message: 'b' },
    { path: '', message: '"link" is missing: give one' },
    { path: 'body.name', message: 'too short' },
    { path: '', message: 'c' },
    { path: 'links.bus-1.path', message: 'd' },
    { path: 'body.link.baudRate', message: 'e' },
    { path: 'newLink.id', message: 'f' },
    { path: 'newLink', message: 'i' },
    { path: 'areas.b1.parent', message: 'g' },
    { path: 'body.device.id', message: 'h' },
  ]);
  expect(Object.fromEntries(found)).toEqual({
    address: 'a',
    'settings.highM': 'b',
    link: '"link" is missing: give one; i',
    name: 'too short',
    '': 'c',
    'link.path': 'd',
    'link.baudRate': 'e',
    'link.id': 'f',
    'area.parent': 'g',
    id: 'h',
  });
});

test('a type is found by words in any order', () => {
  expect(hasWords('Eastron SDM630 meter modbus', 'modbus sdm')).toBe(true);
  expect(hasWords('Eastron SDM630', 'sdm72')).toBe(false);
});
