import { useSyncExternalStore } from 'react';

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

const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another window of this browser may edit the same type.
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** The keys of all drafts as one text: equal ones must be the same. */
function draftKeys(): string {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(typeKey('')))
      .sort()
      .join('\n');
  } catch {
    return '';
  }
}

/** Tells whether something is typed that is not saved: in one file of a type, in those of a folder (`cases/`), in any. */
export function useDrafted(): (id: string, path?: string) => boolean {
  const keys = useSyncExternalStore(subscribe, draftKeys).split('\n');
  return (id, path) =>
    path === undefined
      ? keys.some((key) => key === typeKey(id) || key.startsWith(`${typeKey(id)}/`))
      : keys.some((key) => (path.endsWith('/') ? key.startsWith(keyOf(id, path)) : key === keyOf(id, path)));
}

export function keepDraft(id: string, path: string, draft: Draft | null): void {
  try {
    if (draft === null) localStorage.removeItem(keyOf(id, path));
    else localStorage.setItem(keyOf(id, path), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still edits.
  }
  tell();
}

/** Forgets all drafts of a type that is gone. */
export function dropDrafts(id: string): void {
  try {
    for (const key of Object.keys(localStorage))
      if (key === typeKey(id) || key.startsWith(`${typeKey(id)}/`)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
  tell();
}
