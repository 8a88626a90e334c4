import type { ArgumentDefinition } from '../contract/kind.ts';
import { suggestion } from '../lib/nearest.ts';

const wanted: Record<ArgumentDefinition['type'], string> = {
  text: 'a text',
  number: 'a number',
  bool: 'true or false',
  time: 'a time in UTC milliseconds',
  list: 'a list of texts',
  enum: 'one of its words',
};

/** `0.5 to 10 bar, at most 1 decimal`: what a number may be. */
function numberWords({ min, max, unit, decimals }: ArgumentDefinition): string {
  const span =
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? ` of at least ${min}`
        : max !== undefined
          ? ` of at most ${max}`
          : '';
  const places =
    decimals === undefined ? '' : decimals === 0 ? ', whole' : `, with at most ${decimals} decimals`;
  return `a number${span}${unit === undefined ? '' : ` ${unit}`}${places}`;
}

/** What an argument may be, in words. */
function wantedOf(definition: ArgumentDefinition): string {
  if (definition.type === 'number') return numberWords(definition);
  if (definition.type === 'enum') return `one of ${Object.keys(definition.values ?? {}).join(', ')}`;
  return wanted[definition.type];
}

/** 0.3 has one decimal, whatever 0.1 + 0.2 is. */
function hasDecimals(value: number, most: number): boolean {
  return Math.abs(Number(value.toFixed(most)) - value) <= 1e-9 * Math.abs(value);
}

function isOutside(
  value: number,
  { min = -Infinity, max = Infinity, decimals }: ArgumentDefinition,
): boolean {
  return value < min || value > max || (decimals !== undefined && !hasDecimals(value, decimals));
}

function fits(value: unknown, definition: ArgumentDefinition): boolean {
  switch (definition.type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && !isOutside(value, definition);
    case 'enum':
      return typeof value === 'string' && Object.hasOwn(definition.values ?? {}, value);
    case 'bool':
      return typeof value === 'boolean';
    case 'time':
      return Number.isSafeInteger(value);
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
}

/** What was given instead, where it tells more than the type does. */
function given(value: unknown, { type }: ArgumentDefinition): string {
  if (type === 'number') return Number.isFinite(value) ? `; ${String(value)} is not` : '';
  return type === 'enum' && typeof value === 'string' ? `; "${value.slice(0, 40)}" is not` : '';
}

/**
 * What is wrong with the arguments of a command, in words for who sent them; null when nothing is. A command that names none takes
 * whatever it is given, as device and linkage agree it.
 */
export function wrongArgument(
  args: Readonly<Record<string, unknown>>,
  definitions: Readonly<Record<string, ArgumentDefinition>>,
): string | null {
  const names = Object.keys(definitions);
  if (names.length === 0) return null;
  for (const [name, definition] of Object.entries(definitions)) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined ? !definition.optional : !fits(value, definition))
      return value === undefined
        ? `"${name}" is missing: ${wantedOf(definition)}`
        : `"${name}" must be ${wantedOf(definition)}${given(value, definition)}`;
  }
  const stray = Object.keys(args).find((name) => !Object.hasOwn(definitions, name));
  return stray === undefined
    ? null
    : `it takes no "${stray}"${suggestion(stray, names)}; it takes ${names.join(', ')}`;
}
