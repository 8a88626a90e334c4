/** A step into a JSON value: the name of a field, the index of a list, or the item of a list whose field has a value. */
export type JsonStep = string | number | { readonly field: string; readonly value: string };

const step =
  /([A-Za-z_$][\w$-]*)|\[(\d{1,5})\]|\["((?:[^"\\]|\\.)*)"\]|\[([A-Za-z_$][\w$-]*)="((?:[^"\\]|\\.)*)"\]/y;

const unescaped = (text: string) => text.replace(/\\(.)/g, '$1');

/**
 * The steps of a path such as `a.b[0]["x y"]`, or `list[name="T1"].value`.
 * @returns null when it is not one
 */
export function parseJsonPath(path: string): JsonStep[] | null {
  const steps: JsonStep[] = [];
  let at = 0;
  while (at < path.length) {
    if (steps.length > 0 && path[at] === '.') at++;
    else if (steps.length > 0 && path[at] !== '[') return null;
    step.lastIndex = at;
    const match = step.exec(path);
    if (!match) return null;
    const [whole, name, index, quoted, field, value] = match;
    if (path[at - 1] === '.' && name === undefined) return null;
    if (index !== undefined) steps.push(Number(index));
    else if (field !== undefined) steps.push({ field, value: unescaped(value ?? '') });
    else steps.push(name ?? unescaped(quoted ?? ''));
    at += whole.length;
  }
  return steps.length > 0 ? steps : null;
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function isNamed(found: unknown, name: string): boolean {
  return typeof found === 'string' ? found === name : typeof found === 'number' && String(found) === name;
}

/**
 * What stands there; undefined when the path leads nowhere, null when it ends early at a null: what was there is gone.
 * Only own fields are seen, so that no prototype leaks in.
 */
export function readJsonPath(value: unknown, steps: readonly JsonStep[]): unknown {
  let at = value;
  for (const one of steps) {
    if (at === null) return null;
    if (typeof one === 'string') at = own(at, one);
    else if (!Array.isArray(at)) return undefined;
    else if (typeof one === 'number') at = at[one];
    else at = at.find((item) => isNamed(own(item, one.field), one.value));
  }
  return at;
}

/** All that stands there: of items of a list with a named field, each. */
export function readAllJsonPath(value: unknown, steps: readonly JsonStep[]): unknown[] {
  const at = steps.findIndex((one) => typeof one === 'object');
  const one = steps[at];
  if (typeof one !== 'object') return [readJsonPath(value, steps)];
  const list = at === 0 ? value : readJsonPath(value, steps.slice(0, at));
  if (!Array.isArray(list)) return [];
  return list
    .filter((item) => isNamed(own(item, one.field), one.value))
    .flatMap((item) => readAllJsonPath(item, steps.slice(at + 1)));
}

/** A copy in which another value stands at a path of names; the value itself when the path leads nowhere. */
export function replaceAt(
  value: unknown,
  steps: readonly JsonStep[],
  replace: (found: unknown) => unknown,
): unknown {
  const [step, ...more] = steps;
  if (step === undefined) return replace(value);
  const found = typeof step === 'string' ? own(value, step) : undefined;
  if (typeof step !== 'string' || found === undefined) return value;
  return { ...(value as object), [step]: replaceAt(found, more, replace) };
}
