import { Button } from '@mantine/core';
import { Fragment, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DoorState } from '../../../gateway/contract/access.ts';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { compareKeys, sortKey } from '../../app/alarm-list.ts';
import { useEntities, useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { Age } from '../../components/age.tsx';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import tables from '../../components/data-table.module.css';
import classes from './access.module.css';
import { doorShape, orderDoors } from './access-log.ts';
import { cardsOf } from './card-list.ts';
import { OpenDoor } from './open-door.tsx';

/** Every door with how it stands; opening one from here unfolds below its row. */
export function DoorsTable({ troubledFirst }: { troubledFirst: boolean }) {
  const { t } = useTranslation('access');
  const can = useCan();
  const doors = useEntities('doors');
  const alarms = useEntities('alarms');
  const [opening, setOpening] = useState<string | null>(null);
  const ordered = useMemo(() => orderDoors(doors, troubledFirst), [doors, troubledFirst]);
  const worst = useMemo(() => {
    const found = new Map<string, Alarm>();
    for (const alarm of alarms) {
      const known = found.get(alarm.device);
      if (known === undefined || compareKeys(sortKey(alarm), sortKey(known)) < 0)
        found.set(alarm.device, alarm);
    }
    return found;
  }, [alarms]);
  const commands = can('devices.command');
  if (ordered.length === 0) return <p className={tables.empty}>{t('doors.none')}</p>;
  return (
    <table className={`${tables.table} ${classes.doors}`}>
      <thead>
        <tr>
          <th>{t('doors.door')}</th>
          <th className={classes.doorArea}>{t('doors.area')}</th>
          <th className={classes.doorState}>{t('doors.state')}</th>
          <th className={`${tables.right} ${classes.since}`}>{t('doors.since')}</th>
          <th>{t('doors.person')}</th>
          {commands ? <th className={classes.action}>{t('doors.action')}</th> : null}
        </tr>
      </thead>
      <tbody>
        {ordered.map((door) => (
          <Fragment key={door.id}>
            <DoorRow
              door={door}
              alarm={worst.get(door.id)}
              opening={opening === door.id}
              onOpen={commands ? () => setOpening(opening === door.id ? null : door.id) : null}
            />
            {opening === door.id ? (
              // As many columns as are left when there is little room; one more would widen the table.
              <tr>
                <td colSpan={5}>
                  <OpenDoor door={door} onClose={() => setOpening(null)} />
                  <Link to={cardsOf(door.id)}>{t('doors.whoHasAccess')}</Link>
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function DoorRow(props: {
  door: DoorState;
  alarm: Alarm | undefined;
  opening: boolean;
  onOpen: (() => void) | null;
}) {
  const { door, alarm, opening, onOpen } = props;
  const { t } = useTranslation(['access', 'terms']);
  const area = useEntity('areas', door.area);
  const state = useEntity('device-states', door.id)?.state;
  const lost = state === 'offline' || state === 'stale';
  return (
    <tr data-testid={`door-${door.id}`}>
      <td className={tables.clip}>
        {alarm === undefined ? null : (
          <Link to={paths.alarm(alarm.id)} className={classes.mark}>
            <AlarmMark alarm={alarm} size={16} />
          </Link>
        )}
        <Link to={paths.device(door.id)}>{door.name}</Link>
      </td>
      <td className={`${tables.clip} ${classes.doorArea}`}>{area?.name ?? door.area}</td>
      <td className={`${tables.nowrap} ${lost ? 'gh-hatched' : ''}`}>
        <span className={lost ? classes.plate : undefined}>
          <span aria-hidden="true">{doorShape[door.state]}</span>{' '}
          {door.state === 'closed' || door.state === 'unknown' ? (
            t(`door.${door.state}`)
          ) : (
            <strong>{t(`door.${door.state}`)}</strong>
          )}
          {lost ? ` · ${t(`terms:device.${state}`)}` : ''}
        </span>
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>
        {door.since === null ? '—' : <Age at={door.since} />}
      </td>
      <td className={tables.clip}>{door.lastPerson ?? ''}</td>
      {onOpen === null ? null : (
        <td>
          <Button
            size="compact-xs"
            variant="default"
            aria-expanded={opening}
            onClick={onOpen}
            data-testid={`open-${door.id}`}
          >
            {t(opening ? 'open.close' : 'open.button')}
          </Button>
        </td>
      )}
    </tr>
  );
}
