/** A step into a JSON value: the name of a field, or the index of a list. */
export type JsonStep = string | number;

const step = /([A-Za-z_$][\w$-]*)|\[(\d{1,5})\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * The steps of a path such as `a.b[0]["x y"]`.
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
    const [whole, name, index, quoted] = match;
    if (path[at - 1] === '.' && name === undefined) return null;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
    at += whole.length;
  }
  return steps.length > 0 ? steps : null;
}

/** What stands there; undefined when the path leads nowhere. Only own fields are seen, so that no prototype leaks in. */
export function readJsonPath(value: unknown, steps: readonly JsonStep[]): unknown {
  let at = value;
  for (const one of steps) {
    if (typeof one === 'number') at = Array.isArray(at) ? at[one] : undefined;
    else if (typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, one))
      at = (at as Record<string, unknown>)[one];
    else return undefined;
  }
  return at;
}
