import { CloseButton } from '@mantine/core';
import { useCallback, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '../components/problem-note.tsx';
import classes from './act.module.css';

let failure: unknown = null;
const listeners = new Set<() => void>();

function setFailure(next: unknown): void {
  if (failure === next) return;
  failure = next;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Does what the operator asked for where no form is open to show its error: a failure stands in a line under the banner until the
 * next action works or it is closed. Answers whether it worked.
 */
export async function act(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    setFailure(null);
    return true;
  } catch (error) {
    setFailure(error);
    return false;
  }
}

/** `act`, with whether it is under way. */
export function useAct(): [(work: () => Promise<unknown>) => Promise<boolean>, boolean] {
  const [busy, setBusy] = useState(false);
  const run = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      return await act(work);
    } finally {
      setBusy(false);
    }
  }, []);
  return [run, busy];
}

/** The failure of the last action, if it failed. */
export function FailureLine() {
  const { t } = useTranslation('app');
  const error = useSyncExternalStore(subscribe, () => failure);
  if (error === null) return null;
  return (
    <div className={classes.line}>
      <ProblemNote error={error} />
      <CloseButton aria-label={t('action.close')} onClick={() => setFailure(null)} />
    </div>
  );
}
