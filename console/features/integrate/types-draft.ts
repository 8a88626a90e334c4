/** A text that is being edited, and the version that it is based on (null: the file is new), as this browser keeps it. */
export interface Draft {
  text: string;
  base: string | null;
}

const typeKey = (id: string) => `gatehouse.type-draft.${id}`;
const keyOf = (id: string, path: string) => (path === 'type.yaml' ? typeKey(id) : `${typeKey(id)}/${path}`);

/** @param path of a file of the type, as `type.yaml` or `cases/half-full/expected.json` */
export function readDraft(id: string, path: string): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(id, path)) ?? 'null') as Partial<Draft> | null;
    return typeof kept?.text === 'string' && (kept.base === null || typeof kept.base === 'string')
      ? { text: kept.text, base: kept.base }
      : null;
  } catch {
    return null;
  }
}

export function keepDraft(id: string, path: string, draft: Draft | null): void {
  try {
    if (draft === null) localStorage.removeItem(keyOf(id, path));
    else localStorage.setItem(keyOf(id, path), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still edits.
  }
}

/** Forgets all drafts of a type that is gone. */
export function dropDrafts(id: string): void {
  try {
    for (const key of Object.keys(localStorage))
      if (key === typeKey(id) || key.startsWith(`${typeKey(id)}/`)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
