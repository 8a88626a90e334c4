import { useTranslation } from 'react-i18next';
import type { RunHours } from '../../../gateway/contract/plant.ts';
import { useEntity } from '../../app/live.ts';
import { useNow } from '../../app/time.ts';
import { hoursText, runMsAt } from './run-hours.ts';

/** Counts on by itself while the machine runs. */
export function HoursRun({ hours }: { hours: RunHours }) {
  return hours.since === null ? hoursText(hours.runMs) : <HoursRunning hours={hours} />;
}

function HoursRunning({ hours }: { hours: RunHours }) {
  return <>{hoursText(runMsAt(hours, useNow()))}</>;
}

/** Run hours and starts of a machine in one line; nothing of what does not run. */
export function RunCounts({ device }: { device: string }) {
  const { t } = useTranslation('plant');
  const hours = useEntity('run-hours', device);
  if (hours === undefined) return null;
  return (
    <span className="gh-number">
      <HoursRun hours={hours} /> {t('hours.unit')} · {t('hours.starts', { count: hours.starts })}
    </span>
  );
}
