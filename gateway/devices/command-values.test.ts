import { describe, expect, test } from 'vitest';
import { deviceTypeSchema } from '../contract/device-type.ts';
import { kindSchema } from '../contract/kind.ts';
import { deviceSchema } from '../contract/site.ts';
import { proofFor } from './command-confirm.ts';
import { commandWords } from './command-handover.ts';
import { payloadText } from './command-payload.ts';
import { argumentsOut, refusedArgument } from './command-values.ts';
import { checkType } from './definition-check.ts';
import { buildDevice } from './live-device.ts';
import { modbusWriteRequest } from './modbus.ts';
import { topicCommand } from './topic-command.ts';

const label = { zh: '测试', en: 'Test' };
const words = { cold: label, warm: label, hot: label };
const kind = kindSchema.parse({
  ...{ id: 'boiler', label, category: 'meter' },
  points: {
    setpoint: { label, type: 'number', unit: '°C', min: -1e9, max: 1e9 },
    mode: { label, type: 'enum', values: words },
    lit: { label, type: 'bool' },
  },
  commands: {
    setTo: {
      label,
      args: { value: { label, type: 'number', unit: '°C' } },
      confirm: { point: 'setpoint', argument: 'value' },
    },
    setMode: {
      label,
      args: { mode: { label, type: 'enum', values: words } },
      confirm: { point: 'mode', argument: 'mode' },
    },
    light: {
      label,
      args: { lit: { label, type: 'bool' } },
      confirm: { point: 'lit', argument: 'lit' },
    },
  },
});

type Parts = { points?: object; commands: object; link?: string; settings?: object };
function typeOf({ points, commands, link = 'modbus', settings = {} }: Parts) {
  const setpoint = { modbus: { function: 3, address: 9, type: 'uint16' } };
  const id = { id: 'test-boiler', label, kind: 'boiler', link };
  return deviceTypeSchema.parse({ ...id, settings, points: points ?? { setpoint }, commands });
}
function routeOf(parts: Parts, command: string) {
  const doc = { id: 'b', type: 'test-boiler', name: 'b', area: 'a', link: 'bus', address: 1 };
  const device = buildDevice(deviceSchema.parse(doc), typeOf(parts), kind);
  const route = device.commands.get(command);
  if (!route) throw new Error(`no ${command}`);
  return { device, route };
}
const registers = (write: object, args: object, value: number) => {
  const { route } = routeOf(
    { commands: { setTo: { modbus: { ...write, argument: 'value' }, args: { value: args } } } },
    'setTo',
  );
  const wrong = refusedArgument(route, { value });
  if (wrong !== null || !('modbus' in route.source)) return wrong;
  return modbusWriteRequest(route.source.modbus, argumentsOut(route, { value }).value);
};
const one = (type: string, order?: string) => ({ function: 16, address: 4, type, ...(order && { order }) });

describe('a value in registers', () => {
  test.each([
    ['uint16', one('uint16'), {}, 45, [45]],
    ['uint16 by function 6', { function: 6, address: 4, type: 'uint16' }, {}, 45, 45],
    ['int16, negative and scaled', one('int16'), { scale: 0.1 }, -12.5, [0xff83]],
    ['int16 with an offset', one('int16'), { scale: 0.5, offset: -40 }, 20, [120]],
    ['a byte swap', one('uint16', 'BADC'), {}, 0x1234, [0x3412]],
    ['uint32 ABCD', one('uint32'), {}, 0x12345678, [0x1234, 0x5678]],
    ['uint32 CDAB', one('uint32', 'CDAB'), {}, 0x12345678, [0x5678, 0x1234]],
    ['uint32 BADC', one('uint32', 'BADC'), {}, 0x12345678, [0x3412, 0x7856]],
    ['uint32 DCBA', one('uint32', 'DCBA'), {}, 0x12345678, [0x7856, 0x3412]],
    ['int32', one('int32'), {}, -2, [0xffff, 0xfffe]],
    ['float32 CDAB', one('float32', 'CDAB'), {}, 50, [0, 0x4248]],
    ['float32, scaled', one('float32'), { scale: 0.1 }, 5, [0x4248, 0]],
    ['bcd16', { function: 6, address: 4, type: 'bcd16' }, { scale: 0.01 }, 12.34, 0x1234],
    ['bcd32', one('bcd32'), {}, 123_456, [0x0012, 0x3456]],
    ['the bits of a mask', { function: 6, address: 4, mask: 0x0f00 }, {}, 5, 0x0500],
  ])('%s', (_, write, args, value, wanted) => {
    expect(registers(write, args, value)).toMatchObject(
      Array.isArray(wanted) ? { fc: 16, registers: wanted } : { fc: 6, value: wanted },
    );
  });

  test.each([
    ['more than uint16', one('uint16'), {}, 65_536, 'from 0 to 65535 °C; 65536 is not'],
    ['less than uint16', one('uint16'), { scale: 0.1 }, -0.1, 'from 0 to 6553.5 °C'],
    ['more than int16 scaled', one('int16'), { scale: 0.1 }, 3_276.8, 'from -3276.8 to 3276.7'],
    ['more digits than bcd16', one('bcd16'), {}, 10_000, 'from 0 to 9999'],
    ['more than the mask holds', { function: 6, address: 4, mask: 0x0300 }, {}, 4, 'from 0 to 3'],
    ['between two steps', one('uint16'), { scale: 10 }, 45, 'uint16 has steps of 10: give 40 or 50'],
    ['half a number', one('uint16'), {}, 1.5, 'steps of 1: give 1 or 2'],
    ['more than the type allows', one('uint16'), { min: 5, max: 9 }, 10, 'from 5 to 9 °C; 10 is not'],
    ['finer than the type says', one('float32'), { decimals: 1 }, 1.25, 'at most 1 decimals; 1.25 is not'],
    ['more digits than a float32', one('float32'), { decimals: 0 }, 16_777_217, 'give 16777216'],
  ])('%s is refused', (_, write, args, value, words) => {
    expect(registers(write, args, value)).toContain(words);
  });

  test('coarser decimals than the register has steps are rounded to the nearest of these', () => {
    const fine = { scale: 100 / 16_384, decimals: 1, min: 0, max: 100 };
    expect(registers(one('uint16'), fine, 45.1)).toMatchObject({ registers: [7_389] });
  });
});

