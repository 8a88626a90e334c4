import { isDeepStrictEqual } from 'node:util';
import type { ExchangeOutcome, ExchangeProblem, ExchangeRow } from '../contract/exchange.ts';
import type { SettingDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import { type Device, deviceSchema } from '../contract/site.ts';
import { issueProblems } from '../lib/zod-words.ts';
import { cellOf, readCell } from './cells.ts';
import {
  deviceOf,
  type Fields,
  fieldOf,
  fieldOfPath,
  fieldsOf,
  fixedColumns,
  headOf,
  knownHeads,
  settingPrefix,
} from './columns.ts';
import { readHead } from './head.ts';
import { createResolver, type ExchangeTypes, type SiteNow } from './site-now.ts';
import { type Cell, type Table, textOf } from './table.ts';
import * as words from './words.ts';

/** Settings that every device has, whatever its type. */
const commonSettings: Readonly<Record<string, SettingDefinition>> = {
  silenceS: { label: { zh: '静默时限', en: 'Silence limit' }, type: 'number', unit: 's' },
};

/** What the column `action` asks for; undefined: it is no such word. */
export function actionOf(text: string): { word: string; action: 'put' | 'delete' | 'example' | undefined } {
  const word = text.toLowerCase();
  return { word, action: Object.hasOwn(actions, word) ? actions[word] : undefined };
}

/** One row and what it comes to. */
export interface PlannedRow {
  row: number | null;
  id: string;
  name: string;
  outcome: ExchangeOutcome;
  before: Device | null;
  after: Device | null;
  fields: ExchangeRow['fields'];
}

export interface PlannedRows {
  rows: PlannedRow[];
  problems: ExchangeProblem[];
  /** Letters of the column of each field. */
  columns: ReadonlyMap<string, string>;
}

/** What changes between two devices, by column. */
export function fieldDiffs(before: Fields, after: Fields): ExchangeRow['fields'] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => !isDeepStrictEqual(before.get(field), after.get(field)))
    .map((field) => ({ field, from: cellOf(field, before.get(field)), to: cellOf(field, after.get(field)) }));
}

/** Rows that are planned without looking up. */
const stepRows = 250;
const required = ['id', 'type', 'name', 'area'] as const;

const actions: Readonly<Record<string, 'put' | 'delete' | 'example'>> = {
  '': 'put',
  delete: 'delete',
  remove: 'delete',
  删除: 'delete',
  example: 'example',
  示例: 'example',
  例: 'example',
};

/**
 * What each row of a table comes to on a site: columns that the table has are taken over, an empty cell takes the field away, and
 * columns that it has not stay as they are. Whether the site as a whole is sound is not looked at here. Pure.
 */
