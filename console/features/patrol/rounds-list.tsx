import { Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Round } from '../../../gateway/contract/patrol.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import classes from './patrol.module.css';
import { countResults, resultShape, results } from './round-board.ts';
import { useRoundNote } from './round-note.ts';

const pageSize = 50;
const states: readonly Round['state'][] = ['running', 'done', 'missed'];

/** Rounds of all days, newest first. */
export function RoundsList() {
  const { t } = useTranslation(['patrol', 'app']);
  const plans = useEntities('plans');
  const [site] = useEntities('site');
  const live = useEntityMap('rounds');
  const [plan, setPlan] = useState<string | null>(null);
  const [state, setState] = useState<string | null>(null);
  const [fromText, setFrom] = useState('');
  const [toText, setTo] = useState('');
  const from = momentOf(fromText, site?.timeZone);
  const to = momentOf(toText, site?.timeZone);
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['rounds', plan, state, from, to],
    queryFn: ({ pageParam }) =>
      api.get<Page<Round>>(
        `/patrol/rounds${queryString({ plan, state, from, to, limit: pageSize, cursor: pageParam })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const rounds = (data?.pages ?? [])
    .flatMap(({ items }) => items)
    .map((round) => live.get(round.id) ?? round);
  return (
    <>
      <div className={classes.filters}>
        <Select
          size="xs"
          w={170}
          label={t('filter.plan')}
          placeholder={t('filter.allPlans')}
          data={plans.map(({ id, name }) => ({ value: id, label: name }))}
          value={plan}
          onChange={setPlan}
          clearable
        />
        <Select
          size="xs"
          w={140}
          label={t('filter.state')}
          placeholder={t('filter.allStates')}
          data={states.map((value) => ({ value, label: t(`state.${value}`) }))}
          value={state}
          onChange={setState}
          clearable
        />
        <TextInput
          size="xs"
          type="datetime-local"
          label={t('filter.from')}
          value={fromText}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          type="datetime-local"
          label={t('filter.to')}
          value={toText}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </div>
      {error === null ? null : <ProblemNote error={error} />}
      {rounds.length === 0 ? (
        <p className={tables.empty}>{error === null ? t(isPending ? 'app:loading' : 'rounds.empty') : ''}</p>
      ) : (
        <RoundsTable rounds={rounds} />
      )}
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </>
  );
}

function RoundsTable({ rounds }: { rounds: readonly Round[] }) {
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const navigate = useNavigate();
  const routes = useEntityMap('routes');
  const noteWords = useRoundNote();
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          <th>{t('rounds.start')}</th>
          <th>{t('rounds.plan')}</th>
          <th>{t('rounds.route')}</th>
          <th>{t('rounds.state')}</th>
          {results.map((result) => (
            <th key={result} className={tables.right}>
              <span aria-hidden="true">{resultShape[result]}</span> {t(`result.${result}`)}
            </th>
          ))}
          <th>{t('rounds.note')}</th>
        </tr>
      </thead>
      <tbody>
        {rounds.map((round) => {
          const counts = countResults(round.checks);
          return (
            <tr key={round.id} data-clickable onClick={() => void navigate(paths.round(round.id))}>
              <td className={`${tables.nowrap} gh-number`}>
                <Link to={paths.round(round.id)}>{time.moment(round.startsAt).slice(0, -3)}</Link>
              </td>
              <td>{round.name}</td>
              <td>{routes.get(round.route)?.name ?? round.route}</td>
              <td className={tables.nowrap}>
                {round.state === 'missed' ? <strong>{t('state.missed')}</strong> : t(`state.${round.state}`)}
              </td>
              {results.map((result) => (
                <td key={result} className={`${tables.right} gh-number`}>
                  {counts[result] === 0 ? <span className={tables.dim}>–</span> : counts[result]}
                </td>
              ))}
              <td>{round.note === null ? '' : noteWords(round.note)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
