import { useTranslation } from 'react-i18next';
import classes from './mimic.module.css';
import { Column, type MimicProps, numberOf, stateOf } from './mimic-parts.tsx';

const headroom = 1.12;

/** Filled to its level between its limits; hatched across while it is out of use. */
export function TankMimic({ read, setting, large }: MimicProps) {
  const { t } = useTranslation('plant');
  const limits = (['overflowM', 'highM', 'lowM', 'emptyM'] as const).map((name) => {
    const value = setting(name);
    return { value, text: value === undefined ? '' : `${t(`limit.${name}`)} ${value}` };
  });
  const top = Math.max(...limits.map(({ value }) => value ?? 0), 0.1) * headroom;
  const isolated = read('isolated') === true;
  return (
    <>
      <path className={classes.pipe} d={large ? 'M2 16H18M2 82H18' : 'M2 16H18M82 82H98'} />
      <Column
        {...{ x: 18, y: 8, width: large ? 50 : 64, height: 82, top, large }}
        value={numberOf(read('level'))}
        limits={limits}
      />
      {isolated ? (
        <g data-testid="isolated">
          <rect className={classes.crossed} x="18" y="8" width={large ? 50 : 64} height="82" />
          <path className={classes.cross} d={large ? 'M18 8 68 90M68 8 18 90' : 'M18 8 82 90M82 8 18 90'} />
        </g>
      ) : null}
    </>
  );
}

/** A pit with the pump at its bottom and the pipe that it lifts into. */
export function SumpMimic({ read, setting, large }: MimicProps) {
  const { t } = useTranslation('plant');
  const high = setting('highM');
  const top = Math.max(high ?? 0, 0.1) * 1.4;
  const level = numberOf(read('level'));
  return (
    <>
      <path className={classes.pipe} d="M2 14H16M84 14H98" />
      <Column
        {...{ x: 16, y: 14, width: 68, height: 76, top, value: level, large: false }}
        limits={[{ value: high }]}
      />
      <path className={classes.pipe} d="M50 66V6H70" />
      {read('pumpRunning') === true ? <path className={classes.arrow} d="M70 1 79 6 70 11Z" /> : null}
      <g {...stateOf(read('pumpRunning'))}>
        <rect className={classes.body} x="41" y="64" width="18" height="24" rx="3" />
        <path className={classes.line} d="M45 82H55M45 78H55" />
      </g>
      {large && high !== undefined ? (
        <text className={classes.figure} x="18" y={14 + 76 - (high / top) * 76 - 2}>
          {t('limit.highM')} {high}
        </text>
      ) : null}
    </>
  );
}

/** A volute with its impeller; water leaves it while it runs. */
export function PumpMimic({ read }: MimicProps) {
  const running = read('running');
  return (
    <>
      <path className={classes.pipe} d="M2 54H50M50 21H98" />
      {running === true ? <path className={classes.arrow} d="M86 13 99 21 86 29Z" /> : null}
      <g {...stateOf(running)}>
        <circle className={classes.body} cx="50" cy="54" r="33" />
        <path className={classes.line} d="M26 82 18 92H82L74 82" />
        <path
          className={classes.line}
          d="M50 54Q42 40 52 30M50 54Q66 50 72 60M50 54Q50 70 38 74M50 54Q36 58 28 48"
        />
        <circle className={classes.hub} cx="50" cy="54" r="6" />
      </g>
      {running === undefined || running === null ? (
        <text className={classes.doubtMark} x="50" y="60">
          ?
        </text>
      ) : null}
    </>
  );
}

/** A basin, and its jets while they play. */
export function FountainMimic({ read, setting }: MimicProps) {
  const running = read('running');
  const low = setting('lowM');
  const level = numberOf(read('level'));
  return (
    <>
      {running === true ? (
        <path
          className={classes.jet}
          d="M50 62V14M44 62Q40 26 28 26 20 27 18 40M56 62Q60 26 72 26 80 27 82 40M47 62Q46 18 38 16M53 62Q54 18 62 16"
        />
      ) : null}
      {level === undefined ? (
        <rect className={classes.vessel} x="10" y="66" width="80" height="22" />
      ) : (
        <Column
          {...{ x: 10, y: 66, width: 80, height: 22, top: Math.max(low ?? 0, 0.1) * 3, large: false }}
          value={level}
          limits={[{ value: low }]}
        />
      )}
      <g {...stateOf(running)}>
        <rect className={classes.body} x="42" y="60" width="16" height="10" />
      </g>
      <rect className={classes.outline} x="10" y="66" width="80" height="22" />
      {running === undefined || running === null ? (
        <text className={classes.doubtMark} x="50" y="44">
          ?
        </text>
      ) : null}
    </>
  );
}

/** A drop over the floor, and the water that stands on it. */
export function WetFloorMimic({ read }: MimicProps) {
  const wet = read('wet');
  return (
    <>
      <g {...stateOf(typeof wet === 'boolean' ? !wet : wet)}>
        <path className={classes.body} d="M50 12C62 32 70 42 70 52A20 20 0 0 1 30 52C30 42 38 32 50 12Z" />
      </g>
      {wet === true ? <rect className={classes.fill} x="8" y="78" width="84" height="10" /> : null}
      <path className={classes.line} d="M4 88H96" />
    </>
  );
}
