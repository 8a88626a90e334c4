import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useCatalogue } from '../../app/catalogue.ts';
import { useDeviceView } from '../../app/device-view.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useLabel } from '../../app/language.ts';
import { live, useEntity } from '../../app/live.ts';
import { mainPointOf } from '../../app/main-point.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useReason } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { CameraLinks, givesPictures, LivePicture } from '../../components/camera-picture.tsx';
import { DeviceAlarms } from '../../components/device-alarms.tsx';
import { DeviceCommands } from '../../components/device-commands.tsx';
import { DevicePoints } from '../../components/device-points.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TrendPanel } from '../../components/trend/trend-panel.tsx';
import classes from './device-detail.module.css';
import { DeviceFacts } from './device-facts.tsx';

/** One device: how it is, its values, their course, what it can be told, and where its data comes from. */
export function DeviceDetail({ id }: { id: string }) {
  const { t } = useTranslation(['devices', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const navigate = useNavigate();
  const why = useReason();
  const device = useEntity('devices', id);
  const area = useEntity('areas', device?.area);
  const household = useEntity('households', device?.household);
  const state = useEntity('device-states', id);
  const kind = useCatalogue().kindOf(device?.type);
  const { view, points: known, reasons, error } = useDeviceView(id);
  const [chosen, setChosen] = useState<string | null>(null);
  const onMap = paths.mapDevice(id);
  useShortcut({ code: 'KeyM' }, hasPage(onMap) ? () => void navigate(onMap) : null);

  if (device === undefined)
    return error === null ? (
      <p className={classes.none}>{t('detail.gone')}</p>
    ) : (
      <ProblemNote error={error} />
    );

  const points = known?.map(({ point }) => point) ?? [];
  const main = points.find((point) => point === mainPointOf(kind)?.point) ?? points[0];
  const point = chosen ?? main ?? null;
  const isMeter = Object.values(kind?.points ?? {}).some(({ register }) => register === true);
  const lost = state?.state === 'offline' || state?.state === 'stale';
  return (
    <div className={classes.detail}>
      <header className={classes.head}>
        <h2 className={classes.title}>{device.name}</h2>
        <p className={classes.where}>
          {[
            kind === undefined ? device.type : label(kind.label),
            area?.name,
            household === undefined ? undefined : t('detail.household', { room: household.room }),
          ]
            .filter((word) => word !== undefined)
            .join(' · ')}
          {hasPage(onMap) ? (
            <>
              {' · '}
              <Link to={onMap}>{t('detail.map')}</Link>
            </>
          ) : null}
          {isMeter && hasPage(paths.meter(id)) ? (
            <>
              {' · '}
              <Link to={paths.meter(id)}>{t('detail.meter')}</Link>
            </>
          ) : null}
        </p>
        {state === undefined ? null : (
          <p className={lost ? 'gh-hatched' : undefined}>
            <strong className={classes.plate}>{t(`terms:device.${state.state}`)}</strong>
            {state.state === 'unknown' ? null : (
              <span className={classes.plate}>
                {' '}
                {t('detail.since', { at: time.moment(state.since) })}
                {state.why === null ? '' : ` · ${why(state.why, kind)}`}
                {state.cause === undefined ? null : (
                  <>
                    {': '}
                    <Link to={paths.device(state.cause)}>
                      {live.get('devices', state.cause)?.name ??
                        live.get('links', state.cause)?.name ??
                        state.cause}
                    </Link>
                  </>
                )}
              </span>
            )}
          </p>
        )}
        {view?.problem == null ? null : <p className={classes.problem}>⚠ {view.problem}</p>}
      </header>
      <DeviceAlarms device={id} />
      {kind?.id === 'camera' && (givesPictures(device) || device.settings?.liveUrl !== undefined) ? (
        <Panel title={t('camera.title')} aside={<CameraLinks camera={device} />}>
          {givesPictures(device) ? <LivePicture camera={id} name={device.name} /> : null}
        </Panel>
      ) : null}
      {point === null || kind === undefined ? null : <TrendPanel device={id} kind={kind} point={point} />}
      <div className={classes.columns}>
        {kind === undefined || points.length === 0 ? null : (
          <Panel title={t('points.title')}>
            <DevicePoints {...{ device: id, kind, points, chosen: point, reasons }} onChoose={setChosen} />
          </Panel>
        )}
        <div className={classes.column}>
          {kind === undefined || view === undefined ? null : (
            <DeviceCommands device={device} kind={kind} view={view} />
          )}
          <DeviceFacts device={device} />
        </div>
      </div>
    </div>
  );
}
