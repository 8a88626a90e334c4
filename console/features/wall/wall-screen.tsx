import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls, countAlarms, isAside, orderAlarms, priorities } from '../../app/alarm-list.ts';
import { LostBar, SoundLock, SoundOff } from '../../app/bars.tsx';
import { useLabel } from '../../app/language.ts';
import { useBeat, useConnection, useEntities, useEntityMap } from '../../app/live.ts';
import { useBlinking, useReportShown } from '../../app/painted.ts';
import { useMomentary, useOver, useReturned, useStateWord, useWhere } from '../../app/spoken.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import { isBlind, standingSigns } from '../../app/zone-standing.ts';
import { PriorityMark, PriorityTag } from '../../components/priority.tsx';
import { useSight, WallCamera } from './wall-camera.tsx';
import classes from './wall-screen.module.css';

const rowPx = 76;

/** As many rows as fit; a wall has nobody to scroll it. */
function useRowsThatFit(): [(element: HTMLElement | null) => void, number] {
  const [rows, setRows] = useState(8);
  const observer = useRef<ResizeObserver | null>(null);
  const attach = (element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (element === null) return;
    observer.current = new ResizeObserver(() =>
      setRows(Math.max(1, Math.floor(element.clientHeight / rowPx))),
    );
    observer.current.observe(element);
  };
  const stable = useRef(attach);
  return [stable.current, rows];
}

/** Turns with every beat of the gateway: a picture that is frozen shows it. */
function Heart() {
  const { t } = useTranslation('wall');
  const beat = useBeat();
  const { state } = useConnection();
  const time = useSiteTime();
  const now = useNow();
  const [last, setLast] = useState(now);
  if (state === 'live' && last !== now) setLast(now);
  return (
    <div className={classes.heart} data-state={state} data-testid="wall-heart" data-beat={beat}>
      <svg className={classes.face} viewBox="0 0 40 40" width="56" height="56" aria-hidden="true">
        <circle cx="20" cy="20" r="17" className={classes.dial} />
        <line
          x1="20"
          y1="20"
          x2="20"
          y2="6"
          className={classes.hand}
          transform={`rotate(${(beat % 60) * 6} 20 20)`}
        />
      </svg>
      <time className={`${classes.clock} gh-number ${state === 'live' ? '' : 'gh-hatched'}`}>
        {time.clock(state === 'live' ? now : last)}
      </time>
      <span>{t(state === 'live' ? 'heart.beating' : 'heart.still')}</span>
    </div>
  );
}

function WallRow({ alarm }: { alarm: Alarm }) {
  const label = useLabel();
  const { t } = useTranslation('terms');
  const time = useSiteTime();
  const now = useNow();
  const where = useWhere()(alarm);
  const returned = useReturned();
  const stateWord = useStateWord();
  const momentary = useMomentary()(alarm);
  const over = useOver()(alarm, now);
  return (
    <li className={classes.row} data-calling={calls(alarm) || undefined} data-priority={alarm.priority}>
      <PriorityMark priority={alarm.priority} size={48} blinking={calls(alarm)} hollow={returned(alarm)} />
      <span className={classes.word}>{t(`priority.${alarm.priority}`)}</span>
      <span className={classes.what}>
        <strong>{label(alarm.title)}</strong>
        <span>{where}</span>
      </span>
      <span className={classes.state}>
        {stateWord(alarm)}
        {over === undefined ? null : <span>✓ {over}</span>}
      </span>
      <span className={`${classes.when} gh-number`}>
        {time.clock(alarm.raisedAt)}
        <span>
          {over !== undefined
            ? `✓ ${t('state.gone')}`
            : momentary
              ? null
              : time.duration((alarm.returnedAt ?? now) - alarm.raisedAt)}
        </span>
      </span>
    </li>
  );
}

/** Zones of which nothing is heard: a quiet wall must not be taken for a guarded one. */
function BlindZones() {
  const { t } = useTranslation('wall');
  const states = useEntityMap('device-states');
  const devices = useEntityMap('devices');
  const blind = useEntities('zones').filter(({ id }) => isBlind(states.get(id)));
  if (blind.length === 0) return null;
  const names = blind.map(({ id }) => devices.get(id)?.name ?? id).join(t('blind.and'));
  return (
    <p className={classes.blind} data-testid="wall-blind">
      <span aria-hidden="true">{standingSigns.blind}</span> {t('blind', { count: blind.length, names })}
    </p>
  );
}

/** 大屏: to be read across the room; nothing to press, sound on, and a clock that shows it is not frozen. */
export default function WallScreen() {
  const { t } = useTranslation(['wall', 'terms']);
  const alarms = useEntities('alarms');
  const [site] = useEntities('site');
  const [listRef, fits] = useRowsThatFit();
  useReportShown();
  useBlinking();
  const listed = orderAlarms(alarms.filter((alarm) => !isAside(alarm)));
  const counts = countAlarms(alarms);
  const shown = listed.slice(0, fits);
  const sight = useSight(listed);
  return (
    <div className={classes.wall}>
      <header className={classes.head}>
        <h1>{site?.name ?? t('title')}</h1>
        <div className={classes.counts}>
          {priorities.map((priority) => {
            const { calling, open } = counts.byPriority[priority];
            return (
              <div key={priority} className={classes.count} data-empty={open === 0 || undefined}>
                <PriorityTag priority={priority} blinking={calling > 0} />
                <b className="gh-number">
                  {calling}/{open}
                </b>
              </div>
            );
          })}
        </div>
        <Heart />
      </header>
      <LostBar />
      <BlindZones />
      <main className={classes.body}>
        <div className={classes.list} data-narrow={sight !== undefined || undefined} ref={listRef}>
          <ol data-testid="wall-list">
            {shown.map((alarm) => (
              <WallRow key={alarm.id} alarm={alarm} />
            ))}
            {listed.length === 0 ? <li className={classes.quiet}>{t('quiet')}</li> : null}
          </ol>
        </div>
        {sight === undefined ? null : <WallCamera {...sight} />}
      </main>
      <footer className={classes.foot}>
        {listed.length > shown.length ? (
          <strong>{t('more', { count: listed.length - shown.length })}</strong>
        ) : null}
        {counts.shelved > 0 ? <span>{t('shelved', { count: counts.shelved })}</span> : null}
        <SoundOff />
      </footer>
      <SoundLock />
    </div>
  );
}
