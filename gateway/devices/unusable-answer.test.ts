import { expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { runCase } from './cases.ts';
import { loadCatalogue } from './catalogue.ts';

const known = loadCatalogue({ siteDir: null, log: silentLog });

/** What is said of a case of one frame. */
function told(id: string, device: object, frame: object): string {
  const type = known.types.get(id);
  if (!type) throw new Error(`there is no type ${id}`);
  const frames = JSON.stringify({ source: 'x', device, frames: [frame] });
  const { problems } = runCase(type, { name: 'one', frames, expected: '{}' }, known);
  return problems.map(({ message }) => message).join('\n');
}

const modbus = (hex: string, more: object = {}) =>
  told('eastron-sdm230', { address: 1 }, { function: 4, address: 0, quantity: 2, hex, ...more });
const electric = (hex: string) =>
  told('dlt645-2007-meter', { address: '260305510020' }, { di: '02030000', hex });
const water = (hex: string) =>
  told('cjt188-water-meter', { address: '78330011223344' }, { meterType: '10', hex });

test.each([
  ['Modbus', () => modbus('010404436633341B39'), 'the check sum fails: 1B38 expected, 1B39 found'],
  ['Modbus of another length', () => modbus('0104024366331B'), 'the check sum fails: '],
  ['Modbus that breaks off', () => modbus('0104044366'), 'it breaks off'],
  ['Modbus of no bytes', () => modbus(''), 'there are no bytes'],
  [
    'Modbus of another function',
    () => modbus('010404436633341B38', { function: 3 }),
    'function 4, and 3 was',
  ],
  ['Modbus of another quantity', () => modbus('010404436633341B38', { quantity: 4 }), 'than the 4 that were'],
  ['a Modbus exception', () => modbus('018402C2C1'), 'exception 2 ('],
  [
    'DL/T 645',
    () => electric('68200051050326689107333336357386B58716'),
    'the check sum fails: 86 expected, 87 found',
  ],
  ['DL/T 645 of another meter', () => electric('68210051050326689107333336357386B58716'), 'another meter'],
  ['DL/T 645 without its end', () => electric('68200051050326689107333336357386B58617'), 'not end with 16'],
  [
    'CJ/T 188',
    () => water('68104433221100337881161F9000007766552C007766552C3101221105152021840816'),
    'the check sum fails: 13 expected, 08 found',
  ],
] as const)('%s is told in words', (_, run, words) => {
  const message = run();
  expect(message).toContain(words);
  expect(message).not.toContain('{');
});
