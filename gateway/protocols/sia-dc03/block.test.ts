import fc from 'fast-check';
import { expect, test } from 'vitest';
import { siaEvents } from './block.ts';

const plain = { area: null, user: null };

test.each([
  ['NBA015', [{ code: 'BA', point: '015', ...plain }]],
  ['Nri1/BA015', [{ code: 'BA', point: '015', area: '1', user: null }]],
  ['Nri1CL501', [{ code: 'CL', point: '501', area: '1', user: null }]],
  ['NRP0000', [{ code: 'RP', point: '0000', ...plain }]],
  ['NCQ1', [{ code: 'CQ', point: '1', ...plain }]],
  ['OP005', [{ code: 'OP', point: '005', ...plain }]],
  ['NOP005', [{ code: 'OP', point: '005', ...plain }]],
  ['Nti12:30/ri2/id7/OP', [{ code: 'OP', point: '', area: '2', user: '7' }]],
  [
    'Nri1/BA1/ri2/BA2',
    [
      { code: 'BA', point: '1', area: '1', user: null },
      { code: 'BA', point: '2', area: '2', user: null },
    ],
  ],
  ["Nri4/UR069*'HA OVERLOOP'NM", [{ code: 'UR', point: '069', area: '4', user: null }]],
  ['Nri1CL0^VX FRONTE ^', [{ code: 'CL', point: '0', area: '1', user: null }]],
  ['N', []],
  ['', []],
])('%s', (data, events) => {
  expect(siaEvents(data)).toEqual(events);
});

test('whatever stands in a block, it is read to its end', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (data) => {
      for (const { code } of siaEvents(data)) expect(code).toMatch(/^[A-Z]{2}$/);
    }),
  );
});
