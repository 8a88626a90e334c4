import type { SettingDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import { keySchema } from '../contract/names.ts';
import { settingPrefix } from './columns.ts';
import { type Cell, textOf } from './table.ts';
import * as words from './words.ts';

/** What a cell says. `undefined`: nothing, the field is taken away. */
export type Said = { value: unknown; warning?: Label } | { problem: Label };

/** What is known where a cell stands. */
export interface CellPlace {
  field: string;
  /** What the device says there now. */
  present: unknown;
  /** Of the device's type. */
  link: string | undefined;
  setting: SettingDefinition | undefined;
  /** The key that a cell means, which may give the name of the thing. */
  resolve(noun: words.Noun, text: string): { key: string } | { problem: Label };
}

const references: Readonly<Record<string, words.Noun>> = {
  type: 'types',
  area: 'areas',
  link: 'links',
  household: 'households',
  parent: 'devices',
  'meter.main': 'devices',
};

// --- writing

/** What a field's cell holds. Text that looks like a number stays text. */
export function cellOf(field: string, value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (field === 'cameras') return (value as string[]).join('; ');
  if (field === 'shape') return (value as [number, number][]).map(([x, y]) => `${x},${y}`).join('; ');
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  return field === 'bind' ? bindText(value as Record<string, unknown>) : mappingText(value as object);
}

const simpleWord = /^[^;；=＝!！{}\s][^;；=＝{}\n]*$/;

/** `3=客厅红外; 4=门磁`, or JSON where that would not come back the same. */
function mappingText(value: object): string {
  const entries = Object.entries(value) as [string, unknown][];
  const simple =
    !Array.isArray(value) &&
    entries.length > 0 &&
    entries.every(
      ([key, word]) =>
        typeof word === 'string' &&
        word === word.trim() &&
        key === key.trim() &&
        simpleWord.test(word) &&
        simpleWord.test(key),
    );
  return simple ? entries.map(([key, word]) => `${key}=${String(word)}`).join('; ') : JSON.stringify(value);
}

/** `running=io-1.in1; fault=!io-1.in2` (`!`: inverted), or JSON. */
function bindText(value: Record<string, unknown>): string {
  const entries = Object.entries(value).map(([name, binding]) => {
    if (!simpleWord.test(name)) return undefined;
    if (typeof binding === 'string') return `${name}=${binding}`;
    const { from, ...rest } = binding as { from: string; invert?: boolean };
    return rest.invert === true && Object.keys(rest).length === 1 ? `${name}=!${from}` : undefined;
  });
  return entries.includes(undefined) ? JSON.stringify(value) : entries.join('; ');
}

// --- reading

/** Reads a cell. Whatever reads as what the device already says changes nothing. */
export function readCell(cell: Cell | undefined, place: CellPlace): Said {
  const { field, present } = place;
  const text = textOf(cell);
  if (typeof cell === 'object' && cell && 'fault' in cell)
    return { problem: words.failedFormula(cell.fault) };
  if (present !== undefined && text === textOf(cellOf(field, present))) return { value: present };
  if (text === '') return { value: undefined };
  if (typeof cell === 'object' && cell && 'date' in cell) return { problem: words.madeADate(cell.date) };
  const noun = references[field];
  if (noun) return referenceIn(text, noun, place);
  switch (field) {
    case 'id':
      return keyIn(text);
    case 'address':
      return addressIn(text, cell, place);
    case 'cameras':
      return camerasIn(text, place);
    case 'bind':
      return bindIn(text, place);
    case 'shape':
      return shapeIn(text);
    case 'position.x':
    case 'position.y':
    case 'meter.digits':
      return numberIn(text);
    case 'meter.generates':
      return boolIn(text);
    default:
      return field.startsWith(settingPrefix) ? settingIn(text, cell, place) : { value: text };
  }
}

/** What Excel writes into a CSV file for what it took for a date: 1-Mar, Mar-26, 2026/3/1, 3月1日. */
const dateLike =
  /^(\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{1,4}|\d{1,4}[/年]\d{1,2}([/月]\d{1,4}日?)?月?|\d{1,2}月\d{1,2}日)$/;
export const shortened = /^\d(\.\d+)?E\+\d+$/i;

function keyIn(text: string): Said {
  if (keySchema.safeParse(text).success) return { value: text };
  if (dateLike.test(text)) return { problem: words.madeADate(text) };
  if (shortened.test(text)) return { problem: words.lostDigits(text) };
  return { problem: words.notAKey(text) };
}

function referenceIn(text: string, noun: words.Noun, place: CellPlace): Said {
  const found = place.resolve(noun, text);
  if ('key' in found) return { value: found.key };
  if (!keySchema.safeParse(text).success) {
    const key = keyIn(text);
    // A name that is none is told as a name.
    if ('problem' in key && (dateLike.test(text) || shortened.test(text))) return key;
  }
  return found;
}

/** How many digits an address has by its protocol: a meter's number, an account (DL/T 645, CJ/T 188, Contact ID). */
const addressDigits: Readonly<Record<string, number>> = {
  dlt645: 12,
  cjt188: 14,
  'surgard-mlr2': 4,
  'ademco-685': 4,
  'sia-dc09': 4,
};

/** A number has no leading zeros: those that the device's text has now, or that its protocol asks for, are put back. */
function withZeros(text: string, present: unknown, digits: number | undefined): string {
  if (!/^\d+$/.test(text)) return text;
  if (
    typeof present === 'string' &&
    /^0\d*$/.test(present) &&
    present.replace(/^0+/, '') === text.replace(/^0+/, '')
  )
    return present;
  return digits === undefined ? text : text.padStart(digits, '0');
}

/** A number in a spreadsheet has no more than 15 digits; what follows them are zeros. */
const mostDigits = 1e15;

function addressIn(text: string, cell: Cell | undefined, { present, link }: CellPlace): Said {
  if (shortened.test(text) || (typeof cell === 'number' && Math.abs(cell) >= mostDigits))
    return { problem: words.lostDigits(text) };
  if (dateLike.test(text)) return { problem: words.madeADate(text) };
  // A unit id is a number, however it is written.
  if (link === 'modbus') return { value: /^\d{1,6}$/.test(text) ? Number(text) : text };
  const whole = withZeros(text, present, link === undefined ? undefined : addressDigits[link]);
  return whole === text ? { value: text } : { value: whole, warning: words.padded(text, whole) };
}

function camerasIn(text: string, place: CellPlace): Said {
  const keys: string[] = [];
  for (const word of text.split(/[,，;；、\s]+/).filter(Boolean)) {
    const found = place.resolve('devices', word);
    if ('problem' in found) return found;
    keys.push(found.key);
  }
  return { value: keys };
}

function bindingIn(word: string): unknown {
  const inverted = /^[!！]\s*/.exec(word);
  return inverted ? { from: word.slice(inverted[0].length), invert: true } : word;
}

function mappingIn(text: string, wordIn: (word: string) => unknown, example: string): Said {
  if (text.startsWith('{'))
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return { problem: words.notAList(text, example) };
    }
  const entries: [string, unknown][] = [];
  for (const part of text
    .split(/[;；\n]/)
    .map((one) => one.trim())
    .filter(Boolean)) {
    const [, key, word] = /^([^=＝]+)[=＝](.+)$/.exec(part) ?? [];
    if (key === undefined || word === undefined) return { problem: words.notAList(text, example) };
    entries.push([key.trim(), wordIn(word.trim())]);
  }
  return { value: Object.fromEntries(entries) };
}