test('words go out as their numbers, and only those that the product has', () => {
  const modbus = { function: 6, address: 4, type: 'uint16', argument: 'mode' };
  const parts = { commands: { setMode: { modbus, args: { mode: { map: { 0: 'cold', 7: 'hot' } } } } } };
  const { device, route } = routeOf(parts, 'setMode');
  const pdu = (mode: string) =>
    commandWords(() => ({ unable: '' }), device, { name: 'setMode', command: '', args: { mode } });
  expect(pdu('hot')).toEqual({ pdu: Uint8Array.from([6, 0, 4, 0, 7]) });
  expect(pdu('warm')).toEqual({ unable: '"mode" must be one of cold, hot; "warm" is not' });
  expect(proofFor(route, { mode: 'hot' })).toEqual({ key: 'b.mode', value: 'hot' });
});

test.each([
  [5, true, { fc: 5, value: 0xff00 }],
  [5, false, { fc: 5, value: 0 }],
  [15, true, { fc: 15, bits: [1] }],
] as const)('a bit goes out by function %i', (code, lit, request) => {
  const { route } = routeOf(
    { commands: { light: { modbus: { function: code, address: 2, argument: 'lit' } } } },
    'light',
  );
  if (!('modbus' in route.source)) throw new Error('no write');
  expect(modbusWriteRequest(route.source.modbus, argumentsOut(route, { lit }).lit)).toMatchObject(request);
  expect(refusedArgument(route, { lit: 'on' })).toBe('"lit" must be true or false');
});

test('what is read more coarsely than it was written is proved within one step of that', () => {
  const read = { modbus: { function: 3, address: 9, type: 'uint16' }, scale: 0.1 };
  const modbus = { ...one('uint16'), argument: 'value' };
  const parts = {
    points: { setpoint: read },
    commands: { setTo: { modbus, args: { value: { scale: 0.01 } } } },
  };
  const proof = proofFor(routeOf(parts, 'setTo').route, { value: 2.39 });
  expect(proof).toMatchObject({ key: 'b.setpoint', value: 2.39 });
  expect(proof?.within).toBeGreaterThan(0.09);
  expect(proof?.within).toBeLessThan(0.1);
});

test('arguments stand in payloads as texts, numbers and whole numbers', () => {
  const payload = { s: '{mode}', n: '{value:number}', w: '{part:whole}', id: '{request}' };
  expect(payloadText(payload, 'c-1', { mode: 'eco', value: 21.5, part: 3 })).toBe(
    '{"s":"eco","n":21.5,"w":3,"id":"c-1"}',
  );
  expect(payloadText('SET {value}', 'c-1', { value: 21.5 })).toBe('SET 21.5');
});

