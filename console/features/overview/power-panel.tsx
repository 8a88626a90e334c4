import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useEntities, useEntity, usePoint } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { useValueText, Value } from '../../components/value.tsx';
import classes from './panels.module.css';

/** What a device does in the supply of the site: the point that says whether it does, its words, and a figure beside it. */
const powerRoles = [
  { point: 'present', words: { on: 'power.present', off: 'power.lost' }, more: 'voltageL1' },
  { point: 'running', words: { on: 'power.running', off: 'power.standby' }, more: 'fuelLevel' },
  { point: 'onBattery', words: { on: 'power.onBattery', off: 'power.onMains' }, more: 'charge' },
] as const;
type PowerRole = (typeof powerRoles)[number];

interface PowerDevice {
  device: Device;
  kind: Kind;
  role: PowerRole;
}

/** Supplies, generators and UPSs, in the order in which power comes from them. */
function usePowerDevices(): PowerDevice[] {
  const devices = useEntities('devices');
  const { kindOf } = useCatalogue();
  return useMemo(
    () =>
      powerRoles.flatMap((role) =>
        devices.flatMap((device) => {
          const kind = kindOf(device.type);
          return kind?.category === 'power' && role.point in kind.points ? [{ device, kind, role }] : [];
        }),
      ),
    [devices, kindOf],
  );
}

/** What feeds the site at this moment; nothing where no such device is. */
export function PowerPanel() {
  const { t } = useTranslation('overview');
  const all = usePowerDevices();
  if (all.length === 0) return null;
  return (
    <Panel title={t('power.title')}>
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
            <PowerRow key={each.device.id} {...each} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function PowerRow({ device, kind, role }: PowerDevice) {
  const { t } = useTranslation('overview');
  const text = useValueText();
  const main = usePoint(device.id, role.point);
  const more = usePoint(device.id, role.more);
  const loaded = usePoint(device.id, 'onLoad')?.value === true;
  const state = useEntity('device-states', device.id)?.state;
  const doubtful =
    state === 'offline' || state === 'stale' || (main !== undefined && main.quality !== 'good');
  return (
    <tr>
      <td className={tables.clip}>
        <Link to={paths.device(device.id)}>{device.name}</Link>
      </td>
      <td className={classes.water}>
        {typeof main?.value !== 'boolean' ? (
          <Value device={device.id} point={role.point} />
        ) : (
          <span className={doubtful ? 'gh-hatched' : undefined}>
            <span className={classes.plate}>
              {t(main.value ? role.words.on : role.words.off)}
              {loaded ? ` · ${t('power.onLoad')}` : ''}
              {more === undefined ? '' : ` · ${text(more.value, kind.points[role.more])}`}
            </span>
          </span>
        )}
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>
        {main === undefined ? '—' : <Age at={main.at} />}
      </td>
    </tr>
  );
}
