import { isDeepStrictEqual } from 'node:util';
import type { DeviceType, PointSource } from '../contract/device-type.ts';
import type { ExchangeOutcome, ExchangeProblem, ExchangeRow } from '../contract/exchange.ts';
import type { Kind } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { PointField } from '../contract/point-heads.ts';
import { readHead } from './head.ts';
import { pointCell, readPointCell } from './point-cells.ts';
import { checkModbus, overlapOf } from './point-check.ts';
import {
  isOfSource,
  isOfWay,
  knownPointHeads,
  pointFieldOf,
  type SourceFields,
  sourceFields,
} from './point-columns.ts';
import { type PointTools, places, pointFinder, settle, sourceIn } from './point-source.ts';
import { applyUnit } from './point-units.ts';
import * as told from './point-words.ts';
import { actionOf } from './rows.ts';
import { type Cell, type Table, textOf } from './table.ts';
import * as words from './words.ts';

/** A type as a sheet finds it. */
export interface PointsNow {
  kind: Kind;
  way: DeviceType['link'];
  points: Readonly<Record<string, PointSource>>;
  /** Those that stand in its own text, and not in a block that it names. */
  own: ReadonlySet<string>;
}

export interface PlannedPoints {
  rows: ExchangeRow[];
  problems: ExchangeProblem[];
  /** Letters of the column of each field. */
  columns: ReadonlyMap<string, string>;
  /** New and changed points, and null for those to be taken away. */
  changes: Map<string, PointSource | null>;
}

/** Rows that are planned without looking up. */
const stepRows = 250;
/** A cell of a sheet that a person has filled in; what is longer is a quote that was never closed. */
const longestCell = 4_000;
/** The heads are among so many rows. */
const mostAbove = 20;
const isPointHead = (cell: Cell) => pointFieldOf(textOf(cell)) === 'point';

/**
 * What each row of a sheet comes to for a type: columns that the sheet has are taken over, an empty cell takes the field away, points
 * and columns that it has not stay as they are. Rows that name no point, or say nothing of where it comes from, are passed over.
 */
