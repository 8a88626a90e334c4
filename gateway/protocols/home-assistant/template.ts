// The templates by which Home Assistant takes a value out of a message: the few forms that announcements really use. They
// are Jinja, which is a language; only a path and filters of numbers are read here, and nothing is ever executed.

/** What a template makes of a message. */
export type TemplateRead =
  | { readonly value: unknown }
  /** The message does not have it. */
  | { readonly missing: true }
  | { readonly problem: string };

export interface ValueTemplate {
  /** The way into the JSON of the message; null: the message as it stands. */
  readonly path: readonly (string | number)[] | null;
  readonly filters: readonly TemplateFilter[];
}

type TemplateFilter =
  | { readonly does: 'float' | 'int' }
  | { readonly does: 'round'; readonly digits: number };

const longestTemplate = 500;
const whole = /^\s*\{\{-?\s*([^{}]*?)\s*-?\}\}\s*$/;
const step = /\.([A-Za-z_]\w*)|\[\s*(\d{1,5})\s*\]|\[\s*'([^'\\]*)'\s*\]|\[\s*"([^"\\]*)"\s*\]/y;
const numbered = /^(float|int)(?:\(\s*-?\d*\.?\d*\s*\))?$/;
const rounding = /^round(?:\(\s*(\d{1,2})\s*\))?$/;

function pathOf(text: string): (string | number)[] | null {
  const path: (string | number)[] = [];
  for (let at = 0; at < text.length; at = step.lastIndex) {
    step.lastIndex = at;
    const [, name, index, single, double] = step.exec(text) ?? [];
    if (index !== undefined) path.push(Number(index));
    else if (name === undefined && single === undefined && double === undefined) return null;
    else path.push(name ?? single ?? double ?? '');
  }
  return path;
}

function filterOf(text: string): TemplateFilter | 'nothing' | null {
  const [, number] = numbered.exec(text) ?? [];
  // A default given with it, as in `float(0)`, would pass for a measurement: what is no number stays none.
  if (number === 'float' || number === 'int') return { does: number };
  const round = rounding.exec(text);
  if (round) return { does: 'round', digits: Number(round[1] ?? 0) };
  return text === 'is_defined' ? 'nothing' : null;
}

/**
 * `{{ value }}`, `{{ value_json.a.b[0]['c'] }}`, with `| float`, `| int`, `| round(n)`, `| is_defined`.
 * @returns null when it is another one
 */
export function parseTemplate(template: string): ValueTemplate | null {
  if (template.length > longestTemplate) return null;
  const [, inside] = whole.exec(template) ?? [];
  const [source = '', ...filters] = (inside ?? '').split('|').map((part) => part.trim());
  const [, root, way = ''] = /^(value_json|value)(.*)$/.exec(source) ?? [];
  if (root === undefined) return null;
  const path = root === 'value' ? (way === '' ? null : undefined) : pathOf(way.trim());
  if (path === undefined || (root === 'value_json' && path === null)) return null;
  const parsed = filters.map(filterOf);
  if (parsed.includes(null)) return null;
  return { path, filters: parsed.filter((one) => one !== null && one !== 'nothing') };
}

export const plainValue: ValueTemplate = { path: null, filters: [] };

function at(json: unknown, path: readonly (string | number)[]): unknown {
  let found = json;
  for (const one of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, one)) return undefined;
    found = (found as Record<string | number, unknown>)[one];
  }
  return found;
}

const spelled = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** A number, or a text that spells one; null when it is neither. */
export function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' && spelled.test(value) ? Number(value) : null;
}

/** Reads a message by a template; never throws. */
export function readTemplate({ path, filters }: ValueTemplate, text: string): TemplateRead {
  let value: unknown = text;
  if (path) {
    try {
      value = at(JSON.parse(text), path);
    } catch {
      return { problem: 'the message is not JSON, as its announcement says' };
    }
    if (value === undefined) return { missing: true };
  }
  for (const filter of filters) {
    const number = numberIn(value);
    if (number === null) return { value: null };
    if (filter.does === 'int') value = Math.trunc(number);
    else value = filter.does === 'round' ? Number(number.toFixed(Math.min(filter.digits, 20))) : number;
  }
  return { value };
}
