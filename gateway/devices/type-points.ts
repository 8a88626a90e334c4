import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import type { DeviceType, PointSource } from '../contract/device-type.ts';
import type { NewType } from '../contract/point-sheet.ts';

// Points are put into the text of a `type.yaml`: what is not touched stays as it is, byte for byte.

interface Place {
  name: string;
  /** Of the name, and behind the value. */
  from: number;
  to: number;
}

function pointsNode(document: Document): YAMLMap | null {
  const node: unknown = document.get('points', true);
  return isMap(node) ? node : null;
}

function pointsPair({ contents }: Document): Pair | null {
  const found = isMap(contents)
    ? contents.items.find(({ key }) => isScalar(key) && key.value === 'points')
    : undefined;
  return (found as Pair | undefined) ?? null;
}

function placeOf(pair: Pair): Place | null {
  const key = pair.key as Scalar;
  const value = pair.value as { range?: [number, number, number] } | null;
  if (!isScalar(key) || !key.range) return null;
  return { name: String(key.value), from: key.range[0], to: value?.range?.[1] ?? key.range[1] };
}

function placesOf(node: YAMLMap): Place[] {
  return node.items.flatMap((pair) => placeOf(pair as Pair) ?? []);
}

const parse = (text: string) => parseDocument(text, { logLevel: 'silent', uniqueKeys: false });

/** The points that stand in a text itself. */
export function pointsInText(text: string): Set<string> {
  const node = pointsNode(parse(text));
  return new Set(node ? placesOf(node).map(({ name }) => name) : []);
}

/** The point that a line of a text is of; null where it is of none. */
export function pointAtLine(text: string, line: number): string | null {
  const node = pointsNode(parse(text));
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const found = node && placesOf(node).find(({ from, to }) => lineOf(from) <= line && line <= lineOf(to - 1));
  return found?.name ?? null;
}

/** A source as people write it: what is preset is left out. */
function written(source: PointSource): Record<string, unknown> {
  const without = (read: object, name: string, preset: unknown) =>
    Object.fromEntries(Object.entries(read).filter(([key, value]) => key !== name || value !== preset));
  if ('modbus' in source) return { ...source, modbus: without(source.modbus, 'order', 'ABCD') };
  if ('dlt645' in source) return { ...source, dlt645: without(source.dlt645, 'item', 0) };
  return source;
}

