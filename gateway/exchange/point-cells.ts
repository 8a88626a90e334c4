import { cjt188ReadSchema } from '../contract/device-type.ts';
import type { PointDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { PointField } from '../contract/point-heads.ts';
import { boolIn, decimal, numberIn, shortened } from './cells.ts';
import { addressText, readAddress } from './point-address.ts';
import type { SourceFields } from './point-columns.ts';
import { functionIn, orderIn, typeIn } from './point-vocabulary.ts';
import * as told from './point-words.ts';
import { type Cell, textOf } from './table.ts';
import * as words from './words.ts';

/** What a cell says. `undefined`: nothing, the field is taken away. */
export type PointSaid = { value: unknown; warning?: Label } | { problem: Label };

// --- writing

const simpleWord = /^[^;；=＝{}\s"][^;；=＝{}\n]*$/;

function mapText(map: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(map);
  const simple = entries.every(
    ([key, value]) =>
      simpleWord.test(key) && simpleWord.test(String(value)) && String(value).trim() === String(value),
  );
  return simple && entries.length > 0
    ? entries.map(([key, value]) => `${key}=${String(value)}`).join('; ')
    : JSON.stringify(map);
}

/** What a column's cell holds; `all` are the columns of the same point. */
export function pointCell(field: PointField, all: SourceFields): string | number | boolean | null {
  const value = all.get(field);
  if (value === undefined || value === null) return null;
  if (field === 'address') return addressText(Number(value), Number(all.get('function')));
  if (field === 'map') return mapText(value as Record<string, unknown>);
  if (field === 'bands')
    return Object.entries(value as Record<string, [number, number]>)
      .map(([word, [from, to]]) => `${word}=${from}..${to}`)
      .join('; ');
  if (field === 'bit' && Array.isArray(value)) return value.join('..');
  if (field === 'mask') return `0x${Number(value).toString(16).toUpperCase().padStart(4, '0')}`;
  if (Array.isArray(value)) return value.join(field === 'json' || field === 'topic' ? '\n' : '; ');
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  return JSON.stringify(value);
}

// --- reading

/** What else is known where a cell of a point stands. */
export interface PointPlace {
  field: PointField;
  /** The columns of the point as far as they are read; function and type come first. */
  all: SourceFields;
  /** What the type says there now, as it is written to a sheet. */
  present: string | number | boolean | null;
  /** The function that the same row says; undefined where it says none. */
  saidFunction: number | undefined;
  /** Of the kind. */
  definition: PointDefinition;
}

/** Reads a cell. Whatever reads as what is written there now changes nothing. */
export function readPointCell(cell: Cell | undefined, place: PointPlace): PointSaid {
  const { field, all, present, definition, saidFunction } = place;
  if (typeof cell === 'object' && cell && 'fault' in cell)
    return { problem: words.failedFormula(cell.fault) };
  const text = textOf(cell).normalize('NFC');
  // The same number may lie elsewhere by another function.
  const asIs = field !== 'address' || saidFunction === undefined;
  if (asIs && present !== null && text === textOf(present)) return { value: all.get(field) };
  if (text === '') return { value: field === 'order' ? 'ABCD' : undefined };
  if (typeof cell === 'object' && cell && 'date' in cell) return { problem: words.madeADate(cell.date) };
  switch (field) {
    case 'function':
      return functionIn(text);
    case 'address':
      return addressIn(text, place);
    case 'type':
      return typeIn(text);
    case 'order':
      return orderIn(text);
    case 'bit':
      return bitsIn(text);
    case 'length':
      return wholeIn(text, 1, 125);
    case 'byteOffset':
      return wholeIn(text, 0, 249);
    case 'item':
      return wholeIn(text, 0, 63);
    case 'digits':
      return wholeIn(text, 2, 14);
    case 'decimals':
      return wholeIn(text, 0, 6);
    case 'mask':
      return maskIn(text);
    case 'any':
    case 'sentinels':
      return numbersIn(text);
    case 'times':
    case 'classes':
      return { value: listIn(text) };
    case 'di':
      return identifierIn(text);
    case 'field':
      return fieldIn(text);
    case 'json':
    case 'topic':
      return { value: text.includes('\n') ? text.split('\n').map((one) => one.trim()) : text };
    case 'invert':
    case 'number':
    case 'sum':
    case 'signed':
      return flagIn(text);
    case 'scale':
      return scaleIn(text);
    case 'offset':
      return numberIn(text.normalize('NFKC'));
    case 'map':
      return mapIn(text, definition);
    case 'bands':
      return bandsIn(text);
    default:
      return { value: text };
  }
}

function addressIn(text: string, { all, saidFunction }: PointPlace): PointSaid {
  if (shortened.test(text)) return { problem: words.lostDigits(text) };
  const read = readAddress(text.normalize('NFKC'), saidFunction);
  if (!read) return { problem: told.notAnAddress(text) };
  if (read.wire < 0 || read.wire > 65_535) return { problem: told.addressRange(read.wire, 1) };
  // The number names its table, where no column does.
  if (read.fc !== undefined) all.set('function', read.fc);
  if (read.count !== null) all.set('length', read.count);
  return read.first === null
    ? { value: read.wire }
    : { value: read.wire, warning: told.readAsPrinted(text, read.fc ?? 0, read.wire) };
}

function bitsIn(text: string): PointSaid {
  const plain = text.normalize('NFKC').replace(/^(bit|位|第)\s*|\s*位$/gi, '');
  if (/^\d{1,2}$/.test(plain)) return { value: Number(plain) };
  const [, a, b] = /^(\d{1,2})\s*(?:\.\.|-|–|~|:)\s*(\d{1,2})$/.exec(plain) ?? [];
  if (a === undefined || b === undefined) return { problem: told.notBits(text) };
  return { value: [Number(a), Number(b)].sort((x, y) => x - y) };
}

function wholeIn(text: string, from: number, to: number): PointSaid {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= from && number <= to
    ? { value: number }
    : { problem: told.notWhole(text, from, to) };
}

function flagIn(text: string): PointSaid {
  const said = boolIn(text);
  // "No" is what is left unsaid.
  return 'value' in said && said.value === false ? { value: undefined } : said;
}

function maskIn(text: string): PointSaid {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= 0xffff
    ? { value: number }
    : { problem: told.notWhole(text, 1, 0xffff) };
}

const listIn = (text: string) =>
  text
    .split(/[;；,，、\n]/)
    .map((one) => one.trim())
    .filter(Boolean);

function numbersIn(text: string): PointSaid {
  const numbers: number[] = [];
  for (const one of listIn(text)) {
    const number = /^0x[0-9a-f]+$/i.test(one) || decimal.test(one) ? Number(one) : Number.NaN;
    if (!Number.isFinite(number)) return { problem: words.notAList(text, '65535; 32767') };
    numbers.push(number);
  }
  return { value: numbers };
}

/** `0.1`, and as manuals say it: `×0.1`, `1/10`, `/10`. */
function scaleIn(text: string): PointSaid {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(/^[×x*]\s*/i, '');
  const [, over = '1', under] = /^([\d.]*)\s*[/÷]\s*([\d.]+)$/.exec(plain) ?? [];
  const number = under === undefined ? Number(plain) : Number(over || '1') / Number(under);
  if ((under === undefined && !decimal.test(plain)) || !Number.isFinite(number) || number === 0)
    return { problem: words.notANumber(text) };
  return { value: under === undefined ? number : Number(number.toPrecision(12)) };
}

function identifierIn(text: string): PointSaid {
  if (shortened.test(text)) return { problem: words.lostDigits(text) };
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/^0X|H$|[\s-]+/g, '');
  if (/^([0-9A-F]{8}|[0-9A-F]{4})$/.test(plain)) return { value: plain };
  // A spreadsheet has made a number of it.
  if (/^\d{1,7}$/.test(plain)) {
    const whole = plain.padStart(8, '0');
    return { value: whole, warning: words.padded(text, whole) };
  }
  return { problem: told.notADi(text) };
}

const meterFields = cjt188ReadSchema.options.flatMap(({ shape: { field } }) =>
  'options' in field ? field.options : [...field.values],
) as string[];

function fieldIn(text: string): PointSaid {
  return meterFields.includes(text) ? { value: text } : { problem: told.unknownWord(text, meterFields) };
}

/** Pairs `key=word`, or JSON. */
function pairsIn(text: string): [string, unknown][] | null {
  if (text.startsWith('{'))
    try {
      return Object.entries(JSON.parse(text) as object);
    } catch {
      return null;
    }
  const pairs: [string, unknown][] = [];
  for (const part of text
    .split(/[;；\n]/)
    .map((one) => one.trim())
    .filter(Boolean)) {
    const [, key, word] = /^([^=＝:：]+)[=＝:：](.+)$/.exec(part) ?? [];
    if (key === undefined || word === undefined) return null;
    pairs.push([key.trim(), word.trim()]);
  }
  return pairs;
}

function mapIn(text: string, definition: PointDefinition): PointSaid {
  const pairs = pairsIn(text);
  if (!pairs || pairs.length === 0) return { problem: words.notAList(text, '0=false; 1=true') };
  const map: [string, unknown][] = [];
  for (const [key, word] of pairs) {
    const said = mappedIn(word, definition);
    if ('problem' in said) return said;
    map.push([/^0x[0-9a-f]+$/i.test(key) ? String(Number(key)) : key, said.value]);
  }
  return { value: Object.fromEntries(map) };
}

/** What a raw value means, in the words of the point. */
function mappedIn(word: unknown, { type, values = {} }: PointDefinition): PointSaid {
  if (typeof word !== 'string') return { value: word };
  switch (type) {
    case 'bool':
      return boolIn(word);
    case 'number':
      return numberIn(word);
    case 'enum': {
      const known = Object.entries(values);
      const found = known.find(([key, { zh, en }]) => [key, zh, en].includes(word));
      const keys = known.map(([key]) => key);
      return found ? { value: found[0] } : { problem: told.unknownWord(word, keys) };
    }
    case 'text':
      return { value: word };
  }
}

function bandsIn(said: string): PointSaid {
  const example = 'open=0..1; normal=4..6';
  const pairs = pairsIn(said);
  const bands = (pairs ?? []).map(([word, span]) => {
    if (Array.isArray(span)) return [word, span] as const;
    // As with addresses, the time grows with the square of the length.
    const text = String(span).length > 80 ? '' : String(span);
    const [, from, to] = /^(-?[\d.]+?)\s*(?:\.\.|~|…)\s*(-?[\d.]+)$/.exec(text) ?? [];
    return [word, [Number(from), Number(to)]] as const;
  });
  const sound = bands.every(([, span]) => span.every((one) => Number.isFinite(one)));
  return pairs && bands.length > 0 && sound
    ? { value: Object.fromEntries(bands) }
    : { problem: words.notAList(said, example) };
}
