import { expect, test } from 'vitest';
import { type Link, linkSchema } from '../contract/site.ts';
import type { AskedRead } from '../protocols/asked-read.ts';
import { exchangeMs, worstCycleMs, worstDetectionMs } from './cycle.ts';
import { busTiming, lineUse, longestTimeoutMs } from './line-use.ts';

const bus: Link = {
  id: 'rs485',
  kind: 'bus',
  path: '/dev/ttyUSB0',
  protocol: 'modbus-rtu',
  baudRate: 9_600,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  timeoutMs: 500,
  gapMs: 5,
  also: { 'dlt645-2007': { baudRate: 2_400, dataBits: 8, parity: 'even', stopBits: 1, timeoutMs: 1_000 } },
};
const modbus: AskedRead = { protocol: 'modbus', unit: 1, fc: 4, address: 0, quantity: 12 };
const meter: AskedRead = { protocol: 'dlt645', meter: '000000000161', di: '0201FF00', dataBytes: 6 };
const device = (id: string, read: AskedRead, periodMs = 10_000) => ({ id, periodMs, reads: [read] });

test('a protocol goes over the line with its own settings, and one that is not carried does not', () => {
  expect(lineUse(bus, 'modbus')).toMatchObject({ settings: { baudRate: 9_600, parity: 'none' } });
  expect(lineUse(bus, 'dlt645')).toEqual({
    settings: { baudRate: 2_400, dataBits: 8, parity: 'even', stopBits: 1 },
    timing: { baudRate: 2_400, bitsPerCharacter: 11, timeoutMs: 1_000 },
  });
  expect(lineUse({ ...bus, also: undefined }, 'dlt645')).toBeUndefined();
  expect(
    lineUse({ id: 'p', kind: 'modbus-tcp', host: 'h', port: 502, timeoutMs: 700 }, 'dlt645'),
  ).toBeUndefined();
  expect(longestTimeoutMs(bus)).toBe(1_000);
});

test('an exchange is both frames at the speed of its protocol, the thinking, and the gap', () => {
  // 8 there, 29 back, 7 of silence: 44 characters of 10 bits at 9600, 5 of thinking, 5 of gap.
  expect(exchangeMs(modbus, busTiming(bus))).toBeCloseTo(45.8 + 5 + 5, 1);
  // 20 there and 26 back, FE included: 46 characters of 11 bits at 2400, 100 of thinking, 5 of gap.
  expect(exchangeMs(meter, busTiming(bus))).toBeCloseTo(210.8 + 100 + 5, 1);
});

test('behind a unit on a mobile network each question takes its way there and back as well', () => {
  const mobile = linkSchema.parse({
    ...{ id: 'unit', kind: 'dtu', registration: '861234567890123', protocol: 'modbus-rtu', timeoutMs: 500 },
  });
  const devices = [device('a', modbus), device('b', modbus)];
  const longer = worstCycleMs(devices, busTiming(mobile)) - worstCycleMs(devices, busTiming(bus));
  expect(longer).toBe(2 * 200);
});

test('the worst round has the longest time-out of the protocols on it, and a port set anew for each device', () => {
  const both = [device('a', modbus), device('b', meter), device('c', meter)];
  const exchanges = 55.8 + 2 * 315.8;
  expect(Math.abs(worstCycleMs(both, busTiming(bus)) - (exchanges + 3 * 20 + 1_000))).toBeLessThan(2);
  expect(Math.abs(worstCycleMs([device('a', modbus)], busTiming(bus)) - (55.8 + 500))).toBeLessThan(2);
  expect(worstCycleMs([], busTiming(bus))).toBe(0);
});

test('a change is noticed after the period or the round, whichever is longer, and the exchange itself', () => {
  const slow = device('slow', meter);
  expect(worstDetectionMs(slow, [slow], busTiming(bus))).toBe(10_316);
  const quick = device('quick', meter, 100);
  expect(worstDetectionMs(quick, [quick], busTiming(bus))).toBe(1_316 + 316);
});
