import classes from './mimic.module.css';
import { type MimicProps, numberOf, stateOf } from './mimic-parts.tsx';

export function LampMimic({ read }: MimicProps) {
  const on = read('on');
  return (
    <g {...stateOf(on)}>
      {on === true ? (
        <path className={classes.rays} d="M50 2V12M16 16 23 23M84 16 77 23M4 48H14M86 48H96" />
      ) : null}
      <circle className={classes.body} cx="50" cy="46" r="26" />
      <path className={classes.line} d="M42 44 46 56 50 46 54 56 58 44" />
      <rect className={classes.hub} x="40" y="74" width="20" height="18" />
      {typeof on === 'boolean' ? null : (
        <text className={classes.doubtMark} x="50" y="38">
          ?
        </text>
      )}
    </g>
  );
}

/** The sun over an arc that fills by tenfold steps: eyes and twilight switches see light that way. */
export function LuxMimic({ read }: MimicProps) {
  const lux = numberOf(read('illuminance'));
  const part = lux === undefined ? 0 : Math.min(1, Math.log10(1 + Math.max(0, lux)) / 5);
  return (
    <>
      <circle
        className={classes.body}
        cx="50"
        cy="38"
        r="16"
        {...stateOf(lux === undefined ? null : lux > 10)}
      />
      <path
        className={classes.rays}
        d="M50 6V14M27 15 33 21M73 15 67 21M18 38H26M74 38H82M27 61 33 55M73 61 67 55"
      />
      <rect className={classes.vessel} x="10" y="76" width="80" height="12" />
      <rect className={classes.fill} x="10" y="76" width={80 * part} height="12" />
      <rect className={classes.outline} x="10" y="76" width="80" height="12" />
    </>
  );
}

const coldestC = -10;
const hottestC = 60;

export function ThermometerMimic({ read, setting, large }: MimicProps) {
  const now = numberOf(read('temperature'));
  const high = setting('highC');
  const yOf = (celsius: number) =>
    68 - Math.min(1, Math.max(0, (celsius - coldestC) / (hottestC - coldestC))) * 58;
  return (
    <>
      <rect className={classes.vessel} x="42" y="6" width="16" height="66" rx="8" />
      {now === undefined ? null : (
        <rect className={classes.fill} x="46" y={yOf(now)} width="8" height={80 - yOf(now)} />
      )}
      <rect className={classes.outline} x="42" y="6" width="16" height="66" rx="8" />
      <circle className={now === undefined ? classes.vessel : classes.fill} cx="50" cy="82" r="13" />
      <circle className={classes.outline} cx="50" cy="82" r="13" />
      {high === undefined ? null : (
        <>
          <path className={classes.limit} d={`M38 ${yOf(high)}H66`} />
          {large ? (
            <text className={classes.figure} x="68" y={yOf(high) + 1.6}>
              {high} °C
            </text>
          ) : null}
        </>
      )}
    </>
  );
}

/** A dial from nothing to half above its upper limit, the limits marked on its rim. */
export function GaugeMimic({ read, setting }: MimicProps) {
  const now = numberOf(read('pressure'));
  const low = setting('lowKPa');
  const high = setting('highKPa');
  const full = Math.max(high ?? 0, 100) * 1.5;
  const at = (value: number, radius: number) => {
    const angle = ((-225 + 270 * Math.min(1, Math.max(0, value / full))) * Math.PI) / 180;
    return `${(50 + radius * Math.cos(angle)).toFixed(1)} ${(50 + radius * Math.sin(angle)).toFixed(1)}`;
  };
  return (
    <>
      <circle className={classes.vessel} cx="50" cy="50" r="40" />
      <circle className={classes.outline} cx="50" cy="50" r="40" />
      <path className={classes.line} d={`M${at(0, 33)}A33 33 0 1 1 ${at(full, 33)}`} />
      {[low, high].map((limit) =>
        limit === undefined ? null : (
          <path key={limit} className={classes.bus} d={`M${at(limit, 27)}L${at(limit, 38)}`} />
        ),
      )}
      {now === undefined ? null : <path className={classes.needle} d={`M50 50L${at(now, 29)}`} />}
      <circle className={classes.hub} cx="50" cy="50" r="5" />
    </>
  );
}

/** A shaft with its car, which stands below when it was called back. */
export function LiftMimic({ read }: MimicProps) {
  const recalled = read('recalled');
  return (
    <>
      <rect className={classes.vessel} x="26" y="6" width="48" height="88" />
      <rect className={classes.outline} x="26" y="6" width="48" height="88" />
      <path
        className={classes.line}
        d={`M50 6V${recalled === true ? 62 : 22}M18 34H26M18 62H26M74 34H82M74 62H82`}
      />
      <g {...stateOf(typeof recalled === 'boolean' ? !recalled : recalled)}>
        <rect className={classes.body} x="34" y={recalled === true ? 62 : 22} width="32" height="30" />
        <path className={classes.line} d={`M50 ${recalled === true ? 62 : 22}v30`} />
      </g>
    </>
  );
}

export function BarrierMimic({ read }: MimicProps) {
  const open = read('open');
  return (
    <>
      <path className={classes.line} d="M4 90H96" />
      <rect className={classes.hub} x="14" y="46" width="16" height="44" />
      <g {...stateOf(open)}>
        <path className={classes.body} d={open === true ? 'M19 50 46 4 53 8 27 55Z' : 'M22 48H94V57H22Z'} />
        <path
          className={classes.line}
          d={open === true ? 'M36 22 43 27M28 35 35 40' : 'M44 48V57M62 48V57M80 48V57'}
        />
      </g>
      {typeof open === 'boolean' ? null : (
        <text className={classes.doubtMark} x="62" y="38">
          ?
        </text>
      )}
    </>
  );
}
