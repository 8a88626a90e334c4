import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../../app/api.ts';
import tables from '../../components/data-table.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import classes from './types.module.css';
import type { CaseDifference, TypeFile } from './types-api.ts';
import { keepDraft } from './types-draft.ts';
import { useSaveFiles } from './types-file.ts';

const newFrames = `{
  "source": "",
  "frames": []
}
`;

/** The files of a case, and what a new one says. */
export function caseFiles(name: string) {
  return {
    frames: { path: `cases/${name}/frames.json`, preset: newFrames },
    expected: { path: `cases/${name}/expected.json`, preset: '{}\n' },
  } as const;
}

/** What did not come out, beside what was expected. */
export function CaseDifferences({ differences }: { differences: readonly CaseDifference[] }) {
  const { t } = useTranslation('integrateTypes');
  if (differences.length === 0) return null;
  return (
    <table className={`${tables.table} ${classes.differences}`}>
      <thead>
        <tr>
          <th>{t('case.what')}</th>
          <th>{t('case.expected')}</th>
          <th>{t('case.got')}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ of, name, expected, got }) => (
          <tr key={`${of} ${name}`}>
            <td>
              {of === 'reading' ? null : `${t(`case.of.${of}`)} `}
              {name === null ? null : <code>{name}</code>}
            </td>
            <td>
              <code>{expected ?? t('case.nothing')}</code>
            </td>
            <td>
              <strong>
                <code>{got ?? t('case.nothing')}</code>
              </strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Shows what would change in `expected.json` before it is taken. */
export function TakeDecoded(props: {
  name: string;
  differences: readonly CaseDifference[];
  /** The text that decoded it is not saved. */
  drafted: boolean;
  disabled?: boolean;
  onTake: () => Promise<void> | void;
}) {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function take(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await props.onTake();
      setAsking(false);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={props.disabled === true}
        onClick={() => setAsking(true)}
      >
        {t('case.take')}
      </Button>
      <Dialog
        size="lg"
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('case.take.title', { name: props.name })}
      >
        <div className={frame.stack}>
          <p>{t('case.take.explain')}</p>
          {props.drafted ? <p className={classes.note}>⚠ {t('case.take.drafted')}</p> : null}
          <CaseDifferences differences={props.differences} />
          <ProblemNote error={error} />
          <div className={frame.row}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('app:action.cancel')}
            </Button>
            <Button loading={busy} onClick={() => void take()}>
              {t('case.take.do')}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

/** Removes a case; its former texts stay. */
export function DeleteCase(props: { id: string; name: string; onGone?: () => void }) {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const { id, name } = props;
  const save = useSaveFiles(id);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function remove(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const files = Object.values(caseFiles(name));
      const kept = await Promise.all(
        files.map(({ path }) =>
          api.get<TypeFile>(`/device-types/${id}/files?path=${encodeURIComponent(path)}`),
        ),
      );
      await save(Object.fromEntries(kept.map(({ path, version }) => [path, { text: null, base: version }])));
      for (const { path } of files) keepDraft(id, path, null);
      setAsking(false);
      props.onGone?.();
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : String(failure));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setAsking(true)}>
        {t('case.delete')}
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={t('case.delete.title', { name })}>
        <div className={frame.stack}>
          <p>{t('case.delete.explain')}</p>
          <ProblemNote error={error} />
          <div className={frame.row}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('app:action.cancel')}
            </Button>
            <Button loading={busy} onClick={() => void remove()}>
              {t('case.delete')}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