function bindIn(text: string, place: CellPlace): Said {
  const said = mappingIn(text, bindingIn, 'running=io-1.in1; fault=!io-1.in2');
  if ('problem' in said) return said;
  for (const binding of Object.values(said.value as object)) {
    const from: unknown =
      typeof binding === 'string' ? binding : (binding as { from?: unknown } | null)?.from;
    const device = typeof from === 'string' ? /^([a-z0-9-]+)\./.exec(from)?.[1] : undefined;
    const found = device === undefined ? undefined : place.resolve('devices', device);
    if (found && 'problem' in found) return found;
  }
  return said;
}

function shapeIn(text: string): Said {
  const example = '100,100; 200,100';
  const points = text
    .split(/[;；\n]/)
    .map((one) => one.trim())
    .filter(Boolean);
  const pairs = points.map((point) =>
    point.split(/[,，]/).map((number) => Number(number.trim() || Number.NaN)),
  );
  const sound = pairs.every((pair) => pair.length === 2 && pair.every(Number.isFinite));
  return sound && pairs.length > 0 ? { value: pairs } : { problem: words.notAList(text, example) };
}

export const decimal = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

export function numberIn(text: string): Said {
  const number = Number(text);
  return decimal.test(text) && Number.isFinite(number)
    ? { value: number }
    : { problem: words.notANumber(text) };
}

export function boolIn(text: string): Said {
  const word = text.toLowerCase();
  if (['true', '是', 'yes', 'y', '1', '√'].includes(word)) return { value: true };
  if (['false', '否', 'no', 'n', '0'].includes(word)) return { value: false };
  return { problem: words.notABool(text) };
}

function settingIn(text: string, cell: Cell | undefined, place: CellPlace): Said {
  const { setting, present } = place;
  // The name of a variable stands in for a value of any type.
  if (text.startsWith('env:')) return { value: text };
  if (setting?.type === 'number') return numberIn(text);
  if (setting?.type === 'bool') return boolIn(text);
  if (setting?.type === 'text') {
    const whole = withZeros(text, present, undefined);
    return whole === text ? { value: text } : { value: whole, warning: words.padded(text, whole) };
  }
  if (text.startsWith('{') || /^[^=＝;]+[=＝]/.test(text))
    return mappingIn(text, (word) => word, '3=客厅红外; 4=门磁');
  return { value: typeof cell === 'number' || typeof cell === 'boolean' ? cell : text };
}
