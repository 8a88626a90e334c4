import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ApiError, api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import { Printed } from './printed.tsx';
import classes from './types.module.css';
import type { CheckedText, TypeProblem, TypeSource } from './types-api.ts';
import { CopyType } from './types-copy.tsx';
import { type Draft, keepDraft, readDraft } from './types-draft.ts';
import { TypeHelp } from './types-help.tsx';
import { TypeHistory } from './types-history.tsx';
import { insertKey, offsetOf } from './types-schema.ts';
import { DeleteType, ExportType } from './types-share.tsx';
import { TypeText } from './types-text.tsx';
import { TryType } from './types-try.tsx';

const checkAfterMs = 400;

/** What is wrong in a text, asked for when it has been left alone for a moment. */
function useCheck(id: string, text: string | null): CheckedText | null {
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), checkAfterMs);
    return () => clearTimeout(timer);
  }, [text]);
  const { data } = useQuery({
    queryKey: ['type-check', id, settled],
    queryFn: () => api.post<CheckedText>(`/device-types/${id}/check`, { text: settled }),
    enabled: settled !== null,
    gcTime: 0,
  });
  return data !== undefined && settled === text ? data : null;
}

/** One device type. */
export function TypeEditor({ id }: { id: string }) {
  const { t } = useTranslation('integrateTypes');
  const { data, error } = useQuery({
    queryKey: ['type-source', id],
    queryFn: () => api.get<TypeSource>(`/device-types/${id}`),
  });
  return (
    <div className={frame.stack}>
      <p className={classes.back}>
        <Link to={paths.integrate('types')}>← {t('back')}</Link>
      </p>
      <ProblemNote error={error} />
      {data === undefined ? null : <OpenType source={data} />}
    </div>
  );
}