export function* planningPoints(
  table: Table,
  now: PointsNow,
  tools: PointTools,
): Generator<undefined, PlannedPoints, undefined> {
  const { kind, way } = now;
  // Above the heads a maker's list often has a title.
  const top = Math.max(
    0,
    table.rows.slice(0, mostAbove).findIndex((cells) => cells.some((cell) => isPointHead(cell))),
  );
  const [first = [], ...body] = table.rows.slice(top);
  const head = readHead(first, { fieldOf: pointFieldOf, all: knownPointHeads }, (index) =>
    body.some((cells) => textOf(cells[index]) !== ''),
  );
  const { columns } = head;
  const problems = head.problems.map((problem): ExchangeProblem => ({ ...problem, row: top + 1 }));
  const planned: PlannedPoints = { rows: [], problems, columns, changes: new Map() };
  const tellHead = (field: PointField | null, severity: 'error' | 'warning', message: Label) =>
    problems.push({
      ...{ row: top + 1, column: (field !== null && columns.get(field)) || null, field, id: null },
      ...{ severity, message },
    });
  if (!columns.has('point')) {
    tellHead(null, 'error', told.noHeader);
    return planned;
  }
  const known = head.known.filter(({ field }) => isOfWay(field, way));
  const index = new Map(known.map((column) => [column.field, column.index]));
  for (const { field, index: at } of head.known)
    if (!isOfWay(field, way) && body.some((cells) => textOf(cells[at]) !== ''))
      tellHead(field, 'warning', told.foreignColumn(field, way));
  const read = known.map(({ field }) => field).filter(isOfSource);
  const located = [...(places[way] ?? []), 'expression' as const].some((field) => index.has(field));
  // What other cells are read by comes first.
  const order: readonly PointField[] = ['function', 'type', 'address'];
  const rank = (field: PointField) => (order.includes(field) ? order.indexOf(field) : order.length);
  const inOrder = read.toSorted((a, b) => rank(a) - rank(b));
  const cellAt = (cells: readonly Cell[], field: PointField) => cells[index.get(field) ?? -1];
  const find = pointFinder(kind);
  const seen = new Map<string, number>();
  let otherLabels: PointField | null = null;
  let unplaced = false;

  for (const [offset, cells] of body.entries()) {
    if (offset % stepRows === stepRows - 1) yield;
    if (cells.every((cell) => textOf(cell) === '')) continue;
    const row = top + offset + 2;
    const text = textOf(cellAt(cells, 'point')).slice(0, longestCell);
    const { word, action } = actionOf(textOf(cellAt(cells, 'action')));
    const name = find(text);
    const definition = name === undefined ? undefined : kind.points[name];
    const id = name ?? text;
    const notes: ExchangeProblem[] = [];
    let failed = false;
    const tell = (field: PointField, message: Label, severity: 'error' | 'warning' = 'error') => {
      failed ||= severity === 'error';
      const problem = { row, column: columns.get(field) ?? null, field, id: id || null, severity, message };
      (severity === 'error' ? problems : notes).push(problem);
    };
    const done = (outcome: ExchangeOutcome, fields: ExchangeRow['fields'] = []) => {
      const label = definition ? `${definition.label.zh} ${definition.label.en}` : '';
      planned.rows.push({ row, id, name: label, outcome: failed ? 'error' : outcome, fields });
      // A row that changes nothing has been read so before.
      if (outcome !== 'same' || failed) problems.push(...notes);
    };

    const said = inOrder.some((field) => textOf(cellAt(cells, field)) !== '');
    if (action === 'example' || text === '' || (action === 'put' && located && !said)) {
      done('example');
      continue;
    }
    const tooLong = known.find(({ index: at }) => textOf(cells[at]).length > longestCell);
    if (tooLong) {
      tell(tooLong.field, told.tooLong(longestCell));
      done('error');
      continue;
    }
    if (action === undefined) tell('action', words.unknownAction(word));
    if (name === undefined || !definition) {
      tell('point', told.unknownPoint(text, kind.id, Object.keys(kind.points)));
      done('error');
      continue;
    }
    const earlier = seen.get(name);
    if (earlier !== undefined) tell('point', told.pointTwice(name, earlier));
    else seen.set(name, row);
    const before = Object.hasOwn(now.points, name) ? now.points[name] : undefined;
    if (action === 'put') unplaced ||= read.length === 0;
    if (action === 'delete') {
      if (!before) tell('point', told.notThere(name), 'warning');
      else if (!now.own.has(name)) tell('point', told.fromBlock(name));
      else {
        tell('point', told.willDelete(name), 'warning');
        if (!failed) planned.changes.set(name, null);
      }
      done(before ? 'deleted' : 'same');
      continue;
    }
    for (const [field, label] of [
      ['label.zh', definition.label.zh],
      ['label.en', definition.label.en],
    ] as const) {
      const here = textOf(cellAt(cells, field));
      if (here !== '' && here !== label) otherLabels ??= field;
    }

    const present = sourceFields(before);
    const all: SourceFields = new Map(present);
    for (const field of inOrder) {
      const answer = readPointCell(cellAt(cells, field), {
        ...{ field, all, definition, present: pointCell(field, present) },
        saidFunction: index.has('function') ? (all.get('function') as number | undefined) : undefined,
      });
      if ('problem' in answer) {
        tell(field, answer.problem);
        continue;
      }
      if (answer.warning) tell(field, answer.warning, 'warning');
      if (answer.value === undefined) all.delete(field);
      else all.set(field, answer.value);
    }
    if (!failed) settle(all, present, way, tools, tell);
    const unit = textOf(cellAt(cells, 'unit'));
    const { warning, problem } = applyUnit(unit, all, { name, definition }, tools.units, (field) =>
      index.has(field),
    );
    if (problem) tell('unit', problem);
    if (warning) tell('unit', warning, 'warning');
    const source = failed ? null : sourceIn(way, all, tell);
    const diffs = source ? differences(present, sourceFields(source)) : [];
    if (!source || diffs.length === 0) {
      done('same');
      continue;
    }
    const registers = 'modbus' in source ? tools.registersOf(source.modbus) : 0;
    for (const { field, message } of checkModbus({ name, definition }, source, registers))
      tell(field, message);
    if (!failed) planned.changes.set(name, source);
    done(before ? 'changed' : 'new', diffs);
  }
  if (unplaced) tellHead(null, 'error', told.noColumns(places[way] ?? ['expression']));
  if (otherLabels !== null) tellHead(otherLabels, 'warning', told.labelsStay);
  tellOverlaps(planned, now, tools);
  return planned;
}

function differences(before: SourceFields, after: SourceFields): ExchangeRow['fields'] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => !isDeepStrictEqual(before.get(field), after.get(field)))
    .map((field) => ({
      field,
      from: pointCell(field as PointField, before),
      to: pointCell(field as PointField, after),
    }));
}

function tellOverlaps(
  { rows, changes, problems, columns }: PlannedPoints,
  now: PointsNow,
  tools: PointTools,
) {
  const after = new Map(Object.entries(now.points));
  for (const [name, source] of changes)
    if (source) after.set(name, source);
    else after.delete(name);
  const field = 'address';
  for (const { id, row, outcome } of rows) {
    if (outcome !== 'new' && outcome !== 'changed') continue;
    const message = overlapOf(id, after, tools.registersOf);
    if (message)
      problems.push({ row, column: columns.get(field) ?? null, field, id, severity: 'warning', message });
  }
}
