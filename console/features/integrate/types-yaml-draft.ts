import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api } from '../../app/api.ts';
import type { TypeSource } from './types-api.ts';
import { type Draft, keepDraft, readDraft } from './types-draft.ts';

/** `type.yaml` of a type as it is being edited. */
export interface YamlDraft {
  text: string;
  /** Something is typed that is not saved. */
  changed: boolean;
  /** Somebody else has changed the type meanwhile. */
  stale: boolean;
  busy: boolean;
  saved: boolean;
  failure: unknown;
  write(text: string): void;
  discard(): void;
  /** Puts the draft on top of what the type says now. */
  rebase(): void;
  save(): Promise<void>;
}

const path = 'type.yaml';

export function useYamlDraft(source: TypeSource): YamlDraft {
  const { id, own, version } = source;
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(() => (own ? readDraft(id, path) : null));
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const text = draft?.text ?? source.text;

  function edit(next: Draft | null): void {
    const changed = next !== null && next.text !== source.text ? next : null;
    setDraft(changed);
    keepDraft(id, path, changed);
    setSaved(false);
    setFailure(null);
  }

  async function save(): Promise<void> {
    setBusy(true);
    setFailure(null);
    try {
      const after = await api.put<TypeSource>(`/device-types/${id}`, {
        text,
        version: draft?.base ?? version,
      });
      setDraft(null);
      keepDraft(id, path, null);
      queries.setQueryData(['type-source', id], after);
      setSaved(true);
      await Promise.all(
        [['type-versions', id], ['type-library'], ['device-types']].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      );
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError && error.status === 409)
        await queries.invalidateQueries({ queryKey: ['type-source', id] });
    } finally {
      setBusy(false);
    }
  }

  return {
    text,
    changed: draft !== null,
    stale: draft !== null && draft.base !== version,
    ...{ busy, saved, failure },
    write: (next) => edit({ text: next, base: draft?.base ?? version }),
    discard: () => edit(null),
    rebase: () => edit({ text, base: version }),
    save,
  };
}
