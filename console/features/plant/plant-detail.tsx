import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useCatalogue } from '../../app/catalogue.ts';
import { useDeviceView } from '../../app/device-view.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { mainPointOf } from '../../app/main-point.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { DeviceAlarms } from '../../components/device-alarms.tsx';
import { DeviceCommands } from '../../components/device-commands.tsx';
import { DevicePoints } from '../../components/device-points.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TrendPanel } from '../../components/trend/trend-panel.tsx';
import { Mimic } from './mimic.tsx';
import classes from './plant.module.css';
import type { PlantDevice } from './plant-device.ts';
import { faceOf } from './plant-kinds.ts';
import { ReadoutWords, useReadout } from './readout.tsx';
import { RunCounts } from './run-counts.tsx';
import { DeviceSchedules } from './schedules-view.tsx';
import { SequencePanel } from './sequence-view.tsx';

/** One device of the plant: its picture, what it was, what it can be told. */
export function PlantDetail({ id }: { id: string }) {
  const { t } = useTranslation(['plant', 'app']);
  const device = useEntity('devices', id);
  const { kinds, types, kindOf } = useCatalogue();
  const kind = kindOf(device?.type);
  const face = faceOf(kind);
  if (device === undefined || kind === undefined || face === undefined)
    return (
      <p className={classes.none}>
        {t(kinds.size === 0 ? 'app:loading' : 'detail.gone')} <Link to="/plant">{t('detail.back')}</Link>
      </p>
    );
  return <Detail plant={{ device, kind, type: types.get(device.type), face }} />;
}

function Detail({ plant }: { plant: PlantDevice }) {
  const { device, kind, type, face } = plant;
  const { id } = device;
  const { t } = useTranslation('plant');
  const label = useLabel();
  const area = useEntity('areas', device.area);
  const readout = useReadout(id, kind);
  const { view, points: known, reasons, error } = useDeviceView(id);
  const [chosen, setChosen] = useState<string | null>(null);
  const onMap = paths.mapDevice(id);
  const points = known?.map(({ point }) => point) ?? [];
  const first = face.values.find((point) => readout.points[point] !== undefined) ?? mainPointOf(kind)?.point;
  const point = chosen ?? first ?? points[0] ?? null;
  // The point by which its commands are proven shows whether it is on.
  const proof = Object.values(kind.commands).find(({ confirm }) => confirm !== undefined)?.confirm?.point;
  return (
    <div className={classes.detail}>
      <header className={classes.head}>
        <Link to="/plant">{t('detail.back')}</Link>
        <h2>{device.name}</h2>
        <span className={classes.dim}>
          {[label(kind.label), area?.name].filter((word) => word !== undefined).join(' · ')}
        </span>
        <Link to={paths.device(id)}>{t('detail.device')}</Link>
        {hasPage(onMap) ? <Link to={onMap}>{t('detail.map')}</Link> : null}
      </header>
      <ProblemNote error={error} />
      {view?.problem == null ? null : <p className={classes.problem}>⚠ {view.problem}</p>}
      <DeviceAlarms device={id} />
      {kind.id === 'generator' ? <SequencePanel device={device} /> : null}
      <div className={classes.columns}>
        <div className={classes.column}>
          <Panel title={t('detail.state')} aside={<RunCounts device={id} />}>
            <Mimic device={device} kind={kind} type={type} {...readout} large />
            <div className={classes.readout}>
              <ReadoutWords device={id} kind={kind} face={face} readout={readout} />
              {readout.read('isolated') === true ? (
                <span className={classes.dim}>{t('isolation.effect')}</span>
              ) : null}
            </div>
          </Panel>
          {view === undefined ? null : <DeviceCommands device={device} kind={kind} view={view} />}
        </div>
        <div className={classes.column}>
          {proof === undefined ? null : <DeviceSchedules device={id} point={proof} />}
          {point === null ? null : <TrendPanel device={id} kind={kind} point={point} />}
          {points.length === 0 ? null : (
            <Panel title={t('detail.points')}>
              <DevicePoints {...{ device: id, kind, points, chosen: point, reasons }} onChoose={setChosen} />
            </Panel>
          )}
        </div>
      </div>
    </div>
  );
}
