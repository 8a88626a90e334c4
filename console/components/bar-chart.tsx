import { useEffect, useId, useRef, useState } from 'react';
import classes from './bar-chart.module.css';
import { barTicks, labelEvery, tickWords } from './bar-scale.ts';

export interface Bar {
  key: string;
  /** Below it. */
  label: string;
  /** All that is to be said of it, in words. */
  words: string;
  /** Null: not known. */
  value: number | null;
  /** How its body is drawn: known, a share of something known, or not over. */
  body: 'solid' | 'hatched' | 'open';
}

const heightPx = 200;
const edges = { left: 58, right: 6, top: 8, bottom: 22 };
const labelPx = 30;

/** Bars over time. The mouse, or the arrow keys, choose one; what is to be said of it stands below. */
export function BarChart(props: {
  bars: readonly Bar[];
  /** Bars that there will be when the time that is shown is over: the rest stays empty. */
  slots: number;
  label: string;
  /** Said while none is chosen. */
  summary: string;
}) {
  const { bars, label, summary } = props;
  const holder = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState(600);
  const [chosen, setChosen] = useState<number | null>(null);
  const hatch = useId();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidthPx(Math.max(200, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const ticks = barTicks(Math.max(0, ...bars.map(({ value }) => value ?? 0)));
  const top = ticks.at(-1) ?? 1;
  const innerPx = widthPx - edges.left - edges.right;
  const spanPx = heightPx - edges.top - edges.bottom;
  const slots = Math.max(1, props.slots, bars.length);
  const slotPx = innerPx / slots;
  const every = labelEvery(slots, innerPx, labelPx);
  const figures = tickWords(ticks);
  const yOf = (value: number) => edges.top + spanPx * (1 - Math.max(0, value) / top);
  const current = chosen === null ? undefined : bars[chosen];

  function move(by: number): void {
    setChosen((at) =>
      Math.max(0, Math.min(bars.length - 1, at === null ? (by > 0 ? 0 : bars.length - 1) : at + by)),
    );
  }

  return (
    <div className={classes.chart} ref={holder}>
      <div
        className={classes.field}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, bars.length - 1)}
        aria-valuenow={chosen ?? 0}
        aria-valuetext={current?.words ?? summary}
        onKeyDown={(event) => {
          if (event.code !== 'ArrowLeft' && event.code !== 'ArrowRight') return;
          event.preventDefault();
          move(event.code === 'ArrowRight' ? 1 : -1);
        }}
        onMouseLeave={() => setChosen(null)}
        onMouseMove={(event) => {
          const x = event.clientX - event.currentTarget.getBoundingClientRect().left - edges.left;
          const at = Math.floor(x / slotPx);
          setChosen(x >= 0 && at < bars.length ? at : null);
        }}
      >
        <svg width={widthPx} height={heightPx} aria-hidden="true">
          <defs>
            <pattern
              id={hatch}
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect className={classes.hatchGround} width="6" height="6" />
              <rect className={classes.hatchLine} width="3" height="6" />
            </pattern>
          </defs>
          {ticks.map((value, i) => (
            <g key={value}>
              <line
                className={classes.line}
                x1={edges.left}
                x2={widthPx - edges.right}
                y1={yOf(value)}
                y2={yOf(value)}
              />
              <text className={classes.tick} x={edges.left - 6} y={yOf(value) + 4} textAnchor="end">
                {figures[i]}
              </text>
            </g>
          ))}
          {bars.map((bar, i) => {
            const x = edges.left + i * slotPx;
            return (
              <g key={bar.key} data-testid="bar" data-body={bar.body} data-value={bar.value ?? 'unknown'}>
                {i === chosen ? (
                  <rect className={classes.chosen} x={x} y={edges.top} width={slotPx} height={spanPx} />
                ) : null}
                {bar.value === null ? (
                  <text
                    className={classes.tick}
                    x={x + slotPx / 2}
                    y={edges.top + spanPx - 5}
                    textAnchor="middle"
                  >
                    ?
                  </text>
                ) : (
                  <rect
                    className={classes[bar.body]}
                    fill={bar.body === 'hatched' ? `url(#${hatch})` : undefined}
                    x={x + slotPx * 0.14}
                    y={yOf(bar.value)}
                    width={Math.max(1, slotPx * 0.72)}
                    height={Math.max(0, edges.top + spanPx - yOf(bar.value))}
                  />
                )}
                {i % every === 0 ? (
                  <text className={classes.tick} x={x + slotPx / 2} y={heightPx - 6} textAnchor="middle">
                    {bar.label}
                  </text>
                ) : null}
              </g>
            );
          })}
        </svg>
      </div>
      <p className={`${classes.readout} gh-number`}>{current?.words ?? summary}</p>
    </div>
  );
}
