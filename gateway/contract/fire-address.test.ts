import { expect, test } from 'vitest';
import { fireAddress, isFirePlace } from './fire-address.ts';

test.each([
  ['790300000000', '790300000000'],
  ['ac103cd56d1d', 'AC103CD56D1D'],
  [889, '790300000000'],
  ['88888', '385B01000000'],
  ['281474976710655', 'FFFFFFFFFFFF'],
  ['281474976710656', null],
  ['gate', null],
  ['-1', null],
  ['', null],
])('the address %j is %j on the wire', (written, wire) => {
  expect(fireAddress(written)).toBe(wire);
});

test.each([
  ['1-3', true],
  ['1-3-10-2', true],
  ['0-0-0-0', true],
  ['255-255-65535-65535', true],
  ['1-256', false],
  ['1-3-10', false],
  ['1-3-65536-2', false],
  ['01-3', false],
  ['1-3-10-2-4', false],
  ['', false],
])('%j names what stands behind a device: %s', (written, is) => {
  expect(isFirePlace(written)).toBe(is);
});
