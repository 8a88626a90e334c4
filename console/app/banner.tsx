import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { PriorityMark, PriorityTag } from '../components/priority.tsx';
import { useAct } from './act.tsx';
import { alarmActions } from './alarm-actions.ts';
import { countAlarms, highestCalling, priorities } from './alarm-list.ts';
import classes from './banner.module.css';
import { SoundOff } from './bars.tsx';
import { useLabel } from './language.ts';
import { useConnection, useEntities } from './live.ts';
import { silence, useRing, useSoundState } from './ringer.ts';
import { paths } from './routes.tsx';
import { useCan } from './session.tsx';
import { useOver, useReturned, useWhere } from './spoken.ts';
import { useNow, useSiteTime } from './time.ts';
import { UserMenu } from './user-menu.tsx';

/** The most urgent alarm that waits for an answer, wherever the operator is. */
function Highest({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('app');
  const label = useLabel();
  const can = useCan();
  const time = useSiteTime();
  const where = useWhere()(alarm);
  const navigate = useNavigate();
  const [act, busy] = useAct();
  const now = useNow();
  const returned = useReturned();
  const over = useOver()(alarm, now);
  return (
    <div className={classes.highest} data-priority={alarm.priority} data-testid="banner-highest">
      <div className={`${classes.flag} gh-blink`} data-priority={alarm.priority} />
      <PriorityTag priority={alarm.priority} hollow={returned(alarm)} blinking />
      <Link to={paths.alarm(alarm.id)} className={classes.what}>
        <strong title={label(alarm.title)}>{label(alarm.title)}</strong>
        <span>{where}</span>
      </Link>
      <span className={`${classes.when} gh-number`}>
        {time.clock(alarm.raisedAt)}
        {over === undefined ? (
          <small>{time.duration(now - alarm.raisedAt)}</small>
        ) : (
          <small className={classes.over}>✓ {over}</small>
        )}
      </span>
      {alarm.recorded ? null : <span className={classes.unrecorded}>{t('banner.unrecorded')}</span>}
      <Button variant="default" size="compact-sm" onClick={() => void navigate(paths.alarm(alarm.id))}>
        {t('banner.open')}
      </Button>
      {can('alarms.acknowledge') ? (
        <Button
          size="compact-sm"
          loading={busy}
          onClick={() => void act(() => alarmActions.acknowledge(alarm.id))}
        >
          {t('banner.acknowledge')}
        </Button>
      ) : null}
    </div>
  );
}

function Counts() {
  const { t } = useTranslation(['app', 'terms']);
  const counts = countAlarms(useEntities('alarms'));
  return (
    <nav className={classes.counts} aria-label={t('banner.counts')}>
      {priorities.map((priority) => {
        const { calling, open } = counts.byPriority[priority];
        return (
          <Link
            key={priority}
            to={paths.alarmsOf(priority)}
            className={classes.count}
            data-empty={open === 0 || undefined}
            title={t('banner.count', { priority: t(`terms:priority.${priority}`), calling, open })}
            data-testid={`count-${priority}`}
          >
            <PriorityMark priority={priority} blinking={calling > 0} />
            <span className={classes.countWord}>{t(`terms:priority.${priority}`)}</span>
            <span className="gh-number">
              <b>{calling}</b>/{open}
            </span>
          </Link>
        );
      })}
      {counts.shelved > 0 ? (
        <Link to="/alarms?list=aside" className={classes.count}>
          <span className={classes.shelved}>{t('banner.shelved', { count: counts.shelved })}</span>
        </Link>
      ) : null}
    </nav>
  );
}

/** The gateway's clock; it stands still, hatched, when nothing is heard any more. */
function ServerClock() {
  const time = useSiteTime();
  const now = useNow();
  const { state } = useConnection();
  const [last, setLast] = useState(now);
  const shown = state === 'live' ? now : last;
  if (state === 'live' && last !== now) setLast(now);
  return (
    <time
      className={`${classes.clock} gh-number ${state === 'live' ? '' : 'gh-hatched'}`}
      dateTime={new Date(shown).toISOString()}
      data-testid="clock"
    >
      {time.clock(shown)}
      <small>{time.date(shown)}</small>
    </time>
  );
}

function Silence() {
  const { t } = useTranslation('app');
  const ring = useRing();
  const state = useSoundState();
  if (state === 'declined' || state === 'unsupported') return <SoundOff />;
  return (
    <Button
      variant="default"
      size="compact-sm"
      disabled={ring.priority === null}
      onClick={silence}
      title={ring.silenced ? t('banner.silenced') : undefined}
      data-testid="silence"
    >
      {ring.silenced ? '◌ ' : ''}
      {t('banner.silence')} (S)
    </Button>
  );
}

function LinkState() {
  const { t } = useTranslation('app');
  const { state } = useConnection();
  return (
    <span className={classes.link} data-state={state} data-testid="link-state">
      <span aria-hidden="true">{state === 'live' ? '●' : state === 'connecting' ? '◐' : '✕'}</span>{' '}
      {t(`link.${state}`)}
    </span>
  );
}

/** Always on top: what is most urgent, how much there is, whether the screen is alive, who is on duty. */
export function Banner() {
  const { t } = useTranslation('app');
  const highest = highestCalling(useEntities('alarms'));
  return (
    <header className={classes.banner}>
      {/* biome-ignore lint/a11y/useSemanticElements: the region is live, which no element says. */}
      <div className={classes.lead} role="region" aria-live="assertive" aria-label={t('banner.highest')}>
        {highest === undefined ? (
          <span className={classes.quiet}>{t('banner.quiet')}</span>
        ) : (
          <Highest key={highest.id} alarm={highest} />
        )}
      </div>
      <Counts />
      <Silence />
      <div className={classes.status}>
        <ServerClock />
        <LinkState />
      </div>
      <UserMenu />
    </header>
  );
}