test('a metric is written with the argument', () => {
  const metric = { name: 'Boiler/Setpoint', argument: 'value' };
  const parts = {
    link: 'mqtt',
    points: { setpoint: { metric: metric.name } },
    commands: { setTo: { metric } },
  };
  const { device } = routeOf(parts, 'setTo');
  const asked: object[] = [];
  const message = (args: Record<string, unknown>) =>
    topicCommand(
      {
        sparkplug: {
          command(_, write) {
            asked.push(write);
            return { topic: 't', payload: Uint8Array.of(1) };
          },
        },
        discoveries: { command: () => ({ unable: '' }) },
      },
      device,
      { command: 'c-1', name: 'setTo', args, nowMs: 0 },
    );
  expect(message({ value: 21.5 })).toMatchObject({ topic: 't', qos: 0 });
  expect(asked).toEqual([{ name: metric.name, value: 21.5 }]);
  expect(message({})).toEqual({ unable: 'there is no value to write to "Boiler/Setpoint"' });
});

test('a word goes into a metric as the number or the truth that it stands for', () => {
  const written = (map: object, mode: string) => {
    const setMode = { metric: { name: 'Boiler/Mode', argument: 'mode' }, args: { mode: { map } } };
    const points = { mode: { metric: 'Boiler/Mode', map } };
    return argumentsOut(routeOf({ link: 'mqtt', points, commands: { setMode } }, 'setMode').route, { mode });
  };
  expect(written({ 0: 'cold', 7: 'hot' }, 'hot')).toEqual({ mode: 7 });
  expect(written({ false: 'cold', true: 'hot' }, 'hot')).toEqual({ mode: true });
  expect(written({ C: 'cold', H: 'hot' }, 'hot')).toEqual({ mode: 'H' });
});

describe('a type is told', () => {
  const faults = (parts: Parts) => {
    const found: string[] = [];
    checkType(typeOf(parts), kind, (path, message) => found.push(`${path.join('.')}: ${message}`));
    return found;
  };
  const setTo = (modbus: object, args?: object) => ({ commands: { setTo: { modbus, args } } });
  const sound = { ...one('uint16'), argument: 'value' };

  test('nothing when it is sound', () => {
    expect(faults(setTo(sound, { value: { scale: 0.1, min: 5, max: 90 } }))).toEqual([]);
  });

  test.each([
    ['value and argument', { ...sound, value: 3 }, undefined, 'exclude each other'],
    ['neither', { function: 16, address: 4 }, undefined, 'what is written is missing'],
    ['no type', { function: 6, address: 4, argument: 'value' }, undefined, 'type: uint16'],
    [
      'two registers by function 6',
      { ...one('float32'), function: 6, argument: 'value' },
      undefined,
      'write function: 16',
    ],
    ['half a register', { ...one('int8'), argument: 'value' }, undefined, 'int8 cannot be written'],
    [
      'a strange argument',
      { ...one('uint16'), argument: 'vlaue' },
      undefined,
      'there is no argument "vlaue" here',
    ],
    ['a strange name of args', sound, { speed: {} }, 'there is no argument "speed" here'],
    ['a map of a number', sound, { value: { map: { 0: 'cold' } } }, 'map is for words'],
    [
      'limits that leave nothing',
      sound,
      { value: { min: 70_000, max: 80_000 } },
      'no value of "value" is left',
    ],
    [
      'a coil that takes a number',
      { function: 5, address: 1, argument: 'value' },
      undefined,
      'must be of type bool',
    ],
  ])('%s', (_, modbus, args, words) => {
    expect(faults(setTo(modbus, args)).join('\n')).toContain(words);
  });

  test('which words have no number, and that a value is said nowhere', () => {
    const modbus = { ...one('uint16'), argument: 'mode' };
    expect(faults({ commands: { setMode: { modbus } } }).join('\n')).toContain('say which number each word');
    const args = { mode: { map: { 0: 'cold', 1: 'cool' } } };
    expect(faults({ commands: { setMode: { modbus, args } } }).join('\n')).toContain(
      '"cool" is no value of it',
    );
    const wide = { mode: { map: { 0: 'cold', 4: 'hot' } } };
    const masked = { function: 6, address: 4, mask: 0x0300, argument: 'mode' };
    expect(faults({ commands: { setMode: { modbus: masked, args: wide } } }).join('\n')).toContain(
      '4 does not fit the bits of the mask, which goes from 0 to 3',
    );
    const far = { mode: { map: { 0: 'cold', 65536: 'hot' } } };
    expect(faults({ commands: { setMode: { modbus, args: far } } }).join('\n')).toContain(
      '65536 does not fit uint16',
    );
    const mqtt = { topic: 'x/{address}/set', payload: { a: 1 } };
    expect(faults({ link: 'mqtt', points: {}, commands: { setTo: { mqtt } } }).join('\n')).toContain(
      'nothing says "value" to the device',
    );
  });
});
