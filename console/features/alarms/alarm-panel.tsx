import { ActionIcon, Button, CloseButton } from '@mantine/core';
import { Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { useAct } from '../../app/act.tsx';
import { alarmActions } from '../../app/alarm-actions.ts';
import { calls, isUnanswered } from '../../app/alarm-list.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useLabel } from '../../app/language.ts';
import { useEntities, useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { slots } from '../../app/slots.tsx';
import { isOfGateway, useOver, useReturned, useWhere } from '../../app/spoken.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import { PriorityTag } from '../../components/priority.tsx';
import { AlarmCameras } from './alarm-cameras.tsx';
import { Guidance, HouseholdCard } from './alarm-context.tsx';
import { useAlarmDetail } from './alarm-detail.tsx';
import classes from './alarm-panel.module.css';
import { LinkageRuns } from './linkage-runs.tsx';
import { type Dismissed, nextShown, popupQueue, type Shown } from './popup-queue.ts';

/**
 * 弹窗: opens by itself for alarms whose definition says so. It lies over the screen and takes neither its focus nor its clicks;
 * further ones wait in a queue; closing it leaves the screen as it was.
 */
export default function AlarmPanel() {
  const alarms = useEntities('alarms');
  const [dismissed, setDismissed] = useState<Dismissed>(new Map());
  const [shown, setShown] = useState<Shown | null>(null);
  const queue = useMemo(() => popupQueue(alarms, dismissed, shown), [alarms, dismissed, shown]);
  const next = nextShown(queue, shown);
  if (next?.id !== shown?.id) setShown(next);
  const alarm = useEntity('alarms', next?.id);
  if (alarm === undefined) return null;
  const place = queue.findIndex(({ id }) => id === alarm.id);
  const turn = (by: number) => {
    const to = queue[(place + by + queue.length) % queue.length];
    if (to !== undefined) setShown({ id: to.id, byHand: true });
  };

  return (
    <PanelOf
      key={alarm.id}
      alarm={alarm}
      place={place + 1}
      of={queue.length}
      onMove={turn}
      onClose={() => setDismissed(new Map(dismissed).set(alarm.id, alarm.count))}
    />
  );
}

function PanelOf(props: {
  alarm: Alarm;
  place: number;
  of: number;
  onMove: (by: number) => void;
  onClose: () => void;
}) {
  const { alarm, place, of, onMove, onClose } = props;
  const { t } = useTranslation('alarms');
  const label = useLabel();
  const can = useCan();
  const time = useSiteTime();
  const now = useNow();
  const where = useWhere()(alarm);
  const over = useOver()(alarm, now);
  const AlarmPlan = isOfGateway(alarm) ? null : slots.alarmPlan;
  const [act, busy] = useAct();
  const { data } = useAlarmDetail(alarm.id, alarm.revision);
  const known = data?.id === alarm.id ? data : undefined;
  const returned = useReturned();
  useShortcut({ code: 'Escape' }, onClose);
  return (
    <aside
      className={classes.panel}
      aria-label={t('panel.label')}
      data-testid="alarm-panel"
      data-wide={AlarmPlan !== null || undefined}
    >
      <header className={classes.head} data-priority={alarm.priority}>
        <PriorityTag priority={alarm.priority} blinking={calls(alarm)} hollow={returned(alarm)} />
        <span className={`${classes.when} gh-number`}>
          {time.clock(alarm.raisedAt)} ·{' '}
          {time.duration((over === undefined ? now : (alarm.returnedAt ?? now)) - alarm.raisedAt)}
        </span>
        {of > 1 ? (
          <span className={classes.queue}>
            <ActionIcon
              variant="default"
              size="md"
              aria-label={t('panel.previous')}
              onClick={() => onMove(-1)}
            >
              ‹
            </ActionIcon>
            <span className="gh-number" data-testid="panel-queue">
              {t('panel.queue', { place, of })}
            </span>
            <ActionIcon variant="default" size="md" aria-label={t('panel.next')} onClick={() => onMove(1)}>
              ›
            </ActionIcon>
          </span>
        ) : null}
        <CloseButton aria-label={t('panel.close')} title={t('panel.close')} onClick={onClose} />
      </header>
      <div className={classes.what}>
        <h2>{label(alarm.title)}</h2>
        <div>{where}</div>
        {over === undefined ? null : (
          <strong className={classes.over} data-testid="panel-over">
            ✓ {over}
          </strong>
        )}
      </div>
      <div className={`${classes.body} gh-scroll`}>
        <div className={classes.sight}>
          {AlarmPlan === null ? null : (
            <div className={classes.plan}>
              <Suspense fallback={null}>
                <AlarmPlan device={alarm.device} area={alarm.area} />
              </Suspense>
            </div>
          )}
          <AlarmCameras alarm={alarm} id="panel-cameras" />
        </div>
        <div className={classes.text}>
          <LinkageRuns alarm={alarm} />
          <Guidance guidance={known?.guidance} waiting={known === undefined} />
          {alarm.household === undefined ? null : <HouseholdCard id={alarm.household} />}
        </div>
      </div>
      <footer className={classes.foot}>
        {isUnanswered(alarm) && can('alarms.acknowledge') ? (
          <Button onClick={() => void act(() => alarmActions.acknowledge(alarm.id))} loading={busy}>
            {t('panel.acknowledge')}
          </Button>
        ) : null}
        <Button variant="default" component={Link} to={paths.alarm(alarm.id)}>
          {t('panel.detail')}
        </Button>
      </footer>
    </aside>
  );
}
