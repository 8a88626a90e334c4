import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { copiedFrom } from '../../../gateway/contract/copied-note.ts';
import { api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import { useReadme } from './readme-text.tsx';
import classes from './types.module.css';
import type { CheckedText, TypeProblem, TypeSource } from './types-api.ts';
import { TypeCases } from './types-cases.tsx';
import { CopyType } from './types-copy.tsx';
import { useDrafted } from './types-draft.ts';
import { TypeHelp } from './types-help.tsx';
import { TypeHistory } from './types-history.tsx';
import { TypePoints } from './types-points.tsx';
import { ProblemList } from './types-problems.tsx';
import { readmePaths, TypeReadmes } from './types-readme.tsx';
import { insertKey, offsetOf } from './types-schema.ts';
import { DeleteType, ExportType } from './types-share.tsx';
import { TryType } from './types-try.tsx';
import { TypeYaml } from './types-yaml.tsx';
import { useYamlDraft } from './types-yaml-draft.ts';

const checkAfterMs = 400;

type Drafts = Readonly<Record<string, string>>;

/**
 * What is wrong in a text and what comes of the cases with it, asked for when they have been left alone for a moment; null while
 * the answer is that of another text.
 * @param files texts of case files that are not saved
 */
function useCheck(id: string, text: string | null, files: Drafts): CheckedText | null {
  const wanted = text === null ? null : JSON.stringify({ text, files });
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), checkAfterMs);
    return () => clearTimeout(timer);
  }, [wanted]);
  const { data } = useQuery({
    queryKey: ['type-check', id, settled],
    queryFn: () => api.post<CheckedText>(`/device-types/${id}/check`, JSON.parse(settled ?? '')),
    enabled: settled !== null,
    gcTime: 0,
  });
  return data !== undefined && settled === wanted ? data : null;
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

const views = ['text', 'points', 'cases', 'readme'] as const;
type View = (typeof views)[number];

/** What of a type is open, as it stands in the address. */
function useView() {
  const [search, setSearch] = useSearchParams();
  const view: View = views.find((each) => each === search.get('view')) ?? 'text';
  const open = (next: View, more: Record<string, string> = {}) =>
    setSearch(next === 'text' ? {} : { view: next, ...more });
  return { view, openCase: view === 'cases' ? search.get('case') : null, open };
}

function OpenType({ source }: { source: TypeSource }) {
  const { t } = useTranslation('integrateTypes');
  const { types } = useCatalogue();
  const { id, own } = source;
  const draft = useYamlDraft(source);
  const [caseDrafts, setCaseDrafts] = useState<Drafts>({});
  const checked = useCheck(id, own ? draft.text : null, caseDrafts);
  const { view, openCase, open } = useView();
  const [cursor, setCursor] = useState(0);
  const [target, setTarget] = useState<number | null>(null);
  const there = useCallback(() => setTarget(null), []);
  const [copying, setCopying] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);

  function insert(key: string): void {
    const next = insertKey(draft.text, cursor, key);
    draft.write(next.text);
    setTarget(next.offset);
  }

  function goToProblem({ line, column }: TypeProblem): void {
    if (view !== 'text') open('text');
    setTarget(offsetOf(draft.text, line, column));
  }

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
            <Views view={view} source={source} checked={checked} />
            {view === 'cases' ? (
              <TypeCases
                {...{ source, checked }}
                drafted={draft.changed}
                open={openCase}
                onOpen={(name) => open('cases', name === null ? {} : { case: name })}
                onDrafts={setCaseDrafts}
              />
            ) : view === 'points' ? (
              <TypePoints {...{ id, own }} drafted={draft.changed} />
            ) : view === 'readme' ? (
              <TypeReadmes source={source} />
            ) : (
              <TypeYaml {...{ id, own, draft, checked, area, target }} onThere={there} onCursor={setCursor} />
            )}
          </div>
        </Panel>
        <div className={frame.stack}>
          {own ? (
            <Panel title={t('problems')}>
              <ProblemList
                checked={checked}
                onText={goToProblem}
                onCase={(name) => open('cases', { case: name })}
              />
            </Panel>
          ) : null}
          {view === 'text' ? (
            <Panel>
              <TypeHelp text={draft.text} cursor={cursor} readOnly={!own} onKey={insert} />
            </Panel>
          ) : null}
          {own && view === 'text' ? (
            <>
              <TryType id={id} text={draft.text} devices={source.devices} />
              <TypeHistory id={id} path="type.yaml" current={source.version} onRestore={draft.write} />
            </>
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

/** The text of a type, its cases, its README; what fails, is not saved or is still the original's stands beside the name. */
function Views(props: { view: View; source: TypeSource; checked: CheckedText | null }) {
  const { t } = useTranslation('integrateTypes');
  const failing = (props.checked?.cases ?? []).filter(({ passed }) => !passed).length;
  const { id, own, cases } = props.source;
  const drafted = useDrafted();
  const readme = useReadme(id)?.text ?? '';
  const unsaved = (...files: string[]) =>
    own && files.some((path) => drafted(id, path)) ? [t('draft.short')] : [];
  const words: Record<View, string[]> = {
    text: ['type.yaml', ...unsaved('type.yaml')],
    points: [t('points')],
    cases: [
      `${t('cases')} ${cases.length}`,
      ...(failing > 0 ? [`⚠ ${t('cases.failing', { count: failing })}`] : []),
      ...unsaved('cases/'),
    ],
    readme: [
      t('readme'),
      ...(own && copiedFrom(readme) !== undefined ? [`⚠ ${t('readme.copied.short')}`] : []),
      ...unsaved(...readmePaths),
    ],
  };
  return (
    <nav className={frame.parts} aria-label={t('views')}>
      {views.map((each) => (
        <Link
          key={each}
          to={each === 'text' ? '?' : `?view=${each}`}
          className={frame.part}
          aria-current={each === props.view ? 'page' : undefined}
        >
          {words[each].join(' · ')}
        </Link>
      ))}
    </nav>
  );
}
