import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { live, useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './panels.module.css';
import { runningRounds } from './site-counts.ts';

/** Rounds under way: how far, where next, what is overdue. */
export function RoundsPanel() {
  const { t } = useTranslation('overview');
  const time = useSiteTime();
  const now = useNow();
  const rounds = useEntities('rounds');
  const routes = useEntityMap('routes');
  const running = useMemo(
    () => runningRounds(rounds, (route) => (routes.get(route)?.toleranceMin ?? 0) * 60_000, now),
    [rounds, routes, now],
  );
  return (
    <Panel title={t('rounds.title')}>
      {running.length === 0 ? (
        <p className={classes.none}>{t('rounds.none')}</p>
      ) : (
        <ul className={classes.rounds}>
          {running.map(({ round, proved, overdue, next }) => (
            <li key={round.id}>
              <Link to={paths.round(round.id)}>
                <strong>{routes.get(round.route)?.name ?? round.name}</strong>{' '}
                {time.clock(round.startsAt).slice(0, 5)}
              </Link>
              <meter
                className={classes.progress}
                min={0}
                max={round.checks.length}
                value={proved}
                aria-label={t('rounds.progress', { proved, all: round.checks.length })}
              />
              <span className="gh-number">{t('rounds.progress', { proved, all: round.checks.length })}</span>
              {overdue === 0 ? null : (
                <strong className={classes.fault}>{t('rounds.overdue', { count: overdue })}</strong>
              )}
              <span className={`${tables.dim} ${classes.next}`}>
                {next === undefined
                  ? t('rounds.finished')
                  : t('rounds.next', {
                      name: live.get('checkpoints', next.checkpoint)?.name ?? next.checkpoint,
                      at: time.clock(next.dueAt),
                    })}
                {' · '}
                {t('rounds.ends', { at: time.clock(round.endsAt).slice(0, 5) })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
