import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import classes from './types.module.css';
import type { CheckedText, TypeProblem } from './types-api.ts';
import { CaseDifferences, caseFiles, DeleteCase, TakeDecoded } from './types-case.tsx';
import { type OpenFile, useSaveFiles, useTypeFile } from './types-file.ts';
import { TypeHistory } from './types-history.tsx';
import { Stale } from './types-stale.tsx';
import { marksOf, TypeText } from './types-text.tsx';

/** The two files of a case: what came from the device, and what it must become. */
export function CaseEditor(props: {
  id: string;
  own: boolean;
  name: string;
  /** It has no files yet. */
  isNew?: boolean;
  checked: CheckedText | null;
  onDrafts: (drafts: Readonly<Record<string, string>>) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const { id, own, name, checked, onDrafts, isNew = false } = props;
  const files = caseFiles(name);
  const frames = useTypeFile(id, files.frames.path, files.frames.preset);
  const expected = useTypeFile(id, files.expected.path, files.expected.preset);
  const save = useSaveFiles(id);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const both = [frames, expected];
  const changed = both.some(({ draft }) => draft !== null);
  const stale = both.filter((file) => file.stale);
  const run = checked?.cases.find((each) => each.name === name);
  const problems = (path: string) => (checked?.problems ?? []).filter(({ file }) => file === path);

  // The check runs what is typed; a new case is not on the disk, so both of its texts are given.
  const drafted = JSON.stringify(
    Object.fromEntries(
      both
        .filter((file) => file.kept !== undefined && (isNew || file.draft !== null))
        .map(({ path, text }) => [path, text]),
    ),
  );
  useEffect(() => {
    if (!own) return;
    onDrafts(JSON.parse(drafted) as Record<string, string>);
    return () => onDrafts({});
  }, [drafted, onDrafts, own]);

  async function keep(): Promise<void> {
    setBusy(true);
    setFailure(null);
    try {
      await save(
        Object.fromEntries(
          both
            .filter((file) => isNew || file.draft !== null)
            .map(({ path, text, draft, kept }) => [
              path,
              { text, base: draft === null ? (kept?.version ?? null) : draft.base },
            ]),
        ),
        () => {
          for (const file of both) file.discard();
        },
      );
      setSaved(true);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  const write = (file: OpenFile) => (text: string) => {
    file.write(text);
    setSaved(false);
  };
  return (
    <div className={`${frame.stack} ${classes.caseBody}`}>
      <CaseText
        label={t('case.frames', { name })}
        explain={t('case.frames.explain')}
        file={frames}
        own={own}
        problems={problems(frames.path)}
        onText={write(frames)}
      />
      <CaseText
        label={t('case.expectedText', { name })}
        explain={t('case.expected.explain')}
        file={expected}
        own={own}
        problems={problems(expected.path)}
        told={(run?.differences.length ?? 0) > 0}
        onText={write(expected)}
      />
      {run === undefined ? null : run.passed ? (
        <p role="status">✓ {t('case.passed')}</p>
      ) : (
        <CaseDifferences differences={run.differences} />
      )}
      {stale.map((file) => (
        <Stale
          key={file.path}
          what={t('conflict.file', { file: file.path.replace(/^.*\//, '') })}
          onTheirs={file.discard}
          onMine={file.rebase}
        />
      ))}
      {own ? (
        <div className={frame.row}>
          <Button
            loading={busy}
            disabled={(!changed && !isNew) || stale.length > 0}
            onClick={() => void keep()}
          >
            {t('case.save')}
          </Button>
          <Button
            variant="default"
            disabled={!changed}
            onClick={() => {
              for (const file of both) file.discard();
            }}
          >
            {t('discard')}
          </Button>
          {run !== undefined && run.differences.length > 0 ? (
            <TakeDecoded
              name={name}
              differences={run.differences}
              drafted={false}
              onTake={() => write(expected)(run.decoded ?? '')}
            />
          ) : null}
          {isNew ? (
            <Button size="compact-xs" variant="default" onClick={props.onClose}>
              {t('case.close')}
            </Button>
          ) : (
            <DeleteCase id={id} name={name} onGone={props.onClose} />
          )}
          <span role="status">{saved ? `✓ ${t('case.saved')}` : changed ? t('draft') : ''}</span>
        </div>
      ) : null}
      <ProblemNote error={failure ?? frames.error ?? expected.error} />
      {own
        ? both.map((file) => (
            <TypeHistory
              key={file.path}
              id={id}
              path={file.path}
              current={file.kept?.version ?? null}
              onRestore={write(file)}
            />
          ))
        : null}
    </div>
  );
}

/** One of its files, with what is wrong in it. */
function CaseText(props: {
  label: string;
  explain: string;
  file: OpenFile;
  own: boolean;
  problems: readonly TypeProblem[];
  /** Its problems are told beside it: here their lines are marked alone. */
  told?: boolean;
  onText: (text: string) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const area = useRef<HTMLTextAreaElement>(null);
  const { file, problems } = props;
  return (
    <div className={classes.caseFile}>
      <p>
        <strong>{file.path.replace(/^.*\//, '')}</strong> <span className={frame.dim}>{props.explain}</span>
      </p>
      <TypeText
        label={props.label}
        text={file.text}
        readOnly={!props.own || file.kept === undefined}
        least={4}
        marked={marksOf(problems)}
        area={area}
        onText={props.onText}
      />
      <ul className={classes.problems}>
        {(props.told ? [] : problems).map(({ line, column, message }) => (
          <li key={`${line} ${column} ${message}`} className={classes.problem}>
            <strong>{t('line', { line })}</strong> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
