import { describe, expect, test } from 'vitest';
import { deviceTypeSchema } from '../contract/device-type.ts';
import { kindSchema } from '../contract/kind.ts';
import { misreadText } from '../contract/misread.ts';
import { deviceSchema } from '../contract/site.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import { buildDevice } from './live-device.ts';
import { modbusWriteRequest } from './modbus.ts';
import { checkWrite } from './modbus-check.ts';
import { decodePoll, polledDevice } from './polled.ts';

const label = { zh: '测试', en: 'Test' };
const kind = kindSchema.parse({
  ...{ id: 'meter', label, category: 'meter' },
  points: {
    energy: { label, type: 'number', unit: 'kWh', min: 0, max: 1e9 },
    level: { label, type: 'number', unit: 'm', min: -100, max: 100 },
    fault: { label, type: 'bool' },
  },
});
const type = deviceTypeSchema.parse({
  ...{ id: 'test-meter', label, kind: 'meter', link: 'modbus' },
  settings: { pt: { label, default: 1 } },
  factors: {
    ct: { modbus: { function: 3, address: 331, type: 'uint16', sentinels: [0] } },
    decimals: {
      modbus: { function: 3, address: 3, type: 'uint16' },
      map: { 0: 1, 1: 0.1, 2: 0.01, 3: 0.001 },
    },
  },
  points: {
    energy: { modbus: { function: 3, address: 0, type: 'uint32', times: ['ct', 'pt'] }, scale: 0.01 },
    level: { modbus: { function: 3, address: 4, type: 'int16', times: ['decimals'] } },
    fault: { modbus: { function: 3, address: 100, type: 'nibbles', length: 2, any: [3, 4] } },
  },
});
const device = buildDevice(
  deviceSchema.parse({
    ...{ id: 'm', type: 'test-meter', name: 'm', area: 'a', link: 'bus', address: 1, settings: { pt: 100 } },
  }),
  type,
  kind,
);
const at = (address: number, ...words: number[]): AskedAnswer => ({
  read: { protocol: 'modbus', unit: 1, fc: 3, address, quantity: words.length },
  words,
});
const poll = (...answers: AskedAnswer[]) => {
  const { readings, problems } = decodePoll(device, answers, 0, () => false);
  const values = Object.fromEntries(readings.map(({ point, value, quality }) => [point, [value, quality]]));
  return { values, problems: problems.map(misreadText) };
};

describe('a value that others multiply', () => {
  test('is read along with them', () => {
    expect(polledDevice(device).reads.map(({ protocol, ...read }) => read)).toMatchObject([
      { address: 0, quantity: 2 },
      { address: 3, quantity: 2 },
      { address: 100, quantity: 2 },
      { address: 331, quantity: 1 },
    ]);
  });

  test('counts with its ratios: 12345 × 0.01 × CT 40 × PT 100', () => {
    const { values, problems } = poll(at(0, 0, 12_345), at(3, 2, 0xff9c), at(331, 40));
    expect(values).toEqual({ energy: [493_800, 'good'], level: [-1, 'good'] });
    expect(problems).toEqual([]);
  });

  test.each([
    ['not read in the same poll', [at(0, 0, 1)], 'its factor "ct" was not read'],
    ['refused', [at(0, 0, 1), { read: at(331, 1).read, refused: 'no' }], 'was not read'],
    ['not there by its own word', [at(0, 0, 1), at(331, 0)], 'its factor "ct" has no value'],
    ['outside of its map', [at(3, 9, 5)], 'its factor "decimals": 9 is not in its map'],
  ])('is bad when a factor is %s', (_, answers, words) => {
    const { values, problems } = poll(...(answers as AskedAnswer[]));
    expect(Object.values(values).map(([, quality]) => quality)).toEqual(['bad']);
    expect(problems[0]).toContain(words);
  });
});

test('alarm words of four bits each are one alarm when any of them is one that counts', () => {
  expect(poll(at(100, 0x1112, 0x1f1f)).values.fault).toEqual([false, 'good']);
  expect(poll(at(100, 0x1112, 0x1141)).values.fault).toEqual([true, 'good']);
});

describe('a write', () => {
  test.each([
    [
      { function: 5, address: 3, value: true },
      { fc: 5, address: 3, value: 0xff00 },
    ],
    [
      { function: 5, address: 3, value: 0x5500 },
      { fc: 5, address: 3, value: 0x5500 },
    ],
    [
      { function: 6, address: 0, value: -2 },
      { fc: 6, address: 0, value: 0xfffe },
    ],
    [
      { function: 15, address: 8, value: [true, false] },
      { fc: 15, address: 8, bits: [1, 0] },
    ],
    [
      { function: 16, address: 1, value: 7 },
      { fc: 16, address: 1, registers: [7] },
    ],
    [
      { function: 16, address: 1, value: [35_732, 29_803] },
      { fc: 16, address: 1, registers: [35_732, 29_803] },
    ],
    [
      { function: 16, address: 1, value: 50, type: 'float32', order: 'CDAB' },
      { fc: 16, address: 1, registers: [0, 0x4248] },
    ],
  ] as const)('%j becomes %j', (write, request) => {
    const copy = structuredClone(write) as Parameters<typeof modbusWriteRequest>[0];
    expect(modbusWriteRequest(copy)).toEqual(request);
    const wrong: string[] = [];
    checkWrite(copy, (_path, message) => wrong.push(message), []);
    expect(wrong).toEqual([]);
  });

  test.each([
    [{ function: 5, address: 3, value: 7 }, 'function 5 writes true or false'],
    [{ function: 5, address: 3, value: [true] }, 'function 5 writes one value; several are function 15'],
    [{ function: 6, address: 3, value: 70_000 }, 'whole numbers of one register'],
    [{ function: 15, address: 3, value: [1] }, 'function 15 writes true and false'],
    [{ function: 16, address: 3, value: 0.5 }, 'whole numbers of one register'],
    [{ function: 16, address: 3, value: 70_000, type: 'int16' }, '70000 does not fit int16'],
    [{ function: 6, address: 3, value: 1, order: 'CDAB' }, 'are for function 16'],
    [{ function: 16, address: 3, value: 1, mask: 1 }, 'mask is for function 6'],
  ] as const)('%j is refused', (write, words) => {
    const wrong: string[] = [];
    const copy = structuredClone(write) as Parameters<typeof checkWrite>[0];
    checkWrite(copy, (_path, message) => wrong.push(message), []);
    expect(wrong).toEqual([expect.stringContaining(words)]);
  });
});
