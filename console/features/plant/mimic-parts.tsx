import classes from './mimic.module.css';
import type { Read } from './plant-kinds.ts';

/** What a picture is drawn from. */
export interface MimicProps {
  read: Read;
  /** A number among its settings; undefined: not set. */
  setting: (name: string) => number | undefined;
  /** Words for figures in the picture, only where it is large. */
  large: boolean;
}

/** How a part is drawn by a yes-or-no value: bright, dark, or dashed when nobody knows. */
export function stateOf(value: unknown): {
  'data-on': boolean | undefined;
  'data-unknown': true | undefined;
} {
  return typeof value === 'boolean'
    ? { 'data-on': value, 'data-unknown': undefined }
    : { 'data-on': undefined, 'data-unknown': true };
}

/** A breaker in a vertical line: its blade lies in the line, or stands off it. */
export function Breaker({ x, y, closed }: { x: number; y: number; closed: unknown }) {
  const known = typeof closed === 'boolean';
  return (
    <g {...stateOf(closed)}>
      <circle className={classes.joint} cx={x} cy={y} r="2.4" />
      <circle className={classes.joint} cx={x} cy={y + 18} r="2.4" />
      <path
        className={known ? classes.wire : classes.doubt}
        d={`M${x} ${y + 18}L${closed === true ? x : x + 11} ${y}`}
      />
    </g>
  );
}

/** A level that is filled from below, with dashed lines where its limits are; their names and figures where there is room. */
export function Column(props: {
  x: number;
  y: number;
  width: number;
  height: number;
  /** What the full height stands for. */
  top: number;
  value: number | undefined;
  limits: readonly { value: number | undefined; text?: string }[];
  large: boolean;
}) {
  const { x, y, width, height, top, value, limits, large } = props;
  const yOf = (level: number) => y + height - Math.min(1, Math.max(0, level / top)) * height;
  return (
    <>
      <rect className={classes.vessel} x={x} y={y} width={width} height={height} />
      {value === undefined ? null : (
        <rect className={classes.fill} x={x} y={yOf(value)} width={width} height={y + height - yOf(value)} />
      )}
      {limits.map((limit) =>
        limit.value === undefined || limit.value > top ? null : (
          <g key={`${limit.text ?? ''} ${limit.value}`}>
            <path className={classes.limit} d={`M${x} ${yOf(limit.value).toFixed(1)}H${x + width + 3}`} />
            {large && limit.text !== undefined ? (
              <text className={classes.figure} x={x + width + 4} y={yOf(limit.value) + 1.6}>
                {limit.text}
              </text>
            ) : null}
          </g>
        ),
      )}
      <rect className={classes.outline} x={x} y={y} width={width} height={height} />
      {value === undefined ? (
        <text className={classes.doubtMark} x={x + width / 2} y={y + height / 2 + 6}>
          ?
        </text>
      ) : null}
    </>
  );
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
