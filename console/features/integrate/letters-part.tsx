import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useAct } from '../../app/act.tsx';
import { api, type Page, queryString } from '../../app/api.ts';
import { useLanguage } from '../../app/language.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TwoStep } from '../../components/two-step.tsx';
import { type DeadLetter, matches } from './dead-letters.ts';
import classes from './integrate.module.css';
import { LetterRow } from './letter-row.tsx';

interface Counts {
  taken: number;
  kept: number;
  passed: number;
  next: string | null;
}

/** What arrived and could not be understood, newest first; read again once it is mended. */
export default function LettersPart() {
  const { t } = useTranslation('integrateLetters');
  const [query, setQuery] = useSearchParams();
  const source = query.get('source');
  const [filter, setFilter] = useState('');
  const language = useLanguage();
  const [said, setSaid] = useState('');
  const queries = useQueryClient();
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['dead-letters', source],
    queryFn: ({ pageParam }) =>
      api.get<Page<DeadLetter>>(`/dead-letters${queryString({ cursor: pageParam, source })}`),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const letters = (data?.pages ?? []).flatMap((page) => page.items);
  const shown = letters.filter((letter) => matches(letter, filter.trim(), language));
  const reload = () => queries.invalidateQueries({ queryKey: ['dead-letters'] });

  async function changed(words: string): Promise<void> {
    setSaid(words);
    await reload();
  }

  return (
    <Panel title={t('title')}>
      <div className={classes.stack}>
        <p className={classes.dim}>{t('explain')}</p>
        <div className={classes.row}>
          <TextInput
            size="xs"
            w={320}
            label={t('filter')}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
          {source === null ? null : (
            <OfSource source={source} onAll={() => setQuery({})} onDone={(words) => void changed(words)} />
          )}
        </div>
        <ProblemNote error={error} />
        <p role="status" className={said === '' ? classes.dim : undefined} data-testid="letters-said">
          {said}
        </p>
        {shown.length === 0 ? (
          isFetching ? null : (
            <p className={classes.dim}>{t(letters.length === 0 ? 'empty' : 'none')}</p>
          )
        ) : (
          <table className={`${tables.table} ${classes.letters}`}>
            <thead>
              <tr>
                <th>{t('at')}</th>
                <th>{t('source')}</th>
                <th>{t('reason')}</th>
                <th>{t('bytes')}</th>
                <th>{t('actions')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((letter) => (
                <LetterRow
                  key={letter.id}
                  letter={letter}
                  onSource={source === null ? () => setQuery({ source: letter.source }) : null}
                  onDone={(words) => void changed(words)}
                />
              ))}
            </tbody>
          </table>
        )}
        <More {...{ hasNextPage, isFetching, fetchNextPage }} />
      </div>
    </Panel>
  );
}

/** What can be done with all letters of one source. */
function OfSource(props: { source: string; onAll: () => void; onDone: (words: string) => void }) {
  const { source, onAll, onDone } = props;
  const { t } = useTranslation('integrateLetters');
  const [act, busy] = useAct();

  async function rerun(): Promise<void> {
    const sums = { taken: 0, kept: 0, passed: 0 };
    const worked = await act(async () => {
      for (let after: string | null | undefined; after !== null; ) {
        const counts: Counts = await api.post('/dead-letters/rerun', { source, after });
        for (const name of ['taken', 'kept', 'passed'] as const) sums[name] += counts[name];
        after = counts.next;
      }
    });
    if (worked) onDone(t('counts', sums));
  }

  async function discard(): Promise<void> {
    const { discarded } = await api.delete<{ discarded: number }>(`/dead-letters${queryString({ source })}`);
    onDone(t('discarded', { count: discarded }));
  }

  return (
    <>
      <span className={classes.words}>{t('of', { source })}</span>
      <Button variant="default" size="compact-sm" onClick={onAll}>
        {t('all')}
      </Button>
      <Button size="compact-sm" loading={busy} onClick={() => void rerun()} data-testid="rerun-source">
        {t('rerunAll')}
      </Button>
      <TwoStep label={t('discardAll')} question={t('discardQuestion')} onConfirm={discard} />
    </>
  );
}
