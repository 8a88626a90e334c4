import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { useAct } from '../../app/act.tsx';
import { alarmActions, type AlarmDetail as Detail } from '../../app/alarm-actions.ts';
import { calls, isUnanswered } from '../../app/alarm-list.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { slots } from '../../app/slots.tsx';
import { isOfGateway, useReturned, useStateWord, useWhere } from '../../app/spoken.ts';
import { PriorityTag } from '../../components/priority.tsx';
import { AlarmCameras } from './alarm-cameras.tsx';
import { Guidance, HouseholdCard, RelatedAlarms } from './alarm-context.tsx';
import classes from './alarm-detail.module.css';
import { AlarmFacts } from './alarm-facts.tsx';
import { useAlarmRecords } from './alarm-records.ts';
import { AlarmTrail, CommentBox } from './alarm-trail.tsx';
import { LatencyRecord } from './latency-record.tsx';
import { LinkageRuns } from './linkage-runs.tsx';
import { ShelveDialog } from './shelve-dialog.tsx';
import { TicketDialog } from './ticket-dialog.tsx';

const camerasId = 'alarm-cameras';

/** What the API knows beyond the live row; asked again whenever the alarm takes a step. */
export function useAlarmDetail(id: string, revision: number | undefined) {
  return useQuery({
    queryKey: ['alarm', id, revision ?? 'closed'],
    queryFn: () => alarmActions.detail(id),
    placeholderData: keepPreviousData,
  });
}

/** Everything about one alarm and everything that can be done with it. */
export function AlarmDetail({ id, onSelect }: { id: string; onSelect: (id: string) => void }) {
  const { t } = useTranslation('alarms');
  const row = useEntity('alarms', id);
  const { data, isError } = useAlarmDetail(id, row?.revision);
  const known = data?.id === id ? data : undefined;
  const alarm = row ?? known;
  if (alarm === undefined) return isError ? <p className={classes.gone}>{t('detail.gone')}</p> : null;
  return (
    <article className={classes.detail}>
      <AlarmHead alarm={alarm} />
      <AlarmActions alarm={alarm} />
      <LinkageRuns alarm={alarm} />
      <Guidance guidance={known?.guidance} waiting={known === undefined} />
      <AlarmFacts alarm={alarm} />
      {alarm.household === undefined ? null : <HouseholdCard id={alarm.household} />}
      <AlarmCameras alarm={alarm} id={camerasId} />
      {slots.alarmPlan === null || isOfGateway(alarm) ? null : (
        <section>
          <h3>{t('plan.title')}</h3>
          <Suspense fallback={null}>
            <slots.alarmPlan device={alarm.device} area={alarm.area} />
          </Suspense>
        </section>
      )}
      {slots.alarmTrend === null || alarm.point === undefined ? null : (
        <section>
          <h3>{t('trend.title')}</h3>
          <Suspense fallback={null}>
            <slots.alarmTrend device={alarm.device} point={alarm.point} at={alarm.raisedAt} />
          </Suspense>
        </section>
      )}
      <RelatedAlarms alarm={alarm} onSelect={onSelect} />
      <History detail={known} alarm={alarm} />
    </article>
  );
}

function History({ detail, alarm }: { detail: Detail | undefined; alarm: Alarm }) {
  const runs = useAlarmRecords('linkage-runs', alarm);
  // What is followed stands above, each device once with its outcome.
  const followed = new Set(
    runs.flatMap(({ actions }) => actions.map(({ device, command }) => `${device} ${command}`)),
  );
  const commands = (detail?.commands ?? []).filter(
    ({ device, command }) => !followed.has(`${device} ${command}`),
  );
  return (
    <>
      <AlarmTrail transitions={detail?.transitions ?? []} commands={commands} />
      <CommentBox alarm={alarm.id} />
      {detail?.latency ? <LatencyRecord latency={detail.latency} /> : null}
    </>
  );
}

