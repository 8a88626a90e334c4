/** A text that is being edited, and the version that it is based on, as this browser keeps it. */
export interface Draft {
  text: string;
  base: string;
}

const keyOf = (id: string) => `gatehouse.type-draft.${id}`;

export function readDraft(id: string): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(id)) ?? 'null') as Partial<Draft> | null;
    return typeof kept?.text === 'string' && typeof kept.base === 'string'
      ? { text: kept.text, base: kept.base }
      : null;
  } catch {
    return null;
  }
}

export function keepDraft(id: string, draft: Draft | null): void {
  try {
    if (draft === null) localStorage.removeItem(keyOf(id));
    else localStorage.setItem(keyOf(id), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still edits.
  }
}
