import type { ArgumentDefinition } from '../contract/kind.ts';
import { suggestion } from '../lib/nearest.ts';

const wanted: Record<ArgumentDefinition['type'], string> = {
  text: 'a text',
  number: 'a number',
  bool: 'true or false',
  time: 'a time in UTC milliseconds',
  list: 'a list of texts',
};

function fits(value: unknown, type: ArgumentDefinition['type']): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'time':
      return Number.isSafeInteger(value);
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
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
  for (const [name, { type, optional }] of Object.entries(definitions)) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined ? !optional : !fits(value, type))
      return value === undefined
        ? `"${name}" is missing: ${wanted[type]}`
        : `"${name}" must be ${wanted[type]}`;
  }
  const stray = Object.keys(args).find((name) => !Object.hasOwn(definitions, name));
  return stray === undefined
    ? null
    : `it takes no "${stray}"${suggestion(stray, names)}; it takes ${names.join(', ')}`;
}
