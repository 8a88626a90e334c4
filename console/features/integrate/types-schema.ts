// Where a cursor stands in a YAML text, and what a JSON Schema says of that place. The text is being written and may be broken
// anywhere, so it is read by its indentation, line by line, and never parsed.

/** A JSON Schema, as far as it is looked at here. */
export interface SchemaNode {
  type?: string | string[];
  description?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Readonly<Record<string, SchemaNode>>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: readonly SchemaNode[];
  oneOf?: readonly SchemaNode[];
  $ref?: string;
  $defs?: Readonly<Record<string, SchemaNode>>;
}

const keyLine = /^(?:"([^"]*)"|'([^']*)'|([\w.$-]+))\s*:(?:\s|$)/;

interface LineAt {
  /** Where its key, or whatever it holds, begins. */
  indent: number;
  /** Where the dash stands of a line that begins an item of a list. */
  dash: number | null;
  key: string | null;
}

function readLine(line: string): LineAt {
  const [, blanks = '', dash = '', rest = ''] = /^(\s*)((?:- +|-$)?)(.*)$/.exec(line) ?? [];
  const [, double, single, bare] = keyLine.exec(rest) ?? [];
  return {
    indent: blanks.length + dash.length,
    dash: dash === '' ? null : blanks.length,
    key: double ?? single ?? bare ?? null,
  };
}

/** Keys of a flow mapping that are open at its end: `{ modbus: { function: 3, ` gives modbus, and then nothing more. */
function openFlow(text: string): string[] {
  const open: (string | null)[] = [];
  let last: string | null = null;
  for (const [token] of text.matchAll(/"[^"]*"|'[^']*'|[{}[\],]|[\w.$-]+(?=\s*:)/g)) {
    if (token === '{' || token === '[') {
      open.push(last);
      last = null;
    } else if (token === '}' || token === ']') {
      open.pop();
      last = null;
    } else if (token === ',') last = null;
    else last = token.replace(/^["']|["']$/g, '');
  }
  // The first brace belongs to the key of the line itself.
  return [...open.slice(1), last].filter((key): key is string => key !== null);
}

/**
 * The keys that lead to a place: of `points:\n  level: { modbus: { address: 4` at its end `['points', 'level', 'modbus', 'address']`.
 * On a blank line its indentation says which mapping it is in. Items of lists have the key `-`.
 */
export function pathAt(text: string, offset: number): string[] {
  const before = text.slice(0, offset).split('\n');
  const current = before.length - 1;
  const line = before[current] ?? '';
  const path: string[] = [];
  const own = readLine(line);
  if (own.key !== null) path.push(own.key, ...openFlow(line.slice(line.indexOf(':') + 1)));
  else if (own.dash !== null) path.push(...openFlow(line));
  if (own.dash !== null) path.unshift('-');
  let limit = own.dash ?? own.indent;
  // A list may stand as deep as the key that it belongs to.
  let inList = own.dash !== null;
  for (let at = current - 1; at >= 0 && (limit > 0 || inList); at--) {
    const text = before[at] ?? '';
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    const { indent, dash, key } = readLine(text);
    const above = indent < limit || (inList && dash === null && indent <= limit);
    if (above && key !== null) path.unshift(key);
    if (dash !== null && dash < limit) {
      path.unshift('-');
      limit = dash;
      inList = true;
    } else if (above && key !== null) {
      limit = indent;
      inList = false;
    }
  }
  return path;
}

function resolve(node: SchemaNode, root: SchemaNode): SchemaNode[] {
  if (node.$ref?.startsWith('#/$defs/')) {
    const target = root.$defs?.[node.$ref.slice('#/$defs/'.length)];
    return target ? resolve(target, root) : [];
  }
  const options = node.anyOf ?? node.oneOf;
  return options ? options.flatMap((one) => resolve(one, root)) : [node];
}

/** What the schema allows at a path; several where it leaves a choice, none where nothing may stand. */
export function schemaAt(root: SchemaNode, path: readonly string[]): SchemaNode[] {
  let nodes = resolve(root, root);
  for (const key of path) {
    nodes = nodes.flatMap((node) => {
      if (key === '-') return node.items ? resolve(node.items, root) : [];
      const found = node.properties && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
      if (found) return resolve(found, root);
      const { additionalProperties: any } = node;
      return typeof any === 'object' ? resolve(any, root) : [];
    });
  }
  return nodes;
}

/** Keys that may stand in the mapping at a path, in the schema's order; names that people choose are not among them. */
export function keysAt(root: SchemaNode, path: readonly string[]): string[] {
  return [...new Set(schemaAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** What is known of a place, for a person. */
export interface PlaceFacts {
  types: string[];
  values: string[];
  range: string | null;
  preset: string | null;
  description: string | null;
}

export function factsOf(nodes: readonly SchemaNode[]): PlaceFacts {
  const types = new Set<string>();
  const values = new Set<string>();
  let range: string | null = null;
  let preset: string | null = null;
  let description: string | null = null;
  for (const node of nodes) {
    for (const type of [node.type ?? []].flat()) types.add(type);
    for (const value of node.enum ?? (node.const === undefined ? [] : [node.const]))
      values.add(String(value));
    const { minimum, maximum } = node;
    // Zod bounds every whole number by what a double holds; that says nothing.
    const low = minimum !== undefined && minimum > -1e15 ? String(minimum) : '';
    const high = maximum !== undefined && maximum < 1e15 ? String(maximum) : '';
    if (low !== '' || high !== '') range ??= `${low}…${high}`;
    if (node.default !== undefined && typeof node.default !== 'object') preset ??= String(node.default);
    description ??= node.description ?? null;
  }
  return { types: [...types], values: [...values], range, preset, description };
}

/** Offset of a line and column, both counted from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return Math.min(text.length, before + Math.min(column - 1, lines[line - 1]?.length ?? 0));
}

/** Puts a key into the text at the cursor. @returns the text and where the cursor goes */
export function insertKey(text: string, offset: number, key: string): { text: string; offset: number } {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset) < 0 ? text.length : text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd);
  const written = `${key}: `;
  // In an empty line or a flow mapping it goes where the cursor is; else to a line of its own below, as deep as this one.
  if (line.trim() === '' || /[{,]\s*$/.test(text.slice(lineStart, offset)))
    return { text: text.slice(0, offset) + written + text.slice(offset), offset: offset + written.length };
  const opens = /:\s*(#.*)?$/.test(line);
  const indent = (/^\s*/.exec(line)?.[0] ?? '') + (opens ? '  ' : '');
  const below = `\n${indent}${written}`;
  return { text: text.slice(0, lineEnd) + below + text.slice(lineEnd), offset: lineEnd + below.length };
}
