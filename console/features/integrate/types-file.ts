import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api, type Page } from '../../app/api.ts';
import type { TypeFile } from './types-api.ts';
import { type Draft, keepDraft, readDraft } from './types-draft.ts';

/** A README or a file of a case that is being edited. */
export interface OpenFile {
  path: string;
  /** As it is kept; undefined while it is fetched. */
  kept: TypeFile | undefined;
  /** As it is in the editor. */
  text: string;
  draft: Draft | null;
  /** Somebody else has changed the file meanwhile. */
  stale: boolean;
  error: unknown;
  write(text: string): void;
  discard(): void;
  /** Puts the draft on top of what the file says now. */
  rebase(): void;
}

/** @param preset what a file says that is not there yet */
export function useTypeFile(id: string, path: string, preset = ''): OpenFile {
  const { data: kept, error } = useQuery({
    queryKey: ['type-file', id, path],
    queryFn: () => api.get<TypeFile>(`/device-types/${id}/files?path=${encodeURIComponent(path)}`),
  });
  const [draft, setDraft] = useState<Draft | null>(() => readDraft(id, path));
  const said = kept?.text ?? preset;

  function edit(next: Draft | null): void {
    const changed = next !== null && next.text !== kept?.text ? next : null;
    setDraft(changed);
    keepDraft(id, path, changed);
  }
  return {
    path,
    kept,
    text: draft?.text ?? said,
    draft,
    stale: draft !== null && kept !== undefined && draft.base !== kept.version,
    error,
    write: (text) => edit({ text, base: draft === null ? (kept?.version ?? null) : draft.base }),
    discard: () => edit(null),
    rebase: () => edit(draft === null ? null : { text: draft.text, base: kept?.version ?? null }),
  };
}

/** Files as they shall be; null removes one. */
export interface FileChanges {
  [path: string]: { text: string | null; base: string | null };
}

/**
 * Writes READMEs and cases of a type, all that are given or none. `written` is called when they are kept, before anything is drawn
 * anew with them.
 */
export function useSaveFiles(id: string): (changes: FileChanges, written?: () => void) => Promise<void> {
  const queries = useQueryClient();
  const again = (...queryKey: string[]) => queries.invalidateQueries({ queryKey });
  return async (changes, written) => {
    try {
      const { items } = await api.put<Page<TypeFile>>(`/device-types/${id}/files`, { files: changes });
      for (const file of items) queries.setQueryData(['type-file', id, file.path], file);
      written?.();
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await again('type-file', id);
      throw error;
    }
    await Promise.all([
      again('type-source', id),
      again('type-check', id),
      again('type-versions', id),
      again('type-readme', id),
      again('type-library'),
    ]);
  };
}
