import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { PointDefinition } from '../../../gateway/contract/kind.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useCatalogue, usePointDefinition } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntities, useEntity, usePoint } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import { ProblemNote } from '../problem-note.tsx';
import { useValueText } from '../value.tsx';
import { limitLines } from './limits.ts';
import classes from './trend.module.css';
import { extremes, type HistoryRow, heightSpan, markSteps, trendData } from './trend-data.ts';
import type { TrendMark } from './trend-plot.tsx';

// uPlot comes with the first trend that is looked at.
const TrendPlot = lazy(() => import('./trend-plot.tsx'));

const hourMs = 3_600_000;
/** Points across a plot; more than a screen's width of them shows nothing more. */
const mostSteps = 720;
const refreshMs = 30_000;
const dayMs = 24 * hourMs;

/** What is looked at: a fixed stretch of the past (UTC ms), or the last `spanMs` up to now, which moves on. */
export type TrendWindow = { from: number; to: number } | { spanMs: number };

function stepOf(spanMs: number): number {
  return Math.max(1_000, Math.ceil(spanMs / mostSteps / 1_000) * 1_000);
}

/** When alarms of the device were raised in the window: closed ones from the store, open ones live. */
function useMarks(device: string, from: number, to: number): TrendMark[] {
  const can = useCan();
  const open = useEntities('alarms');
  // Asked anew only when the window has moved on by a minute.
  const since = Math.floor(from / 60_000) * 60_000;
  const { data } = useQuery({
    queryKey: ['trend-alarms', device, since],
    queryFn: () =>
      api.get<Page<Alarm>>(`/alarms${queryString({ state: 'closed', device, from: since, limit: 200 })}`),
    enabled: can('alarms.read'),
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const all = [...(data?.items ?? []), ...open.filter((alarm) => alarm.device === device)];
    const byId = new Map(all.map((alarm) => [alarm.id, alarm]));
    return [...byId.values()]
      .filter((alarm) => alarm.raisedAt >= from && alarm.raisedAt <= to)
      .map((alarm) => ({ at: alarm.raisedAt, priority: alarm.priority }));
  }, [data, open, device, from, to]);
}

/** The newest value of a moving window belongs to its curve before the store knows it. */
function useRows(device: string, point: string, window: TrendWindow) {
  const moving = 'spanMs' in window;
  const key = moving ? window.spanMs : `${window.from} ${window.to}`;
  const { data, error, isPending } = useQuery({
    queryKey: ['trend', device, point, key],
    queryFn: async () => {
      const to = moving ? live.serverNow() : window.to;
      const from = moving ? to - window.spanMs : window.from;
      const stepMs = stepOf(to - from);
      const query = queryString({ point: `${device}.${point}`, from, to, resolution: stepMs });
      const { items } = await api.get<Page<HistoryRow>>(`/history${query}`);
      return { items, from, to, stepMs };
    },
    // A stretch that reaches into the future still fills.
    refetchInterval: () => (moving || window.to > live.serverNow() ? refreshMs : false),
    placeholderData: (before, query) =>
      query?.queryKey[1] === device && query.queryKey[2] === point ? before : undefined,
  });
  const now = usePoint(device, point);
  const rows = useMemo(() => {
    const items = data?.items ?? [];
    const last = items.at(-1);
    return moving && now !== undefined && (last === undefined || now.at > last.at) ? [...items, now] : items;
  }, [data, now, moving]);
  return { data, rows, error, isPending, newestAt: moving ? now?.at : undefined };
}

function ticksOf(definition: PointDefinition | undefined): readonly number[] | undefined {
  if (definition?.type === 'bool') return boolTicks;
  if (definition?.type === 'enum') return Object.keys(definition.values ?? {}).map((_, i) => i);
  return undefined;
}
const boolTicks = [0, 1];

