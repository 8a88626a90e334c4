import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { DeviceView, PointView } from '../../../gateway/contract/device-view.ts';
import { calls, orderAlarms } from '../../app/alarm-list.ts';
import { api, type Page } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useLabel } from '../../app/language.ts';
import { live, useEntities, useEntity } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import { CameraLinks, givesPictures, LivePicture } from '../../components/camera-picture.tsx';
import { Panel } from '../../components/panel.tsx';
import { PriorityMark } from '../../components/priority.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { DeviceCommands } from './device-commands.tsx';
import classes from './device-detail.module.css';
import { DeviceFacts } from './device-facts.tsx';
import { DevicePoints } from './device-points.tsx';
import { mainPointOf } from './main-point.ts';
import { Trend } from './trend.tsx';
import { useWhy } from './why.ts';

const hourMs = 3_600_000;
const spans = [1, 6, 24, 168] as const;

/** What the gateway makes of a device: the commands and points that this installed unit really has, and what is wrong with it. */
function useView(id: string) {
  const view = useQuery({
    queryKey: ['device', id],
    queryFn: () => api.get<DeviceView>(`/devices/${encodeURIComponent(id)}`),
    staleTime: 60_000,
  });
  const points = useQuery({
    queryKey: ['device-points', id],
    queryFn: () => api.get<Page<PointView>>(`/devices/${encodeURIComponent(id)}/points`),
    staleTime: 60_000,
  });
  return { view: view.data, points: points.data?.items, error: view.error };
}

/** One device: how it is, its values, their course, what it can be told, and where its data comes from. */
export function DeviceDetail({ id }: { id: string }) {
  const { t } = useTranslation(['devices', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const navigate = useNavigate();
  const why = useWhy();
  const device = useEntity('devices', id);
  const area = useEntity('areas', device?.area);
  const household = useEntity('households', device?.household);
  const state = useEntity('device-states', id);
  const kind = useCatalogue().kindOf(device?.type);
  const { view, points: known, error } = useView(id);
  const [chosen, setChosen] = useState<string | null>(null);
  const [hours, setHours] = useState<number>(24);
  const window = useMemo(() => ({ spanMs: hours * hourMs }), [hours]);
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
                {state.why === null ? '' : ` · ${why(state.why)}`}
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
      <OpenAlarms device={id} />
      {kind?.id === 'camera' && (givesPictures(device) || device.settings?.liveUrl !== undefined) ? (
        <Panel title={t('camera.title')} aside={<CameraLinks camera={device} />}>
          {givesPictures(device) ? <LivePicture camera={id} name={device.name} /> : null}
        </Panel>
      ) : null}
      {point === null || kind === undefined ? null : (
        <Panel
          title={t('trend.title', { point: label(kind.points[point]?.label ?? { zh: point, en: point }) })}
          aside={
            <SegmentedControl
              size="xs"
              aria-label={t('trend.span')}
              data={spans.map((n) => ({
                value: String(n),
                label: n < 48 ? t('trend.hours', { n }) : t('trend.days', { n: n / 24 }),
              }))}
              value={String(hours)}
              onChange={(value) => setHours(Number(value))}
              transitionDuration={0}
            />
          }
        >
          <Trend key={point} device={id} point={point} window={window} />
        </Panel>
      )}
      <div className={classes.columns}>
        {kind === undefined || points.length === 0 ? null : (
          <Panel title={t('points.title')}>
            <DevicePoints device={id} kind={kind} points={points} chosen={point} onChoose={setChosen} />
          </Panel>
        )}
        <div className={classes.column}>
          {kind === undefined || view === undefined ? null : (
            <DeviceCommands device={device} kind={kind} commands={view.commands} />
          )}
          <DeviceFacts device={device} />
        </div>
      </div>
    </div>
  );
}

function OpenAlarms({ device }: { device: string }) {
  const { t } = useTranslation(['devices', 'terms']);
  const label = useLabel();
  const time = useSiteTime();
  const all = useEntities('alarms');
  const alarms = orderAlarms(all.filter((alarm) => alarm.device === device));
  if (alarms.length === 0) return null;
  return (
    <section aria-label={t('alarms.title')}>
      <ul className={classes.alarms}>
        {alarms.map((alarm) => (
          <li key={alarm.id}>
            <Link to={paths.alarm(alarm.id)}>
              <PriorityMark
                priority={alarm.priority}
                size={18}
                blinking={calls(alarm)}
                hollow={alarm.state === 'returned'}
                shelved={alarm.shelved !== undefined}
                label={t(`terms:priority.${alarm.priority}`)}
              />
              <strong>{label(alarm.title)}</strong>
              <span>{t(`terms:state.${alarm.shelved === undefined ? alarm.state : 'shelved'}`)}</span>
              <span className="gh-number">{time.moment(alarm.raisedAt)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
