import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlannedDevice, ScheduleView } from '../../../gateway/contract/plant.ts';
import type { Schedule } from '../../../gateway/contract/site.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useWho } from '../../app/spoken.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import { momentOf } from '../../components/site-moment.ts';
import { nextIsOn, placeIn, type Seen, type Stretch, seenStretches } from './day-bar.ts';
import classes from './plant.module.css';

const dayMs = 86_400_000;
/** A look a minute is enough for a bar of a day. */
const stepMs = 60_000;

/** Schedules with how they stand now and what their clocks want today. */
export function useSchedules(): ScheduleView[] {
  const schedules = useEntities('schedules');
  const states = useEntityMap('schedule-states');
  const date = useSiteTime().date(useNow());
  const { data } = useQuery({
    // Asked anew on another day, and when a plan was changed.
    queryKey: ['plant-schedules', date, schedules],
    queryFn: () => api.get<Page<ScheduleView>>('/plant/schedules'),
    enabled: schedules.length > 0,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const today = new Map(data?.items.map((item) => [item.id, item.today]));
    return schedules.map((schedule) => ({
      ...schedule,
      state: states.get(schedule.id) ?? null,
      today: today.get(schedule.id) ?? [],
    }));
  }, [schedules, states, data]);
}

/** The present day of the site, UTC ms. */
function useDay(): Stretch {
  const [site] = useEntities('site');
  const date = useSiteTime().date(useNow());
  return useMemo(() => {
    const from = momentOf(date, site?.timeZone) ?? 0;
    const next = new Date(Date.parse(date) + dayMs).toISOString().slice(0, 10);
    return { from, to: momentOf(next, site?.timeZone) ?? from + dayMs };
  }, [date, site?.timeZone]);
}

/** What a schedule wants now, and when and whither it goes next. */
export function ScheduleWords({ schedule }: { schedule: ScheduleView }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const { state } = schedule;
  const next = nextIsOn(schedule, useNow());
  const wanted = state?.wanted ?? null;
  return (
    <span className={classes.scheduleWords}>
      <strong>
        {schedule.enabled
          ? t(wanted === null ? 'plan.unknown' : wanted ? 'plan.on' : 'plan.off')
          : t('plan.disabled')}
      </strong>
      {state?.since == null ? null : (
        <span>{t('plan.since', { at: time.moment(state.since).slice(0, -3) })}</span>
      )}
      {state?.nextAt == null || next === null ? null : (
        <span>
          {t(next ? 'plan.nextOn' : 'plan.nextOff', { at: time.moment(state.nextAt).slice(0, -3) })}
        </span>
      )}
      <BySource schedule={schedule} dark={state?.dark ?? null} />
    </span>
  );
}

function BySource({ schedule, dark }: { schedule: Schedule; dark: boolean | null }) {
  const { t } = useTranslation('plant');
  const sensor = useEntityMap('devices').get(schedule.light?.sensor ?? '');
  if (schedule.light === undefined) return <span>{t('plan.byClock')}</span>;
  const { onBelowLx, offAboveLx } = schedule.light;
  return (
    <span>
      {t('plan.byLight', {
        sensor: sensor?.name ?? schedule.light.sensor,
        on: onBelowLx,
        off: offAboveLx,
        now: t(dark === null ? 'plan.lightUnknown' : dark ? 'plan.isDark' : 'plan.isBright'),
      })}
    </span>
  );
}

/** How a device stands to its schedule, where that is not simply as planned. */
export function PlannedWords({ planned, wanted }: { planned: PlannedDevice; wanted: boolean | null }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const who = useWho();
  const { on, owed, override, againstSince } = planned;
  return (
    <span className={classes.planned}>
      <span>{t(on === null ? 'state.unknown' : on ? 'plan.isOn' : 'plan.isOff')}</span>
      {override === null ? null : (
        <span className={classes.flag}>
          {t(override.on ? 'plan.overrideOn' : 'plan.overrideOff', {
            who: who(override.by),
            at: time.moment(override.at).slice(0, -3),
          })}
          {override.reason === null ? '' : ` · ${override.reason}`}
        </span>
      )}
      {owed ? <span className={classes.flag}>{t('plan.owed')}</span> : null}
      {againstSince === null || override !== null ? null : (
        <span className={classes.flag}>
          {t('plan.against', { at: time.moment(againstSince).slice(0, -3) })}
        </span>
      )}
      {override === null && !owed && againstSince === null && on !== null && on === wanted ? (
        <span className={classes.dim}>{t('plan.asPlanned')}</span>
      ) : null}
    </span>
  );
}

/** The day as planned, and above what was where a device is given; the upright line is now. */
export function DayBar(props: { schedule: ScheduleView; actual?: { device: string; point: string } }) {
  const { schedule, actual } = props;
  const day = useDay();
  const now = useNow();
  const seen = useSeen(actual, day, now);
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const span = ({ from, to }: Stretch) =>
    `${time.clock(from).slice(0, 5)}–${to >= day.to ? '24:00' : time.clock(to).slice(0, 5)}`;
  const said = (list: readonly Stretch[]) => (list.length === 0 ? '—' : list.map(span).join(', '));
  const label = [
    t('bar.planned', { spans: said(schedule.today) }),
    ...(seen === undefined ? [] : [t('bar.actual', { spans: said(seen.on) })]),
  ].join('; ');
  const x = (at: number) => placeIn(day, at) * 100;
  const rect = (className: string | undefined, list: readonly Stretch[], y: number) =>
    list.map(({ from, to }) => (
      <rect
        key={`${y} ${from}`}
        className={className}
        x={x(from)}
        y={y}
        width={x(to) - x(from)}
        height="12"
      />
    ));
  const height = seen === undefined ? 14 : 30;
  return (
    <div className={classes.day}>
      <div className={classes.dayNames} aria-hidden="true">
        <span>{t('bar.plan')}</span>
        {seen === undefined ? null : <span>{t('bar.was')}</span>}
      </div>
      <div className={classes.dayBar}>
        <svg
          viewBox={`0 0 100 ${height}`}
          height={height}
          preserveAspectRatio="none"
          role="img"
          aria-label={label}
          data-testid="day-bar"
        >
          <rect className={classes.barGround} y="1" width="100" height="12" />
          {rect(classes.barPlan, schedule.today, 1)}
          {seen === undefined ? null : (
            <>
              <rect className={classes.barGround} y="17" width="100" height="12" />
              {rect(classes.barUnknown, seen.unknown, 17)}
              {rect(classes.barOn, seen.on, 17)}
            </>
          )}
          <path className={classes.barNow} d={`M${x(now)} 0V${height}`} />
        </svg>
        <div className={classes.dayHours} aria-hidden="true">
          {['0', '6', '12', '18', '24'].map((hour) => (
            <span key={hour}>{hour}</span>
          ))}
        </div>
      </div>
    </div>
  );
}

/** What a device was today; undefined while that is not asked for, not allowed or not yet there. */
function useSeen(actual: { device: string; point: string } | undefined, day: Stretch, now: number) {
  const can = useCan();
  const { data } = useQuery({
    queryKey: ['seen-today', actual?.device, actual?.point, day.from],
    queryFn: () => {
      const query = queryString({
        point: `${actual?.device}.${actual?.point}`,
        // The day before tells how this one began.
        from: day.from - dayMs,
        to: day.to,
        resolution: stepMs,
      });
      return api.get<Page<Seen>>(`/history${query}`);
    },
    enabled: actual !== undefined && day.from > 0 && can('history.read'),
    refetchInterval: stepMs,
  });
  return data === undefined ? undefined : seenStretches(data.items, day.from, now);
}
