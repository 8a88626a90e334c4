import { useTranslation } from 'react-i18next';
import type { PointDefinition } from '../../gateway/contract/kind.ts';
import type { PointValue } from '../../gateway/contract/reading.ts';
import { usePointDefinition } from '../app/catalogue.ts';
import { useLabel } from '../app/language.ts';
import { type PointNow, useConnection, useEntity, usePoint } from '../app/live.ts';
import { useNow, useSiteTime } from '../app/time.ts';
import { leastShown } from './trend/trend-data.ts';
import classes from './value.module.css';

/** The value alone in the words and decimals of its definition, with its unit. */
export function useValueText(): (value: PointValue, definition: PointDefinition | undefined) => string {
  const { t } = useTranslation('app');
  const label = useLabel();
  return (value, definition) => {
    if (value === null) return '—';
    if (typeof value === 'boolean') return value ? t('value.on') : t('value.off');
    if (typeof value === 'string') {
      const word = definition?.values?.[value];
      return word === undefined ? value : label(word);
    }
    const decimals = definition?.decimals ?? (Number.isInteger(value) ? 0 : 2);
    const number = (Math.abs(value) < leastShown(decimals) / 2 ? 0 : value).toFixed(decimals);
    const unit = definition?.unit;
    return unit === undefined ? number : `${number} ${unit}`;
  };
}

/** A component of its own, so that only a doubtful value is drawn each second. */
function Age({ at }: { at: number }) {
  const { t } = useTranslation('app');
  const time = useSiteTime();
  return <span className={classes.age}>{t('value.ago', { ago: time.duration(useNow() - at) })}</span>;
}

/**
 * A value with its unit. Good and fed: nothing more. Otherwise it says so: quality in words, hatched, and with its age — also
 * when its device is lost, or when this console is cut off.
 */
export function ValueText(props: {
  now: PointNow | undefined;
  definition?: PointDefinition;
  /** Its device is offline or stale. */
  deviceLost?: boolean;
}) {
  const { now, definition, deviceLost = false } = props;
  const { t } = useTranslation(['app', 'terms']);
  const connection = useConnection();
  const text = useValueText();
  if (now === undefined) return <span className={classes.none}>{t('value.none')}</span>;
  const doubtful = now.quality !== 'good';
  const old = deviceLost || connection.state !== 'live';
  return (
    <span
      className={`${classes.value} ${doubtful || old ? `${classes.doubtful} gh-hatched` : ''}`}
      data-quality={now.quality}
    >
      <span className="gh-number">{text(now.value, definition)}</span>
      {doubtful ? <span className={classes.quality}>{t(`terms:quality.${now.quality}`)}</span> : null}
      {doubtful || old ? <Age at={now.at} /> : null}
    </span>
  );
}

/** The live value of a point, by its device and name. */
export function Value({ device, point }: { device: string; point: string }) {
  const state = useEntity('device-states', device)?.state;
  return (
    <ValueText
      now={usePoint(device, point)}
      definition={usePointDefinition(device, point)}
      deviceLost={state === 'offline' || state === 'stale'}
    />
  );
}
