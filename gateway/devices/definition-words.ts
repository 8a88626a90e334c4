import type { PointDefinition } from '../contract/kind.ts';
import type { PointValue } from '../contract/reading.ts';
import type { ExpressionType } from '../lib/expression.ts';
import { suggestion } from '../lib/nearest.ts';
import type { FileProblem, YamlPath } from '../lib/yaml-file.ts';

/** Reports a problem at a path of the definition; with `key`, at that key of it. */
export type ReportAt = (
  path: YamlPath,
  message: string,
  options?: { key?: string; severity?: FileProblem['severity'] },
) => void;

/** What a point is called in an expression's type. */
export function expressionTypes(
  points: Readonly<Record<string, PointDefinition>>,
): Map<string, ExpressionType> {
  return new Map(
    Object.entries(points).map(([name, { type }]) => [
      name,
      type === 'number' || type === 'bool' ? type : 'text',
    ]),
  );
}

/** Only what a definition says itself: `constructor` is no point. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A name that leads nowhere, with what was probably meant and what there is. */
export function unknownName(what: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const list = names.length > 0 ? `known: ${names.join(', ')}` : 'it has none';
  return `there is no ${what} "${name}" here${suggestion(name, names)} (${list})`;
}

/** Whether a value can be one of the point's; null when it can, else what it must be. */
export function unfit(point: PointDefinition, value: PointValue): string | null {
  if (value === null) return null;
  switch (point.type) {
    case 'number':
      return typeof value === 'number' ? null : 'a number';
    case 'bool':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'text':
      return typeof value === 'string' ? null : 'a text';
    case 'enum': {
      const words = Object.keys(point.values ?? {});
      return typeof value === 'string' && words.includes(value) ? null : `one of ${words.join(', ')}`;
    }
  }
}