function OpenType({ source }: { source: TypeSource }) {
  const { t } = useTranslation('integrateTypes');
  const queries = useQueryClient();
  const { types } = useCatalogue();
  const { id, own } = source;
  const [draft, setDraft] = useState<Draft | null>(() => (own ? readDraft(id) : null));
  const [cursor, setCursor] = useState(0);
  const [copying, setCopying] = useState(false);
  const [saved, setSaved] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draft?.text ?? source.text;
  const checked = useCheck(id, own ? text : null);
  const problems: readonly TypeProblem[] = checked?.problems ?? [];
  const stale = draft !== null && draft.base !== source.version;

  function edit(next: Draft | null): void {
    const changed = next !== null && next.text !== source.text ? next : null;
    setDraft(changed);
    keepDraft(id, changed);
    setSaved(false);
    setFailure(null);
  }
  const write = (next: string) => edit({ text: next, base: draft?.base ?? source.version });

  async function save(next: string): Promise<void> {
    setBusy(true);
    setFailure(null);
    try {
      const after = await api.put<TypeSource>(`/device-types/${id}`, {
        text: next,
        version: draft?.base ?? source.version,
      });
      setDraft(null);
      keepDraft(id, null);
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

  function goTo(offset: number): void {
    const field = area.current;
    if (!field) return;
    field.focus();
    field.setSelectionRange(offset, offset);
    const lineHeight = field.scrollHeight / Math.max(1, field.value.split('\n').length);
    const line = field.value.slice(0, offset).split('\n').length;
    field.scrollTop = Math.max(0, (line - 6) * lineHeight);
    setCursor(offset);
  }

  function insert(key: string): void {
    const next = insertKey(text, cursor, key);
    write(next.text);
    // The field has the new text only after it was drawn.
    requestAnimationFrame(() => goTo(next.offset));
  }

  const marked = new Map<number, 'error' | 'warning'>();
  for (const { file, line, severity } of problems)
    if (file === 'type.yaml' && marked.get(line) !== 'error') marked.set(line, severity);

  return (
    <>
      <div className={classes.columns}>
        <Panel
          title={id}
          aside={
            <div className={frame.row}>
              <Button size="compact-sm" variant="default" onClick={() => setCopying(true)}>
                {t('copy')}
              </Button>
              <ExportType id={id} />
              {own ? <DeleteType id={id} devices={source.devices} /> : null}
            </div>
          }
        >
          <div className={frame.stack}>
            {own ? null : <p className={frame.dim}>{t('readOnly')}</p>}
            <TypeText
              label={t('text', { id })}
              text={text}
              readOnly={!own}
              marked={marked}
              area={area}
              onText={write}
              onCursor={setCursor}
            />
            {stale ? (
              <div role="alert" className={classes.note}>
                <p>⚠ {t('conflict')}</p>
                <div className={frame.row}>
                  <Button size="compact-sm" variant="default" onClick={() => edit(null)}>
                    {t('conflict.theirs')}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => edit({ text, base: source.version })}
                  >
                    {t('conflict.mine')}
                  </Button>
                </div>
              </div>
            ) : null}
            {own ? (
              <div className={frame.row}>
                <Button
                  loading={busy}
                  disabled={draft === null || stale || checked?.sound === false}
                  onClick={() => void save(text)}
                >
                  {t('save')}
                </Button>
                <Button variant="default" disabled={draft === null} onClick={() => edit(null)}>
                  {t('discard')}
                </Button>
                <span role="status">{saved ? `✓ ${t('saved')}` : draft === null ? '' : t('draft')}</span>
              </div>
            ) : null}
            <ProblemNote error={failure} />
          </div>
        </Panel>
        <div className={frame.stack}>
          {own ? (
            <Panel title={t('problems')}>
              <ProblemList
                checked={checked}
                onGo={({ line, column }) => goTo(offsetOf(text, line, column))}
              />
            </Panel>
          ) : null}
          <Panel>
            <TypeHelp text={text} cursor={cursor} readOnly={!own} onKey={insert} />
          </Panel>
          {own ? <TryType id={id} text={text} devices={source.devices} /> : null}
          {own ? (
            <TypeHistory id={id} current={source.version} onRestore={(former) => write(former)} />
          ) : null}
          <Panel title={t('usedBy')}>
            {source.devices.length === 0 ? (
              <p className={frame.dim}>{t('usedByNone')}</p>
            ) : (
              <ul className={classes.devices}>
                {source.devices.map((device) => (
                  <li key={device}>
                    <Link to={paths.device(device)}>{device}</Link>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          {source.readme === null ? null : (
            <Panel title={t('readme')}>
              <Printed text={source.readme} />
            </Panel>
          )}
        </div>
      </div>
      <CopyType
        id={id}
        label={types.get(id)?.label ?? null}
        opened={copying}
        onClose={() => setCopying(false)}
      />
    </>
  );
}

function ProblemList(props: { checked: CheckedText | null; onGo: (problem: TypeProblem) => void }) {
  const { t } = useTranslation('integrateTypes');
  const { checked } = props;
  if (checked === null) return <p className={frame.dim}>{t('check.busy')}</p>;
  const { problems, casesPassed } = checked;
  return (
    <>
      <p className={classes.summary} role="status">
        {problems.length === 0
          ? `✓ ${t('check.sound', { count: casesPassed })}`
          : `⚠ ${t('check.wrong', { count: problems.length })}`}
      </p>
      <ul className={classes.problems}>
        {problems.map((problem) => (
          <li key={`${problem.file} ${problem.line} ${problem.column} ${problem.message}`}>
            {problem.file === 'type.yaml' ? (
              <button type="button" className={classes.problem} onClick={() => props.onGo(problem)}>
                <strong>
                  {t('line', { line: problem.line })} · {t(`severity.${problem.severity}`)}
                </strong>{' '}
                {problem.message}
              </button>
            ) : (
              <div className={classes.problem}>
                <code>{problem.file}</code> {problem.message}
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
