import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { orderAlarms } from '../app/alarm-list.ts';
import { useLabel } from '../app/language.ts';
import { useEntities } from '../app/live.ts';
import { paths } from '../app/routes.tsx';
import { useStateWord } from '../app/spoken.ts';
import { useSiteTime } from '../app/time.ts';
import { AlarmMark } from './alarm-mark.tsx';
import classes from './device-alarms.module.css';

/** The open alarms of a device, each with the way to it; nothing when there are none. */
export function DeviceAlarms({ device }: { device: string }) {
  const { t } = useTranslation(['parts', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const stateWord = useStateWord();
  const all = useEntities('alarms');
  const alarms = orderAlarms(all.filter((alarm) => alarm.device === device));
  if (alarms.length === 0) return null;
  return (
    <section aria-label={t('alarms.title')}>
      <ul className={classes.alarms}>
        {alarms.map((alarm) => (
          <li key={alarm.id}>
            <Link to={paths.alarm(alarm.id)}>
              <AlarmMark alarm={alarm} size={18} />
              <strong>{label(alarm.title)}</strong>
              <span>{stateWord(alarm)}</span>
              <span className="gh-number">{time.moment(alarm.raisedAt)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
