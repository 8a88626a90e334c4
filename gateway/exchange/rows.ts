import { isDeepStrictEqual } from 'node:util';
import type { ExchangeOutcome, ExchangeProblem, ExchangeRow } from '../contract/exchange.ts';
import type { SettingDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import { type Area, type Device, deviceSchema, type Household, type Link } from '../contract/site.ts';
import { nearest } from '../lib/nearest.ts';
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
import { type Cell, columnLetters, type Table, textOf } from './table.ts';
import * as words from './words.ts';

/** The site as it stands at the moment of the plan. */
export interface SiteNow {
  devices: ReadonlyMap<string, Device>;
  areas: ReadonlyMap<string, Area>;
  links: ReadonlyMap<string, Link>;
  households: ReadonlyMap<string, Household>;
  /** Whether there was a device of this key that has been removed. */
  wasRemoved(id: string): boolean;
}

/** What is asked of the device types. */
export interface ExchangeTypes {
  type(
    id: string,
  ): { link: string; kind: string; settings: Readonly<Record<string, SettingDefinition>> } | undefined;
  readonly types: ReadonlyMap<string, { label: Label }>;
}

/** Settings that every device has, whatever its type. */
const commonSettings: Readonly<Record<string, SettingDefinition>> = {
  silenceS: { label: { zh: '静默时限', en: 'Silence limit' }, type: 'number', unit: 's' },
};

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

interface Head {
  /** Index and field of each column that is known. */
  known: { index: number; field: string }[];
  columns: Map<string, string>;
  problems: ExchangeProblem[];
}

const required = ['id', 'type', 'name', 'area'] as const;

function readHead(cells: readonly Cell[], below: (index: number) => boolean): Head {
  const head: Head = { known: [], columns: new Map(), problems: [] };
  const tell = (index: number, severity: 'error' | 'warning', message: Label) =>
    head.problems.push({ row: 1, column: columnLetters(index), field: null, id: null, severity, message });
  for (const [index, cell] of cells.entries()) {
    const text = textOf(cell);
    if (text === '') continue;
    const field = fieldOf(text);
    const first = field === undefined ? undefined : head.columns.get(field);
    if (field === undefined) {
      // A column of remarks is nobody's mistake; one whose head is misspelled is. In two signs anything is near to anything.
      if (!below(index)) continue;
      const near = text.length > 3 ? nearest(text, knownHeads()) : undefined;
      tell(index, near === undefined ? 'warning' : 'error', words.unknownColumn(text, near));
    } else if (first !== undefined) tell(index, 'error', words.columnTwice(text, first));
    else {
      head.known.push({ index, field });
      head.columns.set(field, columnLetters(index));
    }
  }
  return head;
}

const actions: Readonly<Record<string, 'put' | 'delete' | 'example'>> = {
  '': 'put',
  delete: 'delete',
  remove: 'delete',
  删除: 'delete',
  example: 'example',
  示例: 'example',
  例: 'example',
};

/** Finds things by their key, or by their name where only one has it. */
export function createResolver(site: SiteNow, types: ExchangeTypes, coming: ReadonlySet<string>) {
  const named = new Map<words.Noun, Map<string, string[]>>();
  // To look for what was meant takes time; with ten thousand rows of mistakes the first ones are enough to learn from.
  let suggestions = 100;
  const namesOf = {
    areas: () => [...site.areas.values()].map(({ id, name }) => [name, id] as const),
    links: () => [...site.links.values()].map(({ id, name }) => [name ?? id, id] as const),
    households: () => [...site.households.values()].map(({ id, room }) => [room, id] as const),
    types: () =>
      [...types.types].flatMap(([id, { label }]) => [
        [label.zh, id] as const,
        ...(label.en === label.zh ? [] : [[label.en, id] as const]),
      ]),
    devices: () => [] as (readonly [string, string])[],
  };
  const keys = (noun: words.Noun): Iterable<string> => {
    if (noun === 'types') return types.types.keys();
    return noun === 'devices' ? [...site.devices.keys(), ...coming] : site[noun].keys();
  };
  const has = (noun: words.Noun, key: string) => {
    if (noun === 'types') return types.types.has(key);
    return noun === 'devices' ? site.devices.has(key) || coming.has(key) : site[noun].has(key);
  };
  return (noun: words.Noun, text: string): { key: string } | { problem: Label } => {
    if (has(noun, text)) return { key: text };
    let names = named.get(noun);
    if (!names) {
      names = new Map();
      for (const [name, id] of namesOf[noun]()) names.set(name, [...(names.get(name) ?? []), id]);
      named.set(noun, names);
    }
    const [id, ...others] = names.get(text) ?? [];
    if (id !== undefined && others.length === 0) return { key: id };
    if (id !== undefined) return { problem: words.severalNamed(noun, text, [id, ...others]) };
    return { problem: words.missing(noun, text, suggestions-- > 0 ? keys(noun) : []) };
  };
}

/**
 * What each row of a table comes to on a site: columns that the table has are taken over, an empty cell takes the field away, and
 * columns that it has not stay as they are. Whether the site as a whole is sound is not looked at here. Pure.
 */
export function planRows(table: Table, site: SiteNow, types: ExchangeTypes): PlannedRows {
  const [first = [], ...body] = table.rows;
  const head = readHead(first, (index) => body.some((cells) => textOf(cells[index]) !== ''));
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
  const actionOf = (cells: readonly Cell[]) => {
    const word = textOf(cellAt(cells, 'action')).toLowerCase();
    return { word, action: Object.hasOwn(actions, word) ? actions[word] : undefined };
  };
  const coming = new Set(
    body.filter((cells) => actionOf(cells).action === 'put').map((cells) => textOf(cellAt(cells, 'id'))),
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

    const { word, action } = actionOf(cells);
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
