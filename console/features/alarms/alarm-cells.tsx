import { createContext, type ReactNode, use, useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls, overSince } from '../../app/alarm-list.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { useAlarmDevice, useInstance, useRule, useWho } from '../../app/spoken.ts';
import { type SiteTime, useNow, useSiteTime } from '../../app/time.ts';
import { PriorityMark } from '../../components/priority.tsx';
import classes from './alarm-table.module.css';

/** Put aside comes before what it would otherwise be: that is why it is quiet. */
export function useStateWord(): (alarm: Alarm) => string {
  const { t } = useTranslation('terms');
  const ruleOf = useRule();
  return useCallback(
    (alarm) => {
      if (alarm.shelved !== undefined) return t('state.shelved');
      if (alarm.suppressed !== undefined) return t('state.suppressed');
      // Fire and panic stay until they are reset; that nothing is there any more is told all the same.
      if (alarm.state === 'unacknowledged' && overSince(alarm, ruleOf(alarm)) !== undefined)
        return t('state.returned');
      return t(`state.${alarm.state}`);
    },
    [t, ruleOf],
  );
}

/** What the cells need of the shell, looked up once for the whole list: a hundred rows scroll by in a second. */
function useCellWords() {
  const { t } = useTranslation(['alarms', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const stateWord = useStateWord();
  const who = useWho();
  const device = useAlarmDevice();
  const instance = useInstance();
  const today = time.date(useNow());
  return useMemo(
    () => ({ t, label, time, stateWord, who, device, instance, today }),
    [t, label, time, stateWord, who, device, instance, today],
  );
}

const CellContext = createContext<ReturnType<typeof useCellWords> | null>(null);

export function CellWords({ children }: { children: ReactNode }) {
  return <CellContext value={useCellWords()}>{children}</CellContext>;
}

function useCell() {
  const words = use(CellContext);
  if (words === null) throw new Error('a cell of the alarm list stands outside CellWords');
  return words;
}

export function PriorityCell({ alarm }: { alarm: Alarm }) {
  const { t } = useCell();
  return (
    <>
      <PriorityMark
        priority={alarm.priority}
        blinking={calls(alarm)}
        hollow={alarm.state === 'returned'}
        shelved={alarm.shelved !== undefined}
      />
      {t(`terms:priority.${alarm.priority}`)}
    </>
  );
}

export function StateCell({ alarm }: { alarm: Alarm }) {
  return useCell().stateWord(alarm);
}

export function TimeCell({ alarm }: { alarm: Alarm }) {
  const { t, time, today } = useCell();
  return (
    <>
      {time.date(alarm.raisedAt) === today ? time.clock(alarm.raisedAt) : time.moment(alarm.raisedAt)}
      {alarm.late ? <span className={classes.mark}>{t('row.late')}</span> : null}
    </>
  );
}

/** A component of its own, so that only what still runs is drawn each second. */
function Running({ since, time }: { since: number; time: SiteTime }) {
  return time.duration(useNow() - since);
}

/** How long the condition has stood, or stood until it was gone. */
export function DurationCell({ alarm }: { alarm: Alarm }) {
  const { time } = useCell();
  const until = alarm.returnedAt ?? alarm.closedAt;
  return until === undefined ? (
    <Running since={alarm.raisedAt} time={time} />
  ) : (
    time.duration(until - alarm.raisedAt)
  );
}

export function DeviceCell({ alarm }: { alarm: Alarm }) {
  return useCell().device(alarm);
}

export function TitleCell({ alarm }: { alarm: Alarm }) {
  const { t, label, instance } = useCell();
  const which = instance(alarm);
  const words = which === undefined ? label(alarm.title) : `${label(alarm.title)} · ${which}`;
  return (
    <>
      <span className={classes.words} title={words}>
        {words}
      </span>
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
  const unit = alarm.unit === undefined ? '' : ` ${alarm.unit}`;
  const limit = alarm.limit === undefined ? '' : ` / ${alarm.limit}`;
  return `${value}${limit}${unit}`;
}

/** Who has it in hand: its owner, else who acknowledged it. */
export function OwnerCell({ alarm }: { alarm: Alarm }) {
  const { who } = useCell();
  const owner = alarm.owner ?? alarm.acknowledgedBy;
  return owner === undefined ? null : who(owner);
}

function Left({ dueAt }: { dueAt: number }) {
  const { t, time } = useCell();
  const left = dueAt - useNow();
  return left < 0 ? t('row.overdue', { for: time.duration(-left) }) : time.duration(left);
}

/** What is left of the response time of its ticket. */
export function DueCell({ alarm }: { alarm: Alarm }) {
  const dueAt = useEntity('tickets', alarm.ticket)?.dueAt;
  return dueAt === undefined ? null : <Left dueAt={dueAt} />;
}
