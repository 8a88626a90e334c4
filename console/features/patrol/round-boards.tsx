import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Round } from '../../../gateway/contract/patrol.ts';
import type { PatrolPlan } from '../../../gateway/contract/site.ts';
import { api, type Page } from '../../app/api.ts';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './patrol.module.css';
import { ResultMark } from './result-mark.tsx';
import { alarmOf, boardsOf, type Check, isOverdue, missedAlarms, type RoundBoard } from './round-board.ts';
import { useRoundNote } from './round-note.ts';

type PlanView = PatrolPlan & { nextStartsAt: number | null };
const step = 10;

/** The live board: each route with its rounds of the day, checkpoint by checkpoint. */
export function RoundBoards() {
  const rounds = useEntities('rounds');
  const alarms = useEntities('alarms');
  const boards = useMemo(() => boardsOf(rounds), [rounds]);
  const missed = useMemo(() => missedAlarms(alarms), [alarms]);
  const { data } = useQuery({
    // Asked anew when a round has begun: the next start is then another one.
    queryKey: ['patrol-plans', rounds.length],
    queryFn: () => api.get<Page<PlanView>>('/patrol/plans'),
    placeholderData: (before) => before,
  });
  if (boards.length === 0) return <NoRounds plans={data?.items ?? []} />;
  return (
    <div className={classes.boards}>
      {boards.map((board) => (
        <BoardPanel key={board.key} board={board} missed={missed} plans={data?.items ?? []} />
      ))}
    </div>
  );
}

/** Nothing has been walked today: then when it will begin. */
function NoRounds({ plans }: { plans: readonly PlanView[] }) {
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  return (
    <Panel title={t('board.none')}>
      {plans.length === 0 ? (
        <p className={tables.dim}>{t('board.noPlans')}</p>
      ) : (
        <ul className={classes.plans}>
          {plans.map(({ id, name, nextStartsAt }) => (
            <li key={id}>
              {name} ·{' '}
              {nextStartsAt === null
                ? t('board.resting')
                : t('board.next', { at: time.moment(nextStartsAt) })}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function BoardPanel(props: {
  board: RoundBoard;
  missed: ReadonlyMap<string, Alarm>;
  plans: readonly PlanView[];
}) {
  const { board, missed, plans } = props;
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const routes = useEntityMap('routes');
  const checkpoints = useEntityMap('checkpoints');
  const [shown, setShown] = useState(step);
  const route = routes.get(board.route);
  const next = Math.min(
    ...plans.flatMap((plan) =>
      plan.route === board.route && plan.nextStartsAt !== null ? [plan.nextStartsAt] : [],
    ),
  );
  const facts = [
    route === undefined ? undefined : t('board.tolerance', { n: route.toleranceMin }),
    Number.isFinite(next) ? t('board.next', { at: time.clock(next).slice(0, 5) }) : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <Panel title={route?.name ?? board.route} aside={<span className={tables.dim}>{facts.join(' · ')}</span>}>
      <div className={`${classes.scroll} gh-scroll`}>
        <table className={`${tables.table} ${classes.board}`}>
          <thead>
            <tr>
              <th className={classes.roundHead}>{t('board.round')}</th>
              {board.checkpoints.map(({ checkpoint, dueMin }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a checkpoint may stand in a route twice; its place is what it is.
                <th key={i}>
                  {i + 1}. {checkpoints.get(checkpoint)?.name ?? checkpoint}
                  <div className={tables.dim}>{t('board.due', { n: dueMin })}</div>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {board.rounds.slice(0, shown).map((round) => (
              <RoundRow
                key={round.id}
                round={round}
                missed={missed}
                toleranceMs={(route?.toleranceMin ?? 0) * 60_000}
              />
            ))}
          </tbody>
        </table>
      </div>
      {board.rounds.length > shown ? (
        <p className={tables.more}>
          <Button variant="default" size="compact-sm" onClick={() => setShown(shown + step * 2)}>
            {t('board.more', { count: board.rounds.length - shown })}
          </Button>
        </p>
      ) : null}
    </Panel>
  );
}

function RoundRow(props: { round: Round; missed: ReadonlyMap<string, Alarm>; toleranceMs: number }) {
  const { round, missed, toleranceMs } = props;
  const { t } = useTranslation('patrol');
  const noteWords = useRoundNote();
  const time = useSiteTime();
  return (
    <tr data-state={round.state} data-testid={`round-${round.id}`}>
      <th scope="row" className={classes.roundHead}>
        <Link to={paths.round(round.id)}>{time.clock(round.startsAt).slice(0, 5)}</Link>{' '}
        <span className={classes.state}>{t(`state.${round.state}`)}</span>
        {round.note === null ? null : <div className={classes.roundNote}>{noteWords(round.note)}</div>}
      </th>
      {round.checks.map((check, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <td key={i} className={classes.cell}>
          <CheckCell check={check} round={round} missed={missed} toleranceMs={toleranceMs} />
        </td>
      ))}
    </tr>
  );
}

function CheckCell(props: {
  check: Check;
  round: Round;
  missed: ReadonlyMap<string, Alarm>;
  toleranceMs: number;
}) {
  const { check, round, missed, toleranceMs } = props;
  const time = useSiteTime();
  return (
    <>
      {round.state === 'running' && check.at === null ? (
        <Waiting check={check} toleranceMs={toleranceMs} />
      ) : (
        <ResultMark check={check} overdue={false} alarm={alarmOf(check, round, missed)} />
      )}
      <div className={`${tables.dim} gh-number`}>{check.at === null ? '' : time.clock(check.at)}</div>
    </>
  );
}

/** Only what is still to come looks at the clock. */
function Waiting({ check, toleranceMs }: { check: Check; toleranceMs: number }) {
  const now = useNow();
  return <ResultMark check={check} overdue={isOverdue(check, toleranceMs, now)} alarm={undefined} />;
}
