import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type DeviceType, type PointSource, pointSourceSchema } from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import { type Catalogue, loadCatalogue } from '../devices/catalogue.ts';
import { widthOf } from '../devices/modbus.ts';
import { pointsInText, writePoints } from '../devices/type-points.ts';
import { conversion, unitsInto } from '../devices/units.ts';
import { silentLog } from '../lib/log.ts';
import { readCsv, writeCsv } from './csv.ts';
import { knownPointColumns } from './point-columns.ts';
import { type PlannedPoints, type PointsNow, planningPoints } from './point-rows.ts';
import { pointsTemplate, typePointsSheet } from './point-sheets.ts';
import type { Reading, Sheet, Table } from './table.ts';
import { readWorkbook, writeWorkbook } from './workbook.ts';

// The points of every type that comes with Gatehouse, through a sheet and back.

let types: Catalogue;
let shipped: { type: DeviceType; kind: Kind }[];
beforeAll(() => {
  types = loadCatalogue({ siteDir: null, log: silentLog });
  shipped = [...types.types.values()].flatMap((type) => {
    const kind = types.kinds.get(type.kind);
    return kind && Object.keys(type.points).length > 0 ? [{ type, kind }] : [];
  });
});

const tools = { units: { conversion, from: unitsInto }, registersOf: widthOf };

function planned(table: Table, now: PointsNow): PlannedPoints {
  const steps = planningPoints(table, now, tools);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const formats: [string, (sheet: Sheet) => Promise<Reading>][] = [
  ['xlsx', async (sheet) => readWorkbook(await writeWorkbook([sheet]), ['points', '点表'])],
  ['csv', async (sheet) => readCsv(Buffer.from(writeCsv(sheet.rows)), knownPointColumns)],
];

/** A workbook takes a hundred times as long as a CSV text: some types stand for all. */
const some = (name: string) => shipped.filter((_, index) => name === 'csv' || index % 8 === 0);

async function tableOf(sheet: Sheet, carry: (sheet: Sheet) => Promise<Reading>): Promise<Table> {
  const reading = await carry(sheet);
  if ('problem' in reading) throw new Error(reading.problem.en);
  return reading.table;
}

test.each(formats)(
  'the points of every type, exported as %s and imported, are unchanged',
  async (name, carry) => {
    expect(shipped.length).toBeGreaterThan(60);
    for (const { type, kind } of some(name))
      for (const language of ['zh', 'en'] as const) {
        const table = await tableOf(typePointsSheet(kind, type, language), carry);
        const { rows, problems, changes } = planned(table, {
          ...{ kind, way: type.link, points: type.points, own: new Set() },
        });
        expect(problems, type.id).toEqual([]);
        expect(rows.map(({ id, outcome }) => [id, outcome]).sort(), type.id).toEqual(
          Object.keys(type.points)
            .map((name) => [name, 'same'])
            .sort(),
        );
        expect(changes.size).toBe(0);
      }
  },
);

test.each(formats)(
  'a type without points gets all of a type by its sheet as %s, and so does its text',
  async (name, carry) => {
    for (const { type, kind } of some(name)) {
      const table = await tableOf(typePointsSheet(kind, type, 'zh'), carry);
      const { problems, changes } = planned(table, { kind, way: type.link, points: {}, own: new Set() });
      expect(
        problems.filter(({ severity }) => severity === 'error'),
        type.id,
      ).toEqual([]);
      expect(Object.fromEntries(changes), type.id).toEqual(type.points);
      const text = writePoints('id: made\n# the end\n', changes, {});
      expect(text).toMatch(/^id: made\n# the end\npoints:\n {2}\w/);
      expect(pointsOf(text), type.id).toEqual(type.points);
    }
  },
);

test('the template of every kind and way is passed over as it is', async () => {
  for (const kind of types.kinds.values())
    for (const way of ['modbus', 'dlt645', 'mqtt', 'cjt188'] as const)
      for (const [name, carry] of formats) {
        if (name === 'xlsx' && kind.id !== 'pump') continue;
        const table = await tableOf(pointsTemplate(kind, way, {}, 'en'), carry);
        const { rows, problems } = planned(table, { kind, way, points: {}, own: new Set() });
        expect(problems).toEqual([]);
        expect(rows.every(({ outcome }) => outcome === 'example')).toBe(true);
        expect(rows.length).toBeGreaterThanOrEqual(Object.keys(kind.points).length);
      }
});

test('a scale that is changed in the text of every type changes that alone', () => {
  for (const { type } of shipped) {
    const text = textOf(type.id);
    const own = pointsInText(text);
    const [name] = own;
    if (name === undefined) continue;
    const before = type.points[name];
    if (!before || before.map || before.invert) continue;
    const after: PointSource = { ...before, scale: 0.125 };
    const next = writePoints(text, new Map([[name, after]]), type.points);
    expect(pointsOf(next), type.id).toEqual({ ...pointsOf(text), [name]: after });
    const lost = text.split('\n').filter((line) => !next.includes(line));
    expect(lost.length, `${type.id}: ${lost.join('\n')}`).toBeLessThanOrEqual(1);
    const comments = (of: string) => of.match(/#.*/g) ?? [];
    expect(comments(next), type.id).toEqual(comments(text));
    expect(writePoints(next, new Map([[name, null]]), type.points), type.id).not.toContain('0.125');
  }
});

function textOf(id: string): string {
  return readFileSync(join(types.builtIn, id, 'type.yaml'), 'utf8');
}

function pointsOf(text: string): Record<string, PointSource> {
  const { points = {} } = parse(text) as { points?: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(points).map(([name, source]) => [name, pointSourceSchema.parse(source)]),
  );
}
