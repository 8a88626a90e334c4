import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import classes from './alarm-plan.module.css';
import { findOnPlan } from './plan-content.ts';
import SitePlan from './site-plan.tsx';

/** The plan centred on the device of an alarm, which flashes; a click on anything goes on to the overview. */
export default function AlarmPlan({ device, area }: { device: string; area: string }) {
  const { t } = useTranslation('overview');
  const navigate = useNavigate();
  const areas = useEntityMap('areas');
  const devices = useEntityMap('devices');
  const checkpoints = useEntityMap('checkpoints');
  const flashing = useMemo(() => ({ device, area }), [device, area]);
  const known = devices.has(device) || checkpoints.has(device);
  const found = useMemo(
    () => findOnPlan({ device: known ? device : null, area }, areas, devices, checkpoints),
    [known, device, area, areas, devices, checkpoints],
  );
  if (found === undefined) return <p>{t('plan.none')}</p>;
  const { sheet, box } = found;
  const { width, height } = sheet.plan;
  return (
    <div className={classes.plan} data-testid="alarm-plan">
      <SitePlan
        key={sheet.id}
        sheet={sheet}
        chosen={{ device, area: known ? null : area }}
        onChoose={(chosen) =>
          void navigate(
            chosen.device === null ? paths.mapArea(chosen.area ?? area) : paths.mapDevice(chosen.device),
          )
        }
        target={{ key: device, box: box ?? { left: 0, top: 0, right: width, bottom: height } }}
        flashing={flashing}
      />
    </div>
  );
}