/** Lists stand close to their brackets: `[32767, -32768]`. */
function printed(document: Document): string {
  const text = document.toString({ lineWidth: 0 }).trimEnd();
  return text.replace(/\[ ((?:[^[\]"'\n]|"[^"\n]*"|'[^'\n]*')*) \]/g, '[$1]');
}

function flow(name: string, source: PointSource): string {
  const document = new Document({});
  document.set(name, document.createNode(written(source), { flow: true }));
  return printed(document);
}

type Leaves = Map<string, { path: string[]; value: unknown }>;

/** `scale`, `modbus/address` … with their values. */
function leavesOf(source: PointSource | undefined): Leaves {
  const leaves: Leaves = new Map();
  const put = (path: string[], value: unknown) => leaves.set(path.join('/'), { path, value });
  for (const [name, value] of Object.entries(source ?? {})) {
    if (value === undefined) continue;
    if (name !== 'modbus' && name !== 'dlt645' && name !== 'cjt188') put([name], value);
    else for (const [key, part] of Object.entries(value)) if (part !== undefined) put([name, key], part);
  }
  return leaves;
}

/** The text of one point with what differs put in; null where its text cannot be taken alone (an alias). */
function patched(
  snippet: string,
  name: string,
  before: PointSource,
  after: PointSource,
  indent: string,
): string | null {
  const alone = snippet.replaceAll(`\n${indent}`, '\n');
  const document = parse(alone);
  const root = document.contents;
  const value: unknown = isMap(root) ? root.get(name, true) : undefined;
  if (document.errors.length > 0 || !isMap(value)) return null;
  const old = leavesOf(before);
  const now = leavesOf(after);
  for (const [key, { path }] of old) if (!now.has(key)) document.deleteIn([name, ...path]);
  for (const way of ['modbus', 'dlt645', 'cjt188'])
    if (way in before && !(way in after)) document.deleteIn([name, way]);
  const whole = written(after);
  for (const [key, { path, value: leaf }] of now) {
    const [way = ''] = path;
    if (isDeepStrictEqual(old.get(key)?.value, leaf)) continue;
    if (path.length === 2 && !(way in before)) {
      document.setIn([name, way], document.createNode(whole[way], { flow: true }));
      continue;
    }
    const node = typeof leaf === 'object' ? document.createNode(leaf, { flow: true }) : leaf;
    document.setIn([name, ...path], node);
  }
  return printed(document).replaceAll('\n', `\n${indent}`);
}

/** The spaces before what stands at a place, when nothing else does. */
function indentAt(text: string, from: number): string | null {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const before = text.slice(start, from);
  return /^ *$/.test(before) ? before : null;
}

/** Behind the line on which a value ends, with what is remarked there. */
function lineEnd(text: string, to: number): number {
  if (text[to - 1] === '\n') return to;
  const end = text.indexOf('\n', to);
  return end === -1 ? text.length : end + 1;
}

/**
 * Puts points into a text: new and changed ones, null takes one away.
 * @param before what the type says now, those of its blocks included
 */
export function writePoints(
  text: string,
  changes: ReadonlyMap<string, PointSource | null>,
  before: Readonly<Record<string, PointSource>>,
): string {
  const document = parse(text);
  const node = pointsNode(document);
  const places = node ? placesOf(node) : [];
  const indents = places.map(({ from }) => indentAt(text, from));
  const [indent] = indents;
  if (node && places.length > 0 && (node.flow === true || indent === undefined || indents.includes(null)))
    return rewritten(document, changes);

  const edits: { from: number; to: number; text: string }[] = [];
  const added: string[] = [];
  for (const [name, source] of changes) {
    const place = places.find((one) => one.name === name);
    if (!place) {
      if (source) added.push(flow(name, source));
    } else if (source === null) {
      const start = place.from - (indent ?? '').length;
      edits.push({ from: start, to: lineEnd(text, place.to), text: '' });
    } else {
      const { from, to } = place;
      // What ends with a line keeps its end.
      const end = from + text.slice(from, to).trimEnd().length;
      const old = Object.hasOwn(before, name) ? before[name] : undefined;
      const same = old && patched(text.slice(from, end), name, old, source, indent ?? '');
      edits.push({ from, to: end, text: same ?? flow(name, source) });
    }
  }
  if (added.length > 0) edits.push(insertion(text, document, places, indent ?? '  ', added));
  const next = edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, edit) => now.slice(0, edit.from) + edit.text + now.slice(edit.to), text);
  return places.length > 0 ? withoutGap(next) : next;
}

/** `points:` with nothing left behind it is an empty mapping. */
function withoutGap(text: string): string {
  const document = parse(text);
  const pair = pointsPair(document);
  const place = pair && !pointsNode(document) ? placeOf(pair) : null;
  if (!place) return text;
  const colon = text.indexOf(':', place.from + 'points'.length) + 1;
  return `${text.slice(0, colon)} {}${text.slice(colon)}`;
}

function insertion(
  text: string,
  document: Document,
  places: readonly Place[],
  indent: string,
  added: readonly string[],
): { from: number; to: number; text: string } {
  const lines = added.map((line) => `${indent}${line}\n`).join('');
  const last = places.at(-1);
  if (last) {
    const at = lineEnd(text, last.to);
    return { from: at, to: at, text: (text[at - 1] === '\n' ? '' : '\n') + lines };
  }
  const pair = pointsPair(document);
  const place = pair && placeOf(pair);
  // `points: {}`, or a name with nothing behind it.
  if (place) return { from: place.from, to: lineEnd(text, place.to), text: `points:\n${lines}` };
  const end = text.endsWith('\n') || text === '' ? '' : '\n';
  return { from: text.length, to: text.length, text: `${end}points:\n${lines}` };
}

/** For points that stand in one pair of braces: the whole text is written anew, comments kept. */
function rewritten(document: Document, changes: ReadonlyMap<string, PointSource | null>): string {
  for (const [name, source] of changes)
    if (source === null) document.deleteIn(['points', name]);
    else document.setIn(['points', name], document.createNode(written(source), { flow: true }));
  return document.toString({ lineWidth: 0 });
}

/** The text of a type that has no points yet. */
export function newTypeText(id: string, { kind, link, zh, en }: NewType): string {
  const document = new Document({ id });
  document.set('label', document.createNode({ zh, en }, { flow: true }));
  document.set('kind', kind);
  document.set('link', link satisfies DeviceType['link']);
  return document.toString({ lineWidth: 0 });
}
