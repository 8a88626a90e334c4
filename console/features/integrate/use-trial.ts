import { useCallback, useEffect, useRef, useState } from 'react';
import type { Device } from '../../../gateway/contract/site.ts';
import type { Trial } from '../../../gateway/contract/trial.ts';
import { api } from '../../app/api.ts';

/** Somewhat longer than the gateway listens. */
const patienceMs = 75_000;

/** What of a device is tried, with the link that would be made for it. */
export function draftOf({ name: _name, area: _area, ...draft }: Device, newLink?: object) {
  return newLink ? { ...draft, newLink } : draft;
}
export type Draft = ReturnType<typeof draftOf>;

export interface TrialNow {
  busy: boolean;
  answer: Trial | null;
  error: unknown;
  /** Once more it is not the message that was shown already that counts, but the next. */
  run(draft: Draft): Promise<void>;
  /** Waits no longer, and forgets what was answered. */
  reset(): void;
}

/** One trial at a time; it ends with the page. */
export function useTrial(): TrialNow {
  const [state, setState] = useState<{ busy: boolean; answer: Trial | null; error: unknown }>({
    busy: false,
    answer: null,
    error: null,
  });
  const running = useRef<AbortController | null>(null);
  const shownAt = useRef(0);
  useEffect(() => () => running.current?.abort(), []);

  const reset = useCallback(() => {
    running.current?.abort();
    running.current = null;
    shownAt.current = 0;
    setState({ busy: false, answer: null, error: null });
  }, []);

  const run = useCallback(async (draft: Draft) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState({ busy: true, answer: null, error: null });
    const tell = (answer: Trial | null, error: unknown) => {
      // One that was given up says nothing any more.
      if (running.current === mine) setState({ busy: false, answer, error });
    };
    try {
      const body = { ...draft, after: shownAt.current };
      const answer = await api.post<Trial>('/trials', body, { patienceMs, signal: mine.signal });
      for (const { at, outcome } of answer.exchanges)
        if (outcome === 'taken') shownAt.current = Math.max(shownAt.current, at ?? 0);
      tell(answer, null);
    } catch (error) {
      tell(null, error);
    }
  }, []);

  return { ...state, run, reset };
}
