import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls } from '../../app/alarm-list.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import { PriorityTag } from '../../components/priority.tsx';
import classes from './alarm-table.module.css';

/** The cells of the list; each draws again by itself when only its own time has passed. */

export function PriorityCell({ alarm }: { alarm: Alarm }) {
  return (
    <PriorityTag
      priority={alarm.priority}
      blinking={calls(alarm)}
      hollow={alarm.state === 'returned'}
      shelved={alarm.shelved !== undefined}
    />
  );
}

/** Put aside comes before what it would otherwise be: that is why it is quiet. */
export function useStateWord(): (alarm: Alarm) => string {
  const { t } = useTranslation('terms');
  return (alarm) => {
    if (alarm.shelved !== undefined) return t('state.shelved');
    if (alarm.suppressed !== undefined) return t('state.suppressed');
    return t(`state.${alarm.state}`);
  };
}

export function StateCell({ alarm }: { alarm: Alarm }) {
  return <>{useStateWord()(alarm)}</>;
}

export function TimeCell({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const time = useSiteTime();
  const today = time.date(alarm.raisedAt) === time.date(useNow());
  return (
    <span className="gh-number">
      {today ? time.clock(alarm.raisedAt) : time.moment(alarm.raisedAt)}
      {alarm.late ? <span className={classes.mark}>{t('row.late')}</span> : null}
    </span>
  );
}

/** How long the condition has stood, or stood until it was gone. */
export function DurationCell({ alarm }: { alarm: Alarm }) {
  const time = useSiteTime();
  const now = useNow();
  const until = alarm.returnedAt ?? alarm.closedAt ?? now;
  return <span className="gh-number">{time.duration(until - alarm.raisedAt)}</span>;
}

export function TitleCell({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const label = useLabel();
  return (
    <>
      {label(alarm.title)}
      {alarm.instance === undefined ? null : <span className={classes.instance}> · {alarm.instance}</span>}
      {alarm.count > 1 ? (
        <span className={classes.mark}>{t('row.count', { count: alarm.count })}</span>
      ) : null}
      {alarm.chattering === true ? <span className={classes.mark}>{t('row.chattering')}</span> : null}
      {alarm.recorded ? null : <span className={classes.mark}>{t('row.unrecorded')}</span>}
    </>
  );
}

/** `1.92 m / 1.80`; booleans and words say nothing that the title does not. */
export function ValueCell({ alarm }: { alarm: Alarm }) {
  if (typeof alarm.value !== 'number') return null;
  const value = Number(alarm.value.toFixed(2));
  return (
    <span className="gh-number">
      {value}
      {alarm.unit === undefined ? '' : ` ${alarm.unit}`}
      {alarm.limit === undefined ? '' : ` / ${alarm.limit}`}
    </span>
  );
}

/** What is left of the response time of its ticket. */
export function DueCell({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const time = useSiteTime();
  const now = useNow();
  const dueAt = useEntity('tickets', alarm.ticket)?.dueAt;
  if (dueAt === undefined) return null;
  const left = dueAt - now;
  return (
    <span className="gh-number" data-overdue={left < 0 || undefined}>
      {left < 0 ? t('row.overdue', { for: time.duration(-left) }) : time.duration(left)}
    </span>
  );
}