function AlarmHead({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const label = useLabel();
  const stateWord = useStateWord();
  const returned = useReturned();
  const where = useWhere()(alarm);
  return (
    <header className={classes.head} data-priority={calls(alarm) ? alarm.priority : undefined}>
      <div className={classes.headLine}>
        <PriorityTag
          priority={alarm.priority}
          blinking={calls(alarm)}
          hollow={returned(alarm)}
          shelved={alarm.shelved !== undefined}
        />
        <span>{stateWord(alarm)}</span>
        {alarm.recorded ? null : <strong className={classes.unrecorded}>{t('row.unrecorded')}</strong>}
      </div>
      <h2 className={classes.title}>{label(alarm.title)}</h2>
      <div>{where}</div>
    </header>
  );
}

/** The buttons of the detail, and their keys. A button that the role or the state forbids is not there. */
export function AlarmActions({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const can = useCan();
  const navigate = useNavigate();
  const [act, busy] = useAct();
  const [dialog, setDialog] = useState<'shelve' | 'ticket' | null>(null);
  const open = alarm.state !== 'closed';

  const acknowledge =
    isUnanswered(alarm) && can('alarms.acknowledge')
      ? () => void act(() => alarmActions.acknowledge(alarm.id))
      : null;
  const reset =
    alarm.state === 'latched' && can('alarms.reset')
      ? () => void act(() => alarmActions.reset(alarm.id))
      : null;
  const mayShelve = open && can('alarms.shelve');
  const shelve =
    mayShelve && alarm.shelvable && alarm.shelved === undefined ? () => setDialog('shelve') : null;
  const unshelve =
    mayShelve && alarm.shelved !== undefined ? () => void act(() => alarmActions.unshelve(alarm.id)) : null;
  const { ticket: ticketId } = alarm;
  const ticket =
    ticketId === undefined
      ? can('tickets.write')
        ? () => setDialog('ticket')
        : null
      : hasPage(paths.ticket(ticketId))
        ? () => void navigate(paths.ticket(ticketId))
        : null;
  const map = hasPage(paths.mapDevice(alarm.device))
    ? () => void navigate(paths.mapDevice(alarm.device))
    : null;
  const camera =
    alarm.cameras.length > 0
      ? () => document.getElementById(camerasId)?.scrollIntoView({ block: 'nearest' })
      : null;

  useShortcut({ code: 'KeyA' }, acknowledge);
  useShortcut({ code: 'KeyH' }, shelve);
  useShortcut({ code: 'KeyW' }, ticket);
  useShortcut({ code: 'KeyM' }, map);

  return (
    <div className={classes.actions}>
      {acknowledge === null ? null : (
        <Button size="compact-md" onClick={acknowledge} loading={busy} data-testid="acknowledge">
          {t('action.acknowledge')}
        </Button>
      )}
      {reset === null ? null : (
        <Button size="compact-md" onClick={reset} loading={busy} data-testid="reset">
          {t('action.reset')}
        </Button>
      )}
      {shelve === null ? null : (
        <Button size="compact-md" variant="default" onClick={shelve}>
          {t('action.shelve')}
        </Button>
      )}
      {unshelve === null ? null : (
        <Button size="compact-md" variant="default" onClick={unshelve} loading={busy}>
          {t('action.unshelve')}
        </Button>
      )}
      {ticket === null ? null : (
        <Button size="compact-md" variant="default" onClick={ticket}>
          {t(ticketId === undefined ? 'action.ticket' : 'action.openTicket')}
        </Button>
      )}
      {map === null ? null : (
        <Button size="compact-md" variant="default" onClick={map}>
          {t('action.map')}
        </Button>
      )}
      {camera === null ? null : (
        <Button size="compact-md" variant="default" onClick={camera}>
          {t('action.camera')}
        </Button>
      )}
      <ShelveDialog alarm={alarm} opened={dialog === 'shelve'} onClose={() => setDialog(null)} />
      <TicketDialog alarm={alarm} opened={dialog === 'ticket'} onClose={() => setDialog(null)} />
    </div>
  );
}
