import { useTranslation } from 'react-i18next';
import type { Device } from '../../../gateway/contract/site.ts';
import { api } from '../../app/api.ts';
import { usePoint } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import { TwoStep } from '../../components/two-step.tsx';
import classes from './plant.module.css';

/** Takes a tank out of use for cleaning, with a reason, and back again. */
export function TankIsolation({ device }: { device: Device }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const can = useCan();
  const now = usePoint(device.id, 'isolated');
  const isolated = now?.value === true;
  const act = isolated ? 'return' : 'isolate';
  return (
    <Panel title={t('isolation.title')}>
      <p className={classes.paragraph}>
        <strong>{t(isolated ? 'state.isolated' : 'state.inUse')}</strong>
        {now === undefined ? '' : ` ${t('plan.since', { at: time.moment(now.at) })}`}
      </p>
      <p className={`${classes.paragraph} ${classes.dim}`}>{t('isolation.effect')}</p>
      {can('devices.command') ? (
        <TwoStep
          key={act}
          label={t(`isolation.${act}`)}
          question={t(`isolation.${act}Question`, { name: device.name })}
          ask={isolated ? 'optionalReason' : 'reason'}
          onConfirm={(reason) => api.post(`/plant/tanks/${device.id}/${act}`, { reason })}
          data-testid={`tank-${act}`}
        />
      ) : (
        <p className={classes.dim}>{t('isolation.forbidden')}</p>
      )}
    </Panel>
  );
}
