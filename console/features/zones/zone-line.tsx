import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { useLabel } from '../../app/language.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useLoss, useSuppressor, useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { isBlind, standingSigns } from '../../app/zone-standing.ts';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import type { ZoneQuestion } from './zone-dialog.tsx';
import type { ZoneRow } from './zone-list.ts';
import classes from './zones.module.css';

function ZoneState({ row }: { row: ZoneRow }) {
  const { t } = useTranslation(['zones', 'terms']);
  const time = useSiteTime();
  const { zone } = row;
  const who = useWho();
  const arming = zone.armed ? 'armed' : 'disarmed';
  return (
    <>
      {isBlind(row.state) ? (
        <div className={classes.blind}>
          <strong>
            {standingSigns.blind} {t('terms:zone.blind')}
          </strong>{' '}
          {t('state.blind')}
        </div>
      ) : null}
      <span className={isBlind(row.state) ? undefined : classes.state}>
        {isBlind(row.state) ? '' : `${standingSigns[arming]} `}
        {t(`state.${arming}`)}
      </span>
      {row.alwaysArmed ? <span className={classes.note}>{t('state.always')}</span> : null}
      {row.followsPanel ? <span className={classes.note}>{t('state.panel')}</span> : null}
      {zone.bypass === null ? null : (
        <div>
          <span className={classes.bypass}>
            {standingSigns.bypassed} {t('state.bypassed')}
          </span>{' '}
          {t('bypass.detail', {
            reason: zone.bypass.reason,
            by: who(zone.bypass.by),
            until: time.moment(zone.bypass.until),
          })}
        </div>
      )}
    </>
  );
}

/** Why an alarm of the zone is quiet: put aside by a person, or explained by the fault of another device. */
function ZoneAside({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('zones');
  const suppressor = useSuppressor();
  const who = useWho();
  const time = useSiteTime();
  const { shelved, suppressed } = alarm;
  if (shelved !== undefined)
    return (
      <div className={classes.why}>
        {t('alarm.shelved', {
          by: who(shelved.by),
          until: time.moment(shelved.until),
          reason: shelved.reason,
        })}
      </div>
    );
  if (suppressed === undefined) return null;
  return <div className={classes.why}>{t('alarm.suppressed', { cause: suppressor(suppressed) })}</div>;
}

export function ZoneLine(props: {
  row: ZoneRow;
  current: boolean;
  busy: boolean;
  onArm: () => void;
  onUnbypass: () => void;
  onAsk: (what: ZoneQuestion['what']) => void;
}) {
  const { row, current, busy, onArm, onUnbypass, onAsk } = props;
  const { t } = useTranslation(['zones', 'terms']);
  const label = useLabel();
  const can = useCan();
  const time = useSiteTime();
  const who = useWho();
  const { zone, alarm, state } = row;
  const why = useLoss()(state, row.kind);
  const own = !row.alwaysArmed && !row.followsPanel;
  const lost = state?.state === 'offline' || state?.state === 'stale';
  return (
    <tr aria-current={current || undefined} data-testid={`zone-${zone.id}`}>
      <td>
        <strong>{row.name}</strong>
      </td>
      <td>
        <ZoneState row={row} />
      </td>
      <td>
        {alarm === undefined ? null : (
          <>
            <Link to={paths.alarm(alarm.id)} className={classes.alarm}>
              <AlarmMark alarm={alarm} size={16} />
              {label(alarm.title)}
            </Link>
            <ZoneAside alarm={alarm} />
          </>
        )}
      </td>
      <td>
        <span className={lost ? 'gh-hatched' : undefined}>
          <span className={classes.plate}>{t(`terms:device.${state?.state ?? 'unknown'}`)}</span>
        </span>
        {why === undefined ? null : <div className={classes.why}>{why}</div>}
      </td>
      <td className="gh-number">
        {zone.changedBy === ''
          ? ''
          : t('changed.text', { by: who(zone.changedBy), at: time.moment(zone.changedAt) })}
      </td>
      <td className={classes.actions}>
        {own && can('zones.arm') ? (
          zone.armed ? (
            <Button size="compact-sm" variant="default" disabled={busy} onClick={() => onAsk('disarm')}>
              {t('action.disarm')}
            </Button>
          ) : (
            <Button size="compact-sm" disabled={busy} onClick={onArm}>
              {t('action.arm')}
            </Button>
          )
        ) : null}
        {!row.alwaysArmed && can('zones.bypass') ? (
          zone.bypass === null ? (
            <Button size="compact-sm" variant="default" disabled={busy} onClick={() => onAsk('bypass')}>
              {t('action.bypass')}
            </Button>
          ) : (
            <Button size="compact-sm" variant="default" disabled={busy} onClick={onUnbypass}>
              {t('action.unbypass')}
            </Button>
          )
        ) : null}
      </td>
    </tr>
  );
}
