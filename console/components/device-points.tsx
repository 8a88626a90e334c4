import { useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { BadReason } from '../../gateway/contract/bad-value.ts';
import type { Kind } from '../../gateway/contract/kind.ts';
import { useLabel } from '../app/language.ts';
import { live, useEntity, usePoint } from '../app/live.ts';
import { Age } from './age.tsx';
import { useBadReason } from './bad-reason.ts';
import tables from './data-table.module.css';
import classes from './device-points.module.css';
import { useValueText } from './value.tsx';

/** Every point of a device with value, unit, age and quality; the chosen one is drawn as a trend. */
export function DevicePoints(props: {
  device: string;
  kind: Kind;
  points: readonly string[];
  /** What their values are bad for, as far as it is known. */
  reasons?: ReadonlyMap<string, BadReason>;
  chosen: string | null;
  onChoose: (point: string) => void;
}) {
  const { device, kind, points, reasons, chosen, onChoose } = props;
  const { t } = useTranslation('parts');
  const label = useLabel();
  const silent = useSilent(device, points);
  const reasonText = useBadReason();
  // One device that does not answer has one reason for all of them.
  const unheard = [...new Set(silent.flatMap((point) => reasons?.get(point) ?? []).map(reasonText))];
  const heard = points.filter((point) => !silent.includes(point));
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
        {heard.map((point) => (
          <PointRow
            key={point}
            device={device}
            kind={kind}
            point={point}
            reason={reasons?.get(point)}
            chosen={point === chosen}
            onChoose={() => onChoose(point)}
          />
        ))}
        {silent.length === 0 ? null : (
          <tr>
            <td colSpan={4} className={tables.dim}>
              {t('points.silent')} {silent.map((point) => labelOf(kind, point, label)).join(' · ')}
              {unheard.map((words) => (
                <div key={words} data-testid="why-silent">
                  {words}
                </div>
              ))}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function labelOf(kind: Kind, point: string, label: ReturnType<typeof useLabel>): string {
  const definition = kind.points[point];
  return definition === undefined ? point : label(definition.label);
}

/** The points that have never been heard of: an installed unit often has fewer than its kind. */
function useSilent(device: string, points: readonly string[]): readonly string[] {
  const silent = useSyncExternalStore(subscribe, () =>
    points.filter((point) => live.point(device, point) === undefined).join(' '),
  );
  return useMemo(() => silent.split(' ').filter(Boolean), [silent]);
}

function subscribe(listener: () => void): () => void {
  return live.subscribe('values', listener);
}

function PointRow(props: {
  device: string;
  kind: Kind;
  point: string;
  reason: BadReason | undefined;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { device, kind, point, reason, chosen, onChoose } = props;
  const { t } = useTranslation(['parts', 'app', 'terms']);
  const label = useLabel();
  const text = useValueText();
  const reasonText = useBadReason();
  const now = usePoint(device, point);
  const state = useEntity('device-states', device)?.state;
  const definition = kind.points[point];
  const lost = state === 'offline' || state === 'stale';
  const doubtful = now !== undefined && (lost || now.quality !== 'good');
  const name = labelOf(kind, point, label);
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
      <td
        className={`gh-number ${doubtful ? 'gh-hatched' : ''} ${definition?.type === 'text' ? '' : tables.nowrap}`}
      >
        <strong className={doubtful ? classes.plate : undefined}>
          {now === undefined ? t('app:value.none') : text(now.value, definition)}
        </strong>
      </td>
      <td>
        {now === undefined ? '' : t(`terms:quality.${now.quality}`)}
        {now !== undefined && lost ? ` · ${t(`terms:device.${state}`)}` : ''}
        {reason === undefined || now === undefined || now.quality === 'good' ? null : (
          <div className={tables.dim} data-testid={`why-${point}`}>
            {reasonText(reason)}
          </div>
        )}
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>{now === undefined ? '—' : <Age at={now.at} />}</td>
    </tr>
  );
}
