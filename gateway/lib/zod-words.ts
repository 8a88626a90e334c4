import { z } from 'zod';
import { nearest, suggestion } from './nearest.ts';

export interface IssueProblem {
  path: PropertyKey[];
  /** Set when the problem is one key of the mapping at `path`. */
  key?: string;
  message: string;
}

type Issue = z.core.$ZodIssue;

/** Zod's issues in words that say what to write instead. `value` is what was checked. */
export function issueProblems(issues: readonly Issue[], schema: z.ZodType, value: unknown): IssueProblem[] {
  return issues.flatMap((issue): IssueProblem[] => {
    const at = valueAt(value, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path, value);
      return issue.keys.map((key) => ({
        path: issue.path,
        key,
        message: unknownKey(key, known),
      }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const inner = nearestBranch(issue.errors);
      if (inner)
        return issueProblems(
          inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
          schema,
          value,
        );
    }
    return [{ path: issue.path, message: words(issue, at, subjectOf(issue.path)) }];
  });
}

function subjectOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number' ? `entry ${last + 1}` : `"${String(last)}"`;
}

function words(issue: Issue, value: unknown, subject: string): string {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = kindOf(issue.expected);
      if (value === undefined) return `${subject} is missing; add it as ${wanted}`;
      if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
        return `${subject} must be text, this is ${kindOf(typeof value)}; put it in quotes: "${value}"`;
      return `${subject} must be ${wanted}, this is ${kindOf(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)}`;
    }
    case 'invalid_value': {
      const options = issue.values.map(String);
      if (value === undefined) return `${subject} is missing; it is one of ${options.join(', ')}`;
      if (typeof value === 'number' && issue.values.includes(String(value)))
        return `${subject} must be text, this is a number; put it in quotes: "${value}"`;
      return `${subject} must be one of ${options.join(', ')}, not ${show(value)}${suggestion(String(value), options)}`;
    }
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (options.length > 0)
        return value === undefined
          ? `${subject} is missing; it is one of ${options.join(', ')}`
          : `${subject} must be one of ${options.join(', ')}, not ${show(value)}${suggestion(String(value), options)}`;
      const kinds = issue.errors.flatMap((branch) =>
        branch.flatMap((one) =>
          one.code === 'invalid_type'
            ? [kindOf(one.expected)]
            : one.code === 'invalid_value'
              ? one.values.map(show)
              : [],
        ),
      );
      return `${subject} must be ${[...new Set(kinds)].join(' or ') || 'of another form'}, not ${show(value)}`;
    }
    case 'too_small':
      return `${subject} is too ${sizeWord(issue.origin, 'short', 'small')}: at least ${issue.minimum}${unitOf(issue.origin)}${issue.inclusive === false ? ', not itself' : ''}`;
    case 'too_big':
      return `${subject} is too ${sizeWord(issue.origin, 'long', 'large')}: at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return `${subject} is ${show(value)}: ${/must match pattern/.test(issue.message) ? `it must match ${issue.pattern}` : issue.message}`;
    default:
      return `${subject}: ${issue.message}`;
  }
}

function sizeWord(origin: string, length: string, size: string): string {
  return origin === 'string' || origin === 'array' ? length : size;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function kindOf(type: string): string {
  const names: Partial<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    tuple: 'a list',
    null: 'empty',
    undefined: 'missing',
  };
  return names[type] ?? type;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function unknownKey(key: string, known: string[]): string {
  const best = nearest(key, known);
  if (best) return `"${key}" is not known here; did you mean "${best}"?`;
  const list = known.length > 0 ? ` (known: ${known.join(', ')})` : '';
  return `"${key}" is not known here; remove it${list}`;
}

/** The branch of a union that the value was meant for: the only one whose outermost type fits, else the least wrong of those. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (issues) =>
      !issues.some(
        (issue) =>
          issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'),
      ),
  );
  return fitting.sort((a, b) => a.length - b.length)[0];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const segment of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[segment];
  }
  return at;
}

/** The keys that the schema knows at a path; for a union, those of its members. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodUnion) {
    const options = inner.options as z.ZodType[];
    const fitting = options.filter((option) => sameDiscriminator(option, value));
    return [
      ...new Set(
        (fitting.length > 0 ? fitting : options).flatMap((option) => knownKeys(option, path, value)),
      ),
    ];
  }
  const [segment, ...rest] = path;
  if (segment === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  const next = valueAt(value, [segment]);
  if (inner instanceof z.ZodArray) return knownKeys(inner.element as z.ZodType, rest, next);
  if (inner instanceof z.ZodRecord) return knownKeys(inner.valueType as z.ZodType, rest, next);
  if (inner instanceof z.ZodObject && typeof segment === 'string') {
    const member = (inner.shape as Record<string, z.ZodType>)[segment];
    return member ? knownKeys(member, rest, next) : [];
  }
  return [];
}

/** A member of a union fits when each of its literal fields has the value's word; a union within it, when one of its own does. */
function sameDiscriminator(option: z.ZodType, value: unknown): boolean {
  if (option instanceof z.ZodUnion)
    return (option.options as z.ZodType[]).some((inner) => sameDiscriminator(inner, value));
  if (!(option instanceof z.ZodObject)) return false;
  return Object.entries(option.shape as Record<string, z.ZodType>).every(
    ([key, member]) => !(member instanceof z.ZodLiteral) || member.values.has(valueAt(value, [key]) as never),
  );
}

function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  )
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
