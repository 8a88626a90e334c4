import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { firstAlarms } from '../../app/alarm-signs.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import { AlarmLinks } from './plan-card.tsx';

const most = 8;

/** The open alarms that matter most, in the operator's order. */
export function AlarmSummary() {
  const { t } = useTranslation('overview');
  const alarms = useEntities('alarms');
  const open = useMemo(() => alarms.filter(({ suppressed }) => suppressed === undefined), [alarms]);
  const first = useMemo(() => firstAlarms(open, most), [open]);
  return (
    <Panel
      title={t('alarms.title')}
      aside={open.length > most ? <Link to="/alarms">{t('alarms.more', { count: open.length })}</Link> : null}
    >
      <AlarmLinks alarms={first} />
    </Panel>
  );
}
