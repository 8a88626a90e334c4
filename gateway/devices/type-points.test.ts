import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { PointSource } from '../contract/device-type.ts';
import { newTypeText, pointAtLine, pointsInText, writePoints } from './type-points.ts';

const read = (address: number, more: object = {}): PointSource => ({
  modbus: { function: 3, address, type: 'uint16', order: 'ABCD' },
  ...more,
});
const before = { level: read(4, { scale: 0.001 }), overflow: read(5) };

const text = `# A tank.
id: acme
points:
  # Measured at the bottom.
  level:
    # Register 4, without its point.
    modbus: { function: 3, address: 4, type: uint16 } # manual, page 12
    scale: 0.001

  overflow: { modbus: { function: 3, address: 5, type: uint16 } }   # a float
# What follows.
alarms: {}
`;

test('what changes is put in at its place, and all else stays byte for byte', () => {
  const next = writePoints(
    text,
    new Map<string, PointSource | null>([
      ['level', read(6, { scale: 0.01 })],
      ['battery', read(7)],
    ]),
    before,
  );
  expect(next).toBe(
    text
      .replace('address: 4', 'address: 6')
      .replace('scale: 0.001', 'scale: 0.01')
      .replace(
        '# a float\n',
        '# a float\n  battery: { modbus: { function: 3, address: 7, type: uint16 } }\n',
      ),
  );
});

test('a point is taken away with its lines', () => {
  const next = writePoints(text, new Map([['overflow', null]]), before);
  expect(next).toBe(text.replace(/ {2}overflow.*\n/, ''));
  const none = writePoints(next, new Map([['level', null]]), before);
  expect(parse(none)).toEqual({ id: 'acme', points: {}, alarms: {} });
  expect(none).toContain('# Measured at the bottom.');
});

test('a point that is computed from now on loses its read, and the other way round', () => {
  const computed: PointSource = { value: 'overflow ? 1.0 : 0.0' };
  const next = writePoints(text, new Map([['level', computed]]), before);
  expect(parse(next).points.level).toEqual(computed);
  const back = writePoints(next, new Map([['level', before.level]]), { ...before, level: computed });
  expect(parse(back).points.level).toEqual({
    modbus: { function: 3, address: 4, type: 'uint16' },
    scale: 0.001,
  });
});

test.each([
  ['id: acme', 'id: acme\npoints:\n  level: { modbus: { function: 3, address: 4, type: uint16 } }\n'],
  [
    'points: {}\nid: acme\n',
    'points:\n  level: { modbus: { function: 3, address: 4, type: uint16 } }\nid: acme\n',
  ],
  [
    'points:\nid: acme\n',
    'points:\n  level: { modbus: { function: 3, address: 4, type: uint16 } }\nid: acme\n',
  ],
  [
    'points:\n    a: { value: "1" }',
    'points:\n    a: { value: "1" }\n    level: { modbus: { function: 3, address: 4, type: uint16 } }\n',
  ],
])('a first point is put into %j', (from, to) => {
  expect(writePoints(from, new Map([['level', read(4)]]), {})).toBe(to);
});

test('points in one pair of braces, and with aliases, are written too', () => {
  const braces =
    'points: { level: { modbus: { function: 3, address: 4, type: uint16 } } } # both\nid: acme\n';
  const added = writePoints(braces, new Map([['overflow', read(5)]]), before);
  expect(Object.keys(parse(added).points)).toEqual(['level', 'overflow']);
  expect(added).toContain('# both');
  const aliased =
    'points:\n  level: &l { modbus: { function: 3, address: 4, type: uint16 } }\n  overflow: *l\n';
  const changed = writePoints(aliased, new Map([['overflow', read(9)]]), {
    level: read(4),
    overflow: read(4),
  });
  expect(parse(changed).points.overflow.modbus.address).toBe(9);
  expect(parse(changed).points.level.modbus.address).toBe(4);
});

test('any text comes back from the file as it was put in', () => {
  const texts = fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' }));
  fc.assert(
    fc.property(texts, texts, fc.double({ noNaN: true, noDefaultInfinity: true }), (topic, json, scale) => {
      const source: PointSource = { topic, json, scale: scale + 0, map: { [json]: topic } };
      const first = writePoints(text, new Map([['level', source]]), before);
      expect(parse(first).points.level).toEqual(source);
      const next: PointSource = { ...source, topic: json, json: topic };
      const second = writePoints(first, new Map([['level', next]]), { level: source });
      expect(parse(second).points.level).toEqual(next);
      expect(second).toContain('# What follows.\nalarms: {}\n');
    }),
    { numRuns: 40 },
  );
});

test('a new text has what was asked for, whatever its names hold', () => {
  const made = newTypeText('acme', { kind: 'tank', link: 'modbus', zh: '水箱: #1', en: "O'Neil's" });
  expect(parse(made)).toEqual({
    ...{ id: 'acme', kind: 'tank', link: 'modbus' },
    label: { zh: '水箱: #1', en: "O'Neil's" },
  });
});

test('lines are known by their point', () => {
  expect([...pointsInText(text)]).toEqual(['level', 'overflow']);
  expect([3, 5, 8, 10, 12].map((line) => pointAtLine(text, line))).toEqual([
    ...[null, 'level', 'level', 'overflow', null],
  ]);
});
