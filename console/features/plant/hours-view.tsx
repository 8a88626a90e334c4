import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './plant.module.css';
import { HoursRun } from './run-counts.tsx';
import { hoursText, runMsAt } from './run-hours.ts';

/** Who has run how long and how often: what maintenance goes by, the longest first. */
export function HoursView() {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const all = useEntities('run-hours');
  const devices = useEntityMap('devices');
  const areas = useEntityMap('areas');
  // The order may be a little old; the figures are not.
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const rows = useMemo(
    () => [...all].sort((a, b) => runMsAt(b, minute) - runMsAt(a, minute) || (a.id < b.id ? -1 : 1)),
    [all, minute],
  );
  const moment = (at: number | null) => (at === null ? '—' : time.moment(at));
  return (
    <Panel title={t('view.hours')}>
      {rows.length === 0 ? (
        <p className={classes.none}>{t('hours.none')}</p>
      ) : (
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('hours.device')}</th>
              <th>{t('hours.area')}</th>
              <th>{t('hours.now')}</th>
              <th className={tables.right}>{t('hours.hours')}</th>
              <th className={tables.right}>{t('hours.count')}</th>
              <th>{t('hours.startedAt')}</th>
              <th>{t('hours.stoppedAt')}</th>
              <th className={tables.right}>{t('hours.unknown')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((hours) => {
              const device = devices.get(hours.id);
              return (
                <tr key={hours.id} data-testid={`hours-${hours.id}`}>
                  <td>
                    <Link to={paths.plant(hours.id)}>{device?.name ?? hours.id}</Link>
                  </td>
                  <td>{areas.get(device?.area ?? '')?.name ?? ''}</td>
                  <td>{t(hours.running ? 'state.running' : 'state.stopped')}</td>
                  <td className={`${tables.right} gh-number`}>
                    <HoursRun hours={hours} />
                  </td>
                  <td className={`${tables.right} gh-number`}>{hours.starts}</td>
                  <td className={`${tables.nowrap} gh-number`}>{moment(hours.startedAt)}</td>
                  <td className={`${tables.nowrap} gh-number`}>{moment(hours.stoppedAt)}</td>
                  <td className={`${tables.right} gh-number`}>
                    {hours.unknownMs === 0 ? '—' : hoursText(hours.unknownMs)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p className={classes.note}>{t('hours.note')}</p>
    </Panel>
  );
}
