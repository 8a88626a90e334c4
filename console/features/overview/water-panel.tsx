import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { settingOf } from '../../app/device-settings.ts';
import { useEntities, useEntity, usePoint } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { useValueText, Value } from '../../components/value.tsx';
import classes from './panels.module.css';
import { fullLevelOf } from './picture.ts';

const byName = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare;

interface WaterDevice {
  device: Device;
  kind: Kind;
}

/** Pumps and what holds water, whatever maker: by the points of their kind. */
function useWaterDevices(): WaterDevice[] {
  const devices = useEntities('devices');
  const { kindOf } = useCatalogue();
  return useMemo(
    () =>
      devices
        .flatMap((device) => {
          const kind = kindOf(device.type);
          return kind?.category === 'water' && ('running' in kind.points || 'level' in kind.points)
            ? [{ device, kind }]
            : [];
        })
        .sort((a, b) => byName(a.kind.id, b.kind.id) || byName(a.device.name, b.device.name)),
    [devices, kindOf],
  );
}

/** Each with its value and how old that is. */
export function WaterPanel() {
  const { t } = useTranslation('overview');
  const all = useWaterDevices();
  return (
    <Panel title={t('water.title')}>
      {all.length === 0 ? (
        <p className={classes.none}>{t('water.none')}</p>
      ) : (
        <table className={`${tables.table} ${classes.waterTable}`}>
          <thead>
            <tr>
              <th className={classes.name}>{t('water.device')}</th>
              <th>{t('water.value')}</th>
              <th className={`${tables.right} ${classes.age}`}>{t('water.age')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((each) => (
              <WaterRow key={each.device.id} {...each} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function WaterRow({ device, kind }: WaterDevice) {
  const point = 'running' in kind.points ? 'running' : 'level';
  const now = usePoint(device.id, point);
  return (
    <tr>
      <td className={tables.clip}>
        <Link to={paths.device(device.id)}>{device.name}</Link>
      </td>
      <td className={classes.water}>
        {point === 'running' ? (
          <PumpState device={device} kind={kind} />
        ) : (
          <Level device={device} kind={kind} />
        )}
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>{now === undefined ? '—' : <Age at={now.at} />}</td>
    </tr>
  );
}

function useLost(device: string): boolean {
  const state = useEntity('device-states', device)?.state;
  return state === 'offline' || state === 'stale';
}

function PumpState({ device }: WaterDevice) {
  const { t } = useTranslation(['overview', 'app']);
  const running = usePoint(device.id, 'running');
  const fault = usePoint(device.id, 'fault');
  const lost = useLost(device.id);
  if (running === undefined || typeof running.value !== 'boolean')
    return <Value device={device.id} point="running" />;
  return (
    <span className={lost || running.quality !== 'good' ? 'gh-hatched' : undefined}>
      <span className={classes.plate}>
        {running.value ? '▶ ' : '■ '}
        {t(running.value ? 'water.running' : 'water.stopped')}
        {fault?.value === true ? <strong className={classes.fault}>{t('water.fault')}</strong> : null}
      </span>
    </span>
  );
}

const barPx = 84;

/** The level between its limits, and its figure; its age stands beside it in any case. */
function Level({ device, kind }: WaterDevice) {
  const { t } = useTranslation(['overview', 'app', 'terms']);
  const text = useValueText();
  const now = usePoint(device.id, 'level');
  const type = useCatalogue().types.get(device.type);
  const full = fullLevelOf(device, kind, type);
  const low = settingOf(device, kind, type, 'lowM');
  const high = settingOf(device, kind, type, 'highM');
  const lost = useLost(device.id);
  const doubtful = lost || (now !== undefined && now.quality !== 'good');
  const level = typeof now?.value === 'number' && now.quality !== 'bad' ? now.value : undefined;
  const top = full === undefined ? undefined : Math.max(full, high ?? 0) * 1.05;
  const x = (value: number) => (Math.min(1, Math.max(0, value / (top ?? 1))) * barPx).toFixed(1);
  return (
    <>
      {top === undefined || level === undefined ? null : (
        <svg
          className={classes.bar}
          width={barPx}
          height="14"
          role="img"
          aria-label={t('water.level', { value: level, low: low ?? '—', high: high ?? '—' })}
          data-lost={lost || undefined}
        >
          <rect className={classes.barFrame} width={barPx} height="14" />
          <rect className={classes.barFill} y="2" width={x(level)} height="10" />
          {[low, high].map((limit) =>
            limit === undefined ? null : (
              <path key={limit} className={classes.barLimit} d={`M${x(limit)} 0V14`} />
            ),
          )}
        </svg>
      )}
      <span className={doubtful ? 'gh-hatched' : undefined}>
        <span className={classes.plate}>
          {now === undefined ? t('app:value.none') : text(now.value, kind.points.level)}
          {now === undefined || now.quality === 'good' ? '' : ` ${t(`terms:quality.${now.quality}`)}`}
        </span>
      </span>
    </>
  );
}
