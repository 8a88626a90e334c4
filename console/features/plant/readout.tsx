import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useLabel } from '../../app/language.ts';
import { type PointNow, useConnection, useEntity, usePoints } from '../../app/live.ts';
import { Value } from '../../components/value.tsx';
import classes from './plant.module.css';
import type { Face, Flag, Read } from './plant-kinds.ts';

export interface Readout {
  points: Readonly<Record<string, PointNow>>;
  /** Without what is of bad quality. */
  read: Read;
  /** What is shown is old, or not to be trusted. */
  doubtful: boolean;
}

/** Everything that a device tells, as its picture and its words need it. */
export function useReadout(device: string, kind: Kind): Readout {
  const names = useMemo(() => Object.keys(kind.points), [kind]);
  const points = usePoints(device, names);
  const state = useEntity('device-states', device)?.state;
  const connection = useConnection();
  return {
    points,
    read: (point) => {
      const now = points[point];
      return now === undefined || now.quality === 'bad' ? undefined : now.value;
    },
    doubtful:
      state === 'offline' ||
      state === 'stale' ||
      connection.state !== 'live' ||
      Object.values(points).some(({ quality }) => quality !== 'good'),
  };
}

/** Its state in a word, what is not as it should be, and its figures. */
export function ReadoutWords(props: { device: string; kind: Kind; face: Face; readout: Readout }) {
  const { device, kind, face, readout } = props;
  const { t } = useTranslation(['plant', 'terms']);
  const label = useLabel();
  const supervised = useEntity('device-states', device)?.state;
  const state = face.state?.(readout.read);
  const lost = supervised === 'offline' || supervised === 'stale';
  const flagWord = ({ point, word }: Flag) =>
    word !== undefined ? t(`flag.${word}`) : label(kind.points[point]?.label ?? { zh: point, en: point });
  const flags = face.flags.filter(({ point, when }) => readout.read(point) === when);
  const values = face.values.filter((point) => readout.points[point] !== undefined);
  return (
    <>
      <span className={classes.states}>
        {state === undefined ? null : (
          <span className={readout.doubtful ? 'gh-hatched' : undefined}>
            <strong className={classes.plate}>{t(`state.${state ?? 'unknown'}`)}</strong>
          </span>
        )}
        {lost ? <span className={classes.flag}>{t(`terms:device.${supervised}`)}</span> : null}
        {flags.map((flag) => (
          <span key={flag.point} className={classes.flag}>
            {flagWord(flag)}
          </span>
        ))}
      </span>
      {values.length === 0 ? null : (
        <span className={classes.values}>
          {values.map((point) => (
            <span key={point}>
              <span className={classes.valueName}>
                {label(kind.points[point]?.label ?? { zh: point, en: point })}
              </span>{' '}
              <Value device={device} point={point} />
            </span>
          ))}
        </span>
      )}
    </>
  );
}
