import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Round } from '../../../gateway/contract/patrol.ts';
import { api } from '../../app/api.ts';
import { live, useEntities, useEntity } from '../../app/live.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './patrol.module.css';
import { ResultMark } from './result-mark.tsx';
import {
  alarmOf,
  type Check,
  countResults,
  deviationMs,
  isOverdue,
  missedAlarms,
  results,
} from './round-board.ts';
import { useRoundNote } from './round-note.ts';

const RoundPlan = lazy(() => import('./round-plan.tsx'));

/** Rounds of the last day are live; an older one is asked for. */
function useRound(id: string) {
  const now = useEntity('rounds', id);
  const { data, error, isPending } = useQuery({
    queryKey: ['round', id],
    queryFn: () => api.get<Round>(`/patrol/rounds/${encodeURIComponent(id)}`),
    enabled: now === undefined,
  });
  return {
    round: now ?? data,
    error: now === undefined ? error : null,
    isPending: now === undefined && isPending,
  };
}

/** One round: its way on the plan, and each checkpoint with when it was due and when somebody was there. */
export function RoundDetail({ id, back }: { id: string; back: string }) {
  const { t } = useTranslation(['patrol', 'app']);
  const time = useSiteTime();
  const { round, error, isPending } = useRound(id);
  const route = useEntity('routes', round?.route);
  const noteWords = useRoundNote();
  const [selected, setSelected] = useState<number | null>(null);
  if (round === undefined)
    return error === null ? (
      <p className={classes.none}>{t(isPending ? 'app:loading' : 'round.gone')}</p>
    ) : (
      <ProblemNote error={error} />
    );
  const counts = countResults(round.checks);
  return (
    <div className={classes.round}>
      <header className={classes.roundTitle}>
        <Link to={back}>{t('round.back')}</Link>
        <h2>
          {route?.name ?? round.route} · {round.name} · {time.moment(round.startsAt).slice(0, -3)}
        </h2>
        <strong>{t(`state.${round.state}`)}</strong>
        <span className={tables.dim}>
          {t('round.facts', { start: time.clock(round.startsAt), end: time.clock(round.endsAt) })}
        </span>
        <span>
          {results
            .filter((result) => counts[result] > 0)
            .map((result) => `${t(`result.${result}`)} ${counts[result]}`)
            .join(' · ')}
        </span>
        {round.note === null ? null : <span className={classes.note}>⚠ {noteWords(round.note)}</span>}
      </header>
      <section className={classes.roundPlan} aria-label={t('round.plan')}>
        <Suspense fallback={<p className={classes.none}>{t('app:loading')}</p>}>
          <RoundPlan round={round} selected={selected} onSelect={setSelected} />
        </Suspense>
      </section>
      <Checks round={round} selected={selected} onSelect={setSelected} />
    </div>
  );
}

function Checks(props: { round: Round; selected: number | null; onSelect: (n: number) => void }) {
  const { round, selected, onSelect } = props;
  const { t } = useTranslation('patrol');
  const alarms = useEntities('alarms');
  const missed = useMemo(() => missedAlarms(alarms), [alarms]);
  const toleranceMs = (useEntity('routes', round.route)?.toleranceMin ?? 0) * 60_000;
  return (
    <section
      className={`${classes.checks} gh-scroll`}
      aria-label={t('round.checks')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      tabIndex={0}
    >
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{t('round.order')}</th>
            <th>{t('checkins.checkpoint')}</th>
            <th>{t('round.due')}</th>
            <th>{t('round.at')}</th>
            <th>{t('round.deviation')}</th>
            <th>{t('round.result')}</th>
            <th>{t('checkins.guard')}</th>
          </tr>
        </thead>
        <tbody>
          {round.checks.map((check, i) => (
            <tr
              // biome-ignore lint/suspicious/noArrayIndexKey: a checkpoint may stand in a route twice; its place is what it is.
              key={i}
              aria-current={selected === i + 1 || undefined}
              data-clickable
              onClick={() => onSelect(i + 1)}
            >
              <CheckRow check={check} n={i + 1} round={round} missed={missed} toleranceMs={toleranceMs} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CheckRow(props: {
  check: Check;
  n: number;
  round: Round;
  missed: ReturnType<typeof missedAlarms>;
  toleranceMs: number;
}) {
  const { check, n, round, missed, toleranceMs } = props;
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const now = useNow();
  const checkpoint = useEntity('checkpoints', check.checkpoint);
  const off = deviationMs(check);
  const deviation =
    off === null
      ? ''
      : Math.abs(off) < 1_000
        ? t('round.onTheDot')
        : off < 0
          ? t('round.earlyBy', { for: time.duration(-off) })
          : t('round.lateBy', { for: time.duration(off) });
  return (
    <>
      <td className="gh-number">{n}</td>
      <td>{checkpoint?.name ?? check.checkpoint}</td>
      <td className={`${tables.nowrap} gh-number`}>{time.clock(check.dueAt)}</td>
      <td className={`${tables.nowrap} gh-number`}>{check.at === null ? '—' : time.clock(check.at)}</td>
      <td className={`${tables.nowrap} gh-number`}>{deviation}</td>
      <td className={tables.nowrap}>
        <ResultMark
          check={check}
          overdue={round.state === 'running' && isOverdue(check, toleranceMs, now)}
          alarm={alarmOf(check, round, missed)}
        />
      </td>
      <td>{check.guard === null ? '' : (live.get('people', check.guard)?.name ?? check.guard)}</td>
    </>
  );
}
