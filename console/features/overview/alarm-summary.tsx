import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { orderAlarms } from '../../app/alarm-list.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import { AlarmLinks } from './plan-card.tsx';

const most = 8;

/** The open alarms that matter most, in the operator's order. */
export function AlarmSummary() {
  const { t } = useTranslation('overview');
  const alarms = useEntities('alarms');
  const ordered = useMemo(
    () => orderAlarms(alarms.filter(({ suppressed }) => suppressed === undefined)),
    [alarms],
  );
  return (
    <Panel
      title={t('alarms.title')}
      aside={
        ordered.length > most ? <Link to="/alarms">{t('alarms.more', { count: ordered.length })}</Link> : null
      }
    >
      <AlarmLinks alarms={ordered.slice(0, most)} />
    </Panel>
  );
}