function* planning(
  table: Table,
  site: SiteNow,
  types: ExchangeTypes,
): Generator<undefined, PlannedRows, undefined> {
  const [first = [], ...body] = table.rows;
  const head = readHead(first, { fieldOf, all: knownHeads }, (index) =>
    body.some((cells) => textOf(cells[index]) !== ''),
  );
  const { known, columns, problems } = head;
  const place = (field: string) => ({ column: columns.get(field) ?? null, field });
  if (!columns.has('id')) {
    const heads = fixedColumns.map(({ field, zh }) => `${field}/${zh}`).join(', ');
    problems.unshift({
      ...{ row: 1, column: null, field: null, id: null, severity: 'error' },
      message: words.noHeader(heads),
    });
    return { rows: [], problems, columns };
  }
  const index = new Map(known.map((column) => [column.field, column.index]));
  const cellAt = (cells: readonly Cell[], field: string) => cells[index.get(field) ?? -1];
  const actionIn = (cells: readonly Cell[]) => actionOf(textOf(cellAt(cells, 'action')));
  const coming = new Set(
    body.filter((cells) => actionIn(cells).action === 'put').map((cells) => textOf(cellAt(cells, 'id'))),
  );
  // The type first: it says what the other cells mean.
  const typeFirst = known
    .filter(({ field }) => field !== 'action' && field !== 'id')
    .sort((a, b) => Number(b.field === 'type') - Number(a.field === 'type'));
  const resolve = createResolver(site, types, coming);
  const summaries = new Map<string, ReturnType<ExchangeTypes['type']>>();
  const typeOf = (id: string) => {
    if (!summaries.has(id)) summaries.set(id, types.type(id));
    return summaries.get(id);
  };
  const rows: PlannedRow[] = [];
  const seen = new Map<string, number>();

  for (const [offset, cells] of body.entries()) {
    if (offset % stepRows === stepRows - 1) yield;
    if (cells.every((cell) => textOf(cell) === '')) continue;
    const row = offset + 2;
    const id = textOf(cellAt(cells, 'id'));
    const before = site.devices.get(id) ?? null;
    let failed = false;
    const tell = (field: string, message: Label, severity: 'error' | 'warning' = 'error') => {
      failed ||= severity === 'error';
      problems.push({ row, ...place(field), id: id || null, severity, message });
    };
    const done = (outcome: ExchangeOutcome, rest: Partial<PlannedRow> = {}) =>
      rows.push({
        ...{ row, id, before, after: null, fields: [] },
        name: textOf(cellAt(cells, 'name')) || before?.name || '',
        ...rest,
        outcome: failed ? 'error' : outcome,
      });

    const { word, action } = actionIn(cells);
    if (action === 'example') {
      done('example');
      continue;
    }
    if (action === undefined) tell('action', words.unknownAction(word));
    const said = readCell(cellAt(cells, 'id'), {
      ...{ field: 'id', present: undefined, link: undefined, setting: undefined, resolve },
    });
    if ('problem' in said) tell('id', said.problem);
    else if (id === '') tell('id', words.needed('编号', 'id'));
    const earlier = seen.get(id);
    if (id !== '' && earlier !== undefined) tell('id', words.twice(id, earlier));
    else seen.set(id, row);

    if (action === 'delete') {
      if (before) tell('id', words.willDelete(id), 'warning');
      else if (id !== '' && !site.wasRemoved(id)) {
        const found = resolve('devices', id);
        if ('problem' in found) tell('id', found.problem);
      }
      done(before ? 'deleted' : 'same');
      continue;
    }

    const present = fieldsOf(before ?? undefined);
    const fields = new Map(present);
    fields.set('id', id);
    let type: ReturnType<ExchangeTypes['type']>;
    for (const { index: at, field } of typeFirst) {
      if (field !== 'type') type ??= typeOf(String(fields.get('type') ?? ''));
      const answer = readCell(cells[at], {
        ...{ field, present: present.get(field), link: type?.link, resolve },
        setting: settingOf(type, field),
      });
      if ('problem' in answer) {
        tell(field, answer.problem);
        continue;
      }
      if (answer.warning) tell(field, answer.warning, 'warning');
      if (answer.value === undefined) fields.delete(field);
      else fields.set(field, answer.value);
    }
    if (!failed) for (const field of lacking(fields)) tell(field, words.needed(headOf(field, 'zh'), field));
    const diffs = fieldDiffs(present, fields);
    if (failed || (before && diffs.length === 0)) {
      done('same');
      continue;
    }
    const checked = checkForm(fields);
    if ('problems' in checked) {
      for (const { path, key, message } of checked.problems)
        tell(fieldOfPath(key === undefined ? path : [...path, key]) ?? 'id', words.plain(message));
      done('error');
      continue;
    }
    if (before) done('changed', { after: checked.device, fields: diffs });
    else done('new', { after: checked.device });
  }
  return { rows, problems, columns };
}

/** What a device must say, and does not. */
function lacking(fields: Fields): string[] {
  const half = (has: string, lacks: string) => (fields.has(has) && !fields.has(lacks) ? [lacks] : []);
  return [
    ...required.filter((field) => !fields.has(field)),
    ...half('position.x', 'position.y'),
    ...half('position.y', 'position.x'),
  ];
}

function settingOf(type: ReturnType<ExchangeTypes['type']>, field: string): SettingDefinition | undefined {
  if (!field.startsWith(settingPrefix)) return undefined;
  const name = field.slice(settingPrefix.length);
  const settings = type?.settings ?? {};
  if (Object.hasOwn(settings, name)) return settings[name];
  return Object.hasOwn(commonSettings, name) ? commonSettings[name] : undefined;
}

/** All at once, as a turn needs it. */
export function planRows(table: Table, site: SiteNow, types: ExchangeTypes): PlannedRows {
  const steps = planning(table, site, types);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `planRows`, step by step, with room for everything else between the steps. */
export async function planRowsInSteps(
  table: Table,
  site: SiteNow,
  types: ExchangeTypes,
): Promise<PlannedRows> {
  const steps = planning(table, site, types);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** The form of a device, in the words of a site file. */
export function checkForm(
  fields: Fields,
): { device: Device } | { problems: { path: PropertyKey[]; key?: string; message: string }[] } {
  const draft = deviceOf(fields);
  const parsed = deviceSchema.safeParse(draft);
  // As it will come back from the database.
  if (parsed.success) return { device: JSON.parse(JSON.stringify(parsed.data)) as Device };
  return { problems: issueProblems(parsed.error.issues, deviceSchema, draft) };
}
