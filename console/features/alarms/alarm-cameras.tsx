import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Snapshot } from '../../../gateway/contract/snapshot.ts';
import { calls } from '../../app/alarm-list.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntity } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import { CameraLinks, givesPictures, LivePicture, PictureFrame } from '../../components/camera-picture.tsx';
import classes from './alarm-cameras.module.css';
import { useAlarmRecords } from './alarm-records.ts';

/** Brings the cameras of an alarm into view, and the keyboard to them. */
function goToCameras(id: string): void {
  const section = document.getElementById(id);
  section?.scrollIntoView({ block: 'nearest' });
  section?.focus();
}

/**
 * The cameras that see an alarm: number, place, the picture of the alarm beside that of now, and the recorder's pages. V leads here.
 * @param props.id of the section: the panel and the detail may stand on one page
 */
export function AlarmCameras({ alarm, id }: { alarm: Alarm; id: string }) {
  const { t } = useTranslation('alarms');
  const snapshots = useAlarmRecords('snapshots', alarm);
  // A camera that is no longer linked still has its picture on the alarm's record.
  const cameras = [...new Set([...alarm.cameras, ...snapshots.map(({ camera }) => camera)])];
  useShortcut({ code: 'KeyV' }, cameras.length === 0 ? null : () => goToCameras(id));
  return (
    <section id={id} className={classes.cameras} tabIndex={-1} aria-label={t('cameras.title')}>
      <h3>{t('cameras.title')}</h3>
      {cameras.length === 0 ? <p className={classes.dim}>{t('cameras.none')}</p> : null}
      {cameras.map((camera, i) => (
        <Camera
          key={camera}
          id={camera}
          number={i + 1}
          alarm={alarm}
          snapshots={snapshots.filter((snapshot) => snapshot.camera === camera)}
        />
      ))}
    </section>
  );
}

function Camera(props: { id: string; number: number; alarm: Alarm; snapshots: readonly Snapshot[] }) {
  const { id, number, alarm, snapshots } = props;
  const { t } = useTranslation(['alarms', 'terms']);
  const device = useEntity('devices', id);
  const area = useEntity('areas', device?.area);
  const state = useEntity('device-states', id)?.state;
  const name = device?.name ?? snapshots[0]?.cameraName ?? id;
  const pictures = givesPictures(device);
  const open = alarm.state !== 'closed';
  return (
    <div className={classes.camera} data-testid={`camera-${id}`}>
      {calls(alarm) ? (
        <span className={`${classes.flash} gh-blink`} data-priority={alarm.priority} aria-hidden="true" />
      ) : null}
      <div className={classes.head}>
        <span className={classes.number}>{number}</span>
        <span className={classes.name}>
          {hasPage(paths.device(id)) ? <Link to={paths.device(id)}>{name}</Link> : name}
          {area === undefined ? '' : ` · ${area.name}`}
          {state === 'offline' ? ` · ${t('terms:device.offline')}` : ''}
        </span>
        <CameraLinks camera={device} at={alarm.occurredAt} />
      </div>
      {pictures || snapshots.length > 0 ? (
        <div className={classes.tiles}>
          {snapshots.map((snapshot) => (
            <AlarmPicture key={snapshot.n} snapshot={snapshot} />
          ))}
          {open && pictures ? <LivePicture camera={id} name={name} /> : null}
        </div>
      ) : (
        <p className={classes.dim}>{t('cameras.linkedOnly')}</p>
      )}
    </div>
  );
}

/** The picture that was kept with the alarm, or why there is none. */
function AlarmPicture({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation('alarms');
  const can = useCan();
  const time = useSiteTime();
  const { alarm, n, state, askedAt, takenAt, cameraName, failure, error } = snapshot;
  const at = time.clock(takenAt ?? askedAt);
  const allowed = can('video.view');
  const words = !allowed
    ? t('picture.forbidden')
    : state === 'failed'
      ? t(`picture.${failure ?? 'unreachable'}`)
      : t(state === 'removed' ? 'picture.removed' : 'picture.pending');
  return (
    <PictureFrame
      src={
        state === 'kept' && allowed
          ? `/api/v1/alarms/${encodeURIComponent(alarm)}/snapshots/${n}.jpg`
          : undefined
      }
      alt={t('picture.alt', { camera: cameraName, at })}
      words={words}
      detail={state === 'failed' ? error : null}
      caption={
        takenAt === null
          ? t('picture.asked', { at })
          : t('picture.taken', { at, s: ((takenAt - askedAt) / 1_000).toFixed(1) })
      }
      testId={`snapshot-${n}`}
    />
  );
}
