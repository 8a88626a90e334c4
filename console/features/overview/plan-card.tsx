import { CloseButton } from '@mantine/core';
import { type Ref, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { firstAlarms } from '../../app/alarm-signs.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntities, useEntity, useEntityMap } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useAlarmDevice, useInstance, useLoss } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import { Value } from '../../components/value.tsx';
import classes from './plan-card.module.css';
import { ZoneControl } from './zone-control.tsx';

const mostPoints = 6;
const mostAlarms = 6;

/** Open alarms as links, in the operator's order. */
export function AlarmLinks({ alarms }: { alarms: readonly Alarm[] }) {
  const { t } = useTranslation(['overview', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const device = useAlarmDevice();
  const instance = useInstance();
  if (alarms.length === 0) return <p className={classes.dim}>{t('card.noAlarms')}</p>;
  return (
    <ul className={classes.alarms}>
      {alarms.map((alarm) => (
        <li key={alarm.id}>
          <Link to={paths.alarm(alarm.id)}>
            <AlarmMark alarm={alarm} size={18} />
            <span>
              {[label(alarm.title), device(alarm), instance(alarm)]
                .filter((word) => word !== undefined && word !== '')
                .join(' · ')}
            </span>
            <span className="gh-number">{time.clock(alarm.raisedAt)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** What has been chosen on the plan: how it is, and what can be done. */
export function PlanCard(props: {
  device: string | null;
  area: string | null;
  onClose: () => void;
  card: Ref<HTMLElement>;
}) {
  const { device, area, onClose, card } = props;
  const { t } = useTranslation('overview');
  return (
    <aside
      ref={card}
      tabIndex={-1}
      className={`${classes.card} gh-scroll`}
      aria-label={t('card.label')}
      data-testid="plan-card"
      onKeyDown={(event) => {
        if (event.code !== 'Escape' || event.nativeEvent.isComposing || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <CloseButton className={classes.close} size="sm" aria-label={t('card.close')} onClick={onClose} />
      {device !== null ? (
        <DeviceCard key={device} id={device} />
      ) : area !== null ? (
        <AreaCard id={area} />
      ) : null}
    </aside>
  );
}

function useAlarmsWhere(matches: (alarm: Alarm) => boolean): Alarm[] {
  const alarms = useEntities('alarms');
  return firstAlarms(alarms.filter(matches), mostAlarms);
}

function DeviceCard({ id }: { id: string }) {
  const { t } = useTranslation(['overview', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const device = useEntity('devices', id);
  const checkpoint = useEntity('checkpoints', id);
  const area = useEntity('areas', device?.area ?? checkpoint?.area);
  const state = useEntity('device-states', id);
  const zone = useEntity('zones', id);
  const household = useEntity('households', device?.household);
  const kind = useCatalogue().kindOf(device?.type);
  const why = useLoss()(state, kind);
  const cameras = device?.cameras ?? (checkpoint?.camera === undefined ? [] : [checkpoint.camera]);
  const alarms = useAlarmsWhere(
    (alarm) => alarm.device === id || (checkpoint !== undefined && alarm.instance === id),
  );
  const points = Object.entries(kind?.points ?? {})
    .filter(([point]) => live.point(id, point) !== undefined)
    .slice(0, mostPoints);
  return (
    <>
      <h2 className={classes.title}>{device?.name ?? checkpoint?.name ?? id}</h2>
      <p className={classes.dim}>
        {[
          kind === undefined ? undefined : label(kind.label),
          area?.name,
          household && t('card.household', { room: household.room }),
        ]
          .filter((word) => word !== undefined)
          .join(' · ')}
      </p>
      {state === undefined || state.state === 'unknown' ? null : (
        <p className={state.state === 'online' ? undefined : 'gh-hatched'}>
          <span className={classes.plate}>
            {t('card.since', { state: t(`terms:device.${state.state}`), at: time.moment(state.since) })}
            {why === undefined ? '' : ` · ${why}`}
          </span>
        </p>
      )}
      {zone === undefined ? null : <ZoneControl zone={zone} name={device?.name ?? id} kind={kind} />}
      {points.length === 0 ? null : (
        <dl className={classes.points}>
          {points.map(([point, definition]) => (
            <div key={point}>
              <dt>{label(definition.label)}</dt>
              <dd>
                <Value device={id} point={point} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {cameras.length === 0 ? null : (
        <p>
          {t('card.cameras')}:{' '}
          {cameras.map((camera) => (
            <Link key={camera} className={classes.camera} to={paths.device(camera)}>
              {live.get('devices', camera)?.name ?? camera}
            </Link>
          ))}
        </p>
      )}
      <AlarmLinks alarms={alarms} />
      {device !== undefined && hasPage(paths.device(id)) ? (
        <p>
          <Link to={paths.device(id)}>{t('card.device')}</Link>
        </p>
      ) : null}
    </>
  );
}

function AreaCard({ id }: { id: string }) {
  const { t } = useTranslation('overview');
  const areas = useEntityMap('areas');
  const devices = useEntities('devices');
  const states = useEntityMap('device-states');
  /** The area with all those under it. */
  const under = useMemo(() => {
    const ids = new Set([id]);
    for (let before = 0; before !== ids.size; ) {
      before = ids.size;
      for (const area of areas.values())
        if (area.parent !== undefined && ids.has(area.parent)) ids.add(area.id);
    }
    return ids;
  }, [areas, id]);
  const inside = devices.filter((device) => under.has(device.area));
  const lost = inside.filter((device) =>
    ['offline', 'stale'].includes(states.get(device.id)?.state ?? ''),
  ).length;
  const unplaced = inside.filter(
    (device) => device.position === undefined && device.shape === undefined,
  ).length;
  const alarms = useAlarmsWhere((alarm) => under.has(alarm.area));
  return (
    <>
      <h2 className={classes.title}>{areas.get(id)?.name ?? id}</h2>
      <p>
        <Link to={`/devices?area=${id}`}>{t('card.inside', { count: inside.length, lost })}</Link>
        {unplaced === 0 ? null : (
          <span className={classes.dim}> · {t('card.noPlace', { count: unplaced })}</span>
        )}
      </p>
      <AlarmLinks alarms={alarms} />
    </>
  );
}
