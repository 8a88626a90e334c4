import { useTranslation } from 'react-i18next';
import classes from './mimic.module.css';
import { Breaker, Column, type MimicProps, numberOf, stateOf } from './mimic-parts.tsx';

/** Whether two things are so: one that is not decides it, whatever the other is; undefined while nobody knows. */
function both(a: unknown, b: unknown): boolean | undefined {
  if (a === false || b === false) return false;
  return a === true && b === true ? true : undefined;
}

/** The line that comes in, its breaker, and the busbar. */
export function MainsMimic({ read }: MimicProps) {
  const present = read('present');
  const closed = read('breakerClosed');
  return (
    <>
      <g {...stateOf(present)}>
        <path className={classes.wire} d="M50 30V46" />
        <circle className={classes.body} cx="50" cy="18" r="14" />
        <path className={classes.line} d="M42 18Q46 9 50 18T58 18" />
      </g>
      {closed === undefined || closed === null ? (
        <path className={classes.wire} d="M50 46V80" {...stateOf(present)} />
      ) : (
        <>
          <Breaker x={50} y={46} closed={closed} />
          <path className={classes.wire} d="M50 64V80" {...stateOf(both(present, closed))} />
        </>
      )}
      <path className={classes.bus} d="M12 82H88" />
      <path className={classes.line} d="M26 82V94M50 82V94M74 82V94" />
    </>
  );
}

/** The set, its breaker to the load, and its fuel. */
export function GeneratorMimic({ read, setting, large }: MimicProps) {
  const running = read('running');
  const onLoad = read('onLoad');
  const fuel = numberOf(read('fuelLevel'));
  return (
    <>
      <path className={classes.bus} d="M12 10H74" />
      <path className={classes.line} d="M42 10V18" />
      <Breaker x={42} y={20} closed={onLoad} />
      <path className={classes.wire} d="M42 38V48" {...stateOf(running)} />
      <g {...stateOf(running)}>
        <circle className={classes.body} cx="42" cy="68" r="21" />
        <text className={classes.letter} x="42" y="76">
          G
        </text>
      </g>
      {fuel === undefined ? null : (
        <Column
          {...{ x: 78, y: 42, width: 14, height: 48, top: 100, value: fuel, large: false }}
          limits={[{ value: setting('fuelLow') }]}
        />
      )}
      {large && fuel !== undefined ? <FuelWord /> : null}
    </>
  );
}

function FuelWord() {
  const { t } = useTranslation('plant');
  return (
    <text className={classes.figureMiddle} x="85" y="97">
      {t('mimic.fuel')}
    </text>
  );
}

/** Its two ways in, the way in use drawn bold, its battery, and the time that is left against what is required. */
export function UpsMimic({ read, setting, large }: MimicProps) {
  const { t } = useTranslation('plant');
  const battery = read('onBattery');
  const bypass = read('bypass');
  const mains = typeof battery === 'boolean' ? !battery && bypass !== true : read('onMains');
  // Its load is fed by any of the three; that by none of them is nothing that it tells.
  const feeding = mains === true || battery === true || bypass === true;
  const charge = numberOf(read('charge'));
  const left = numberOf(read('runtimeMin'));
  const required = setting('requiredMin');
  // What is required lies at two thirds of the bar.
  const full = required === undefined || required === 0 ? undefined : required * 1.5;
  const place = (min: number) => 8 + Math.min(1, Math.max(0, min / (full ?? 1))) * 84;
  return (
    <>
      <path className={classes.wire} d="M4 26H30" {...stateOf(mains)} />
      <path className={classes.wire} d="M10 26V8H84V26" {...stateOf(bypass)} />
      <path className={classes.wire} d="M50 60V44" {...stateOf(battery)} />
      <path className={classes.wire} d="M70 26H96" {...stateOf(feeding || undefined)} />
      <g {...stateOf(bypass === true ? false : feeding || undefined)}>
        <rect className={classes.body} x="30" y="14" width="40" height="28" />
        <path className={classes.line} d="M30 42 70 14M36 21H46M54 36Q57 31 60 36T66 36" />
      </g>
      <rect className={classes.vessel} x="26" y="54" width="48" height="22" />
      {charge === undefined ? (
        <text className={classes.doubtMark} x="50" y="72">
          ?
        </text>
      ) : (
        <rect className={classes.fill} x="26" y="54" width={0.48 * charge} height="22" />
      )}
      <path className={classes.outline} d="M26 54H74V76H26ZM74 60H78V70H74" />
      {full === undefined || left === undefined ? null : (
        <>
          <rect className={classes.vessel} x="8" y="83" width="84" height="8" />
          <rect className={classes.fill} x="8" y="83" width={place(left) - 8} height="8" />
          <rect className={classes.outline} x="8" y="83" width="84" height="8" />
          <path className={classes.limit} d={`M${place(required ?? 0)} 80V94`} />
          {large ? (
            <text className={classes.figureMiddle} x={place(required ?? 0)} y="99">
              {t('mimic.required', { n: required ?? 0 })}
            </text>
          ) : null}
        </>
      )}
    </>
  );
}
