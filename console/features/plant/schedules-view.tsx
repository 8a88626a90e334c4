import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import classes from './plant.module.css';
import { DayBar, PlannedWords, ScheduleWords, useSchedules } from './schedule-parts.tsx';

/** What switches when: each schedule with its day, and its devices as they stand to it. */
export function SchedulesView() {
  const { t } = useTranslation('plant');
  const schedules = useSchedules();
  const devices = useEntityMap('devices');
  if (schedules.length === 0) return <p className={classes.none}>{t('plan.none')}</p>;
  return (
    <div className={classes.systems}>
      {schedules.map((schedule) => (
        <Panel key={schedule.id} title={schedule.name} aside={<ScheduleWords schedule={schedule} />}>
          <div data-testid={`schedule-${schedule.id}`}>
            <DayBar schedule={schedule} />
            <ul className={classes.plannedList}>
              {(schedule.state?.devices ?? []).map((planned) => (
                <li key={planned.device}>
                  <Link to={paths.plant(planned.device)}>
                    {devices.get(planned.device)?.name ?? planned.device}
                  </Link>
                  <PlannedWords planned={planned} wanted={schedule.state?.wanted ?? null} />
                </li>
              ))}
            </ul>
          </div>
        </Panel>
      ))}
    </div>
  );
}

/** The schedules of one device: its day as planned beside what it was. */
export function DeviceSchedules({ device, point }: { device: string; point: string }) {
  const { t } = useTranslation('plant');
  const schedules = useSchedules().filter(({ devices }) => devices.includes(device));
  if (schedules.length === 0) return null;
  return (
    <Panel title={t('plan.title')}>
      {schedules.map((schedule) => {
        const planned = schedule.state?.devices.find((each) => each.device === device);
        return (
          <div key={schedule.id} className={classes.deviceSchedule}>
            <p>
              <Link to={paths.plantSchedules}>{schedule.name}</Link>
            </p>
            <ScheduleWords schedule={schedule} />
            <DayBar schedule={schedule} actual={{ device, point }} />
            {planned === undefined ? null : (
              <PlannedWords planned={planned} wanted={schedule.state?.wanted ?? null} />
            )}
          </div>
        );
      })}
    </Panel>
  );
}