/** The trend of a point with its limits and the alarms of its device. */
export function Trend({ device: id, point, window }: { device: string; point: string; window: TrendWindow }) {
  const { t } = useTranslation(['parts', 'app']);
  const label = useLabel();
  const text = useValueText();
  const time = useSiteTime();
  const [site] = useEntities('site');
  const device = useEntity('devices', id);
  const { kindOf, types } = useCatalogue();
  const definition = usePointDefinition(id, point);
  const { data, rows, error, isPending, newestAt } = useRows(id, point, window);
  const [pointed, setPointed] = useState<number | null>(null);

  const moved = 'spanMs' in window && newestAt !== undefined ? newestAt : 0;
  const to = Math.max(data?.to ?? 0, moved);
  const from = 'spanMs' in window ? to - window.spanMs : (data?.from ?? 0);
  const stepMs = data?.stepMs ?? 1_000;
  const curve = useMemo(
    () => trendData(rows, definition, { stepMs, until: Math.min(to, live.serverNow()) }),
    [rows, definition, stepMs, to],
  );
  const limits = useMemo(() => {
    const kind = kindOf(device?.type);
    return device === undefined || kind === undefined
      ? []
      : limitLines(device, kind, types.get(device.type), point);
  }, [device, kindOf, types, point]);
  const limitValues = useMemo(() => limits.map(({ value }) => value), [limits]);
  const heights = useMemo(() => heightSpan(curve, limitValues, definition), [curve, limitValues, definition]);
  const ticks = useMemo(() => ticksOf(definition), [definition]);
  const steps = useMemo(() => markSteps(definition), [definition]);
  const marks = useMarks(id, from, to);

  if (error !== null) return <ProblemNote error={error} />;
  const found = extremes(curve);
  const stepped = definition?.type !== 'number';
  if (isPending) return <p className={classes.none}>{t('app:loading')}</p>;
  if (found === null) return <p className={classes.none}>{t('trend.none')}</p>;

  const name = definition === undefined ? point : label(definition.label);
  const say = (height: number) => text(valueAt(height, definition), definition);
  const clock =
    to - from > dayMs * 1.5
      ? (ms: number) => time.moment(ms).slice(0, -3)
      : (ms: number) => time.clock(ms).slice(0, 5);
  const summary = {
    point: name,
    low: say(found.low),
    high: say(found.high),
    newest: say(found.newest),
    alarms: marks.length,
  };
  const at = pointed === null ? undefined : curve.at[pointed];
  const height = pointed === null ? null : (curve.value[pointed] ?? null);
  return (
    <div className={classes.trend}>
      <Suspense fallback={<p className={classes.none}>{t('app:loading')}</p>}>
        <TrendPlot
          data={curve}
          from={from}
          to={to}
          heights={heights}
          stepped={stepped}
          limits={limitValues}
          marks={marks}
          timeZone={site?.timeZone}
          label={t(stepped ? 'trend.stateLabel' : 'trend.label', summary)}
          tick={say}
          ticks={ticks}
          steps={steps}
          clock={clock}
          onPoint={setPointed}
        />
      </Suspense>
      <p className={classes.readout}>
        <span className="gh-number">
          {at === undefined || height === null
            ? t(stepped ? 'trend.newest' : 'trend.summary', summary)
            : t('trend.at', { at: time.moment(at), value: say(height) })}
        </span>
        {limits.length === 0 ? null : (
          <span className={classes.limits}>
            {t('trend.limits')}{' '}
            {limits
              .map(
                (limit) => `${label(limit.title)} ${limit.side === 'above' ? '>' : '<'} ${say(limit.value)}`,
              )
              .join(' · ')}
          </span>
        )}
      </p>
    </div>
  );
}

/** The value that a height in the plot stands for. */
function valueAt(height: number, definition: PointDefinition | undefined): number | boolean | string {
  if (definition?.type === 'bool') return height >= 0.5;
  if (definition?.type === 'enum') return Object.keys(definition.values ?? {})[Math.round(height)] ?? '';
  return height;
}
