import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity, usePoint } from '../../app/live.ts';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { useValueText } from '../../components/value.tsx';
import classes from './device-detail.module.css';

/** Every point of a device with value, unit, age and quality; the chosen one is drawn as a trend. */
export function DevicePoints(props: {
  device: string;
  kind: Kind;
  points: readonly string[];
  chosen: string | null;
  onChoose: (point: string) => void;
}) {
  const { device, kind, points, chosen, onChoose } = props;
  const { t } = useTranslation('devices');
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          <th>{t('points.point')}</th>
          <th>{t('points.value')}</th>
          <th>{t('points.quality')}</th>
          <th className={tables.right}>{t('points.age')}</th>
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <PointRow
            key={point}
            device={device}
            kind={kind}
            point={point}
            chosen={point === chosen}
            onChoose={() => onChoose(point)}
          />
        ))}
      </tbody>
    </table>
  );
}

function PointRow(props: {
  device: string;
  kind: Kind;
  point: string;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { device, kind, point, chosen, onChoose } = props;
  const { t } = useTranslation(['devices', 'app', 'terms']);
  const label = useLabel();
  const text = useValueText();
  const now = usePoint(device, point);
  const state = useEntity('device-states', device)?.state;
  const definition = kind.points[point];
  const lost = state === 'offline' || state === 'stale';
  const doubtful = now !== undefined && (lost || now.quality !== 'good');
  const name = definition === undefined ? point : label(definition.label);
  return (
    <tr aria-current={chosen || undefined}>
      <td>
        {definition?.type === 'text' ? (
          name
        ) : (
          <button type="button" className={classes.pointName} aria-pressed={chosen} onClick={onChoose}>
            {name}
          </button>
        )}
      </td>
      <td className={`gh-number ${doubtful ? 'gh-hatched' : ''}`}>
        <strong className={doubtful ? classes.plate : undefined}>
          {now === undefined ? t('app:value.none') : text(now.value, definition)}
        </strong>
      </td>
      <td>
        {now === undefined ? '' : t(`terms:quality.${now.quality}`)}
        {now !== undefined && lost ? ` · ${t(`terms:device.${state}`)}` : ''}
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>{now === undefined ? '—' : <Age at={now.at} />}</td>
    </tr>
  );
}
