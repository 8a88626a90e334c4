import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import type { Priority } from '../../../gateway/contract/names.ts';
import classes from './trend.module.css';
import { lonelyPlaces, type TrendData } from './trend-data.ts';

/** When an alarm of the device was raised; UTC ms. */
export interface TrendMark {
  at: number;
  priority: Priority;
}

export interface TrendPlotProps {
  data: TrendData;
  /** What the x axis spans, UTC ms. */
  from: number;
  to: number;
  /** What the y axis spans. */
  heights: readonly [number, number];
  /** A state, which holds until the next one. */
  stepped: boolean;
  limits: readonly number[];
  marks: readonly TrendMark[];
  timeZone: string | undefined;
  /** All of it in words, for those who cannot see it. */
  label: string;
  tick: (value: number) => string;
  /** The whole heights that have a word of their own; undefined: any height has a figure. */
  ticks: readonly number[] | undefined;
  /** Between two marks of the y axis, one of these. */
  steps: readonly number[];
  clock: (ms: number) => string;
  /** Which row the mouse points at. */
  onPoint: (index: number | null) => void;
}

const heightPx = 210;
const markPx = 7;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** ▲ ◆ ■ ●, as everywhere in the console. */
function shapeOf(priority: Priority, x: number, y: number, r: number): Path2D {
  const path = new Path2D();
  switch (priority) {
    case 1:
      path.moveTo(x, y - r);
      path.lineTo(x + r, y + r);
      path.lineTo(x - r, y + r);
      break;
    case 2:
      path.moveTo(x, y - r);
      path.lineTo(x + r, y);
      path.lineTo(x, y + r);
      path.lineTo(x - r, y);
      break;
    case 3:
      path.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
      break;
    case 4:
      path.arc(x, y, r * 0.9, 0, Math.PI * 2);
      break;
  }
  path.closePath();
  return path;
}

function drawLimits(u: UPlot, limits: readonly number[]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = colour('--gh-dim');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const limit of limits) {
    const y = Math.round(u.valToPos(limit, 'y', true)) + 0.5;
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

function drawMarks(u: UPlot, marks: readonly TrendMark[]): void {
  const { ctx, bbox } = u;
  const r = markPx * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 1.3 * devicePixelRatio;
  // The most urgent last, so that it lies on top of what was raised at the same time.
  for (const { at, priority } of marks.toSorted((a, b) => b.priority - a.priority)) {
    const x = u.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const fill = colour(`--gh-p${priority}`);
    ctx.strokeStyle = fill;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + r * 2);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const shape = shapeOf(priority, x, bbox.top + r, r);
    ctx.fillStyle = fill;
    ctx.fill(shape);
    ctx.strokeStyle = colour('--gh-outline');
    ctx.stroke(shape);
  }
  ctx.restore();
}

/** The curve of a point with its limits and the alarms of its device. */
export default function TrendPlot(props: TrendPlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const latest = useRef(props);
  latest.current = props;
  const { stepped, timeZone, label, data, ticks, steps } = props;

  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const now = () => latest.current;
    const grid = { stroke: () => colour('--gh-line'), width: 1 };
    const line = () => colour('--gh-text');
    const path = stepped ? UPlot.paths.stepped?.({ align: 1 }) : UPlot.paths.linear?.();
    const font = `12px ${getComputedStyle(element).fontFamily}`;
    const created = new UPlot(
      {
        width: Math.max(100, element.clientWidth),
        height: heightPx,
        ms: 1,
        tzDate: (ms) => (timeZone === undefined ? new Date(ms) : UPlot.tzDate(new Date(ms), timeZone)),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => [now().from, now().to] },
          y: { range: () => [...now().heights] },
        },
        axes: [
          {
            stroke: () => colour('--gh-dim'),
            font,
            grid,
            ticks: grid,
            values: (_, splits) => splits.map((ms) => now().clock(ms)),
          },
          {
            stroke: () => colour('--gh-dim'),
            font,
            grid,
            ticks: grid,
            size: 66,
            incrs: [...steps],
            splits: ticks === undefined ? undefined : [...ticks],
            values: (_, splits) => splits.map((value) => now().tick(value)),
          },
        ],
        series: [
          {},
          { stroke: 'transparent', width: 0, points: { show: false } },
          { stroke: 'transparent', width: 0, points: { show: false } },
          {
            stroke: line,
            width: 1.5,
            paths: path,
            points: {
              show: true,
              size: 3,
              width: 0,
              fill: line,
              filter: (u, series) => lonelyPlaces([...(u.data[series] ?? [])]),
            },
          },
        ],
        bands: stepped ? [] : [{ series: [2, 1], fill: () => colour('--gh-selected') }],
        hooks: {
          drawClear: [(u) => drawLimits(u, now().limits)],
          draw: [(u) => drawMarks(u, now().marks)],
          setCursor: [(u) => now().onPoint(u.cursor.idx ?? null)],
        },
      },
      columns(now().data),
      element,
    );
    plot.current = created;
    const observer = new ResizeObserver(() => {
      created.setSize({ width: Math.max(100, element.clientWidth), height: heightPx });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current = null;
      created.destroy();
    };
  }, [stepped, timeZone, ticks, steps]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: anything that is drawn asks for a drawing.
  useEffect(() => {
    plot.current?.setData(columns(data));
  }, [data, props.from, props.to, props.heights, props.limits, props.marks, props.tick, scheme]);

  return <div ref={holder} className={classes.plot} role="img" aria-label={label} data-testid="trend" />;
}

function columns({ at, value, low, high }: TrendData): UPlot.AlignedData {
  return [at, low, high, value];
}
