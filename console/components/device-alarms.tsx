import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { calls, orderAlarms } from '../app/alarm-list.ts';
import { useLabel } from '../app/language.ts';
import { useEntities } from '../app/live.ts';
import { paths } from '../app/routes.tsx';
import { useReturned, useStateWord } from '../app/spoken.ts';
import { useSiteTime } from '../app/time.ts';
import classes from './device-alarms.module.css';
import { PriorityMark } from './priority.tsx';

/** The open alarms of a device, each with the way to it; nothing when there are none. */
export function DeviceAlarms({ device }: { device: string }) {
  const { t } = useTranslation(['parts', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const returned = useReturned();
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
              <PriorityMark
                priority={alarm.priority}
                size={18}
                blinking={calls(alarm)}
                hollow={returned(alarm)}
                shelved={alarm.shelved !== undefined}
                label={t(`terms:priority.${alarm.priority}`)}
              />
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
