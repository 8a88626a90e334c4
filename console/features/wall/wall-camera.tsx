import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { calls } from '../../app/alarm-list.ts';
import { useLabel } from '../../app/language.ts';
import { useEntityMap } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useWhere } from '../../app/spoken.ts';
import { givesPictures, LivePicture } from '../../components/camera-picture.tsx';
import { PriorityTag } from '../../components/priority.tsx';
import classes from './wall-camera.module.css';

export interface Sight {
  alarm: Alarm;
  camera: Device;
}

/**
 * What the wall looks at: the first alarm in order that nobody has answered and that a camera sees, by the first of its cameras
 * that is not lost.
 */
export function useSight(ordered: readonly Alarm[]): Sight | undefined {
  const can = useCan();
  const devices = useEntityMap('devices');
  const states = useEntityMap('device-states');
  if (!can('video.view')) return undefined;
  for (const alarm of ordered) {
    if (!calls(alarm)) continue;
    const cameras = alarm.cameras.flatMap((id) => devices.get(id) ?? []).filter(givesPictures);
    const camera = cameras.find(({ id }) => states.get(id)?.state !== 'offline') ?? cameras[0];
    if (camera !== undefined) return { alarm, camera };
  }
  return undefined;
}

/** The place of an alarm as its camera sees it now, large enough to be seen across the room. */
export function WallCamera({ alarm, camera }: Sight) {
  const { t } = useTranslation('wall');
  const label = useLabel();
  const where = useWhere()(alarm);
  return (
    <aside className={classes.sight} aria-label={t('camera')} data-testid="wall-camera">
      <h2>
        <PriorityTag priority={alarm.priority} blinking /> {label(alarm.title)}
      </h2>
      <p>{where}</p>
      <LivePicture key={camera.id} camera={camera.id} name={camera.name} />
      <p>{camera.name}</p>
    </aside>
  );
}
