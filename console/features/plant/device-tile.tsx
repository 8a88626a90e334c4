import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AlarmSign } from '../../app/alarm-signs.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useReturned } from '../../app/spoken.ts';
import { PriorityMark } from '../../components/priority.tsx';
import { Mimic } from './mimic.tsx';
import classes from './plant.module.css';
import type { PlantDevice } from './plant-device.ts';
import { ReadoutWords, useReadout } from './readout.tsx';
import { RunCounts } from './run-counts.tsx';
import { SequenceBrief } from './sequence-view.tsx';

/** A device at a glance, and the way to its page. */
export function DeviceTile({ plant, sign }: { plant: PlantDevice; sign: AlarmSign | undefined }) {
  const { device, kind, type, face } = plant;
  const { t } = useTranslation(['plant', 'terms']);
  const label = useLabel();
  const readout = useReadout(device.id, kind);
  const returned = useReturned();
  const sequence = useEntity('sequences', device.id);
  return (
    <Link className={classes.tile} to={paths.plant(device.id)} data-testid={`tile-${device.id}`}>
      <Mimic device={device} kind={kind} type={type} read={readout.read} doubtful={readout.doubtful} />
      <span className={classes.words}>
        <span className={classes.name} title={device.name}>
          {device.name}
        </span>
        <ReadoutWords device={device.id} kind={kind} face={face} readout={readout} />
        <span className={classes.counts}>
          <RunCounts device={device.id} />
          {sequence === undefined ? null : <SequenceBrief sequence={sequence} />}
        </span>
        {sign === undefined ? null : (
          <span className={classes.sign} title={label(sign.top.title)}>
            <PriorityMark
              priority={sign.top.priority}
              size={18}
              blinking={sign.calling}
              hollow={returned(sign.top)}
              shelved={sign.top.shelved !== undefined}
              label={t(`terms:priority.${sign.top.priority}`)}
            />
            <span className={classes.signTitle}>{label(sign.top.title)}</span>
            {sign.count > 1 ? <span>{t('tile.more', { n: sign.count - 1 })}</span> : null}
          </span>
        )}
      </span>
    </Link>
  );
}
