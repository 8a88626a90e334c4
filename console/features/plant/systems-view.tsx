import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { signsBy } from '../../app/alarm-signs.ts';
import { useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import { DeviceTile } from './device-tile.tsx';
import classes from './plant.module.css';
import { usePlantDevices } from './plant-device.ts';
import { systems } from './plant-kinds.ts';

/** All of the plant, system by system. */
export function SystemsView() {
  const { t } = useTranslation('plant');
  const bySystem = usePlantDevices();
  const alarms = useEntities('alarms');
  const signs = useMemo(() => signsBy(alarms, ({ device }) => device), [alarms]);
  const present = systems.filter((system) => bySystem.has(system));
  if (present.length === 0) return <p className={classes.none}>{t('systems.none')}</p>;
  return (
    <div className={classes.systems}>
      {present.map((system) => (
        <Panel
          key={system}
          title={t(`system.${system}`)}
          aside={system === 'light' ? <NextSwitching /> : undefined}
        >
          <div className={classes.tiles}>
            {(bySystem.get(system) ?? []).map((plant) => (
              <DeviceTile key={plant.device.id} plant={plant} sign={signs.get(plant.device.id)} />
            ))}
          </div>
        </Panel>
      ))}
    </div>
  );
}

/** The schedule whose clock switches first. */
function NextSwitching() {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const states = useEntities('schedule-states');
  const schedules = useEntities('schedules');
  let next: { at: number; id: string } | undefined;
  for (const { id, nextAt } of states)
    if (nextAt !== null && (next === undefined || nextAt < next.at)) next = { at: nextAt, id };
  if (next === undefined) return null;
  const name = schedules.find(({ id }) => id === next.id)?.name ?? next.id;
  return (
    <span className={classes.aside}>
      {t('systems.next', { name, at: time.moment(next.at).slice(0, -3) })}
    </span>
  );
}
