import type { JSX } from 'react';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { settingOf } from '../../app/device-settings.ts';
import classes from './mimic.module.css';
import { type MimicProps, stateOf } from './mimic-parts.tsx';
import { GeneratorMimic, MainsMimic, UpsMimic } from './mimic-power.tsx';
import {
  BarrierMimic,
  GaugeMimic,
  LampMimic,
  LiftMimic,
  LuxMimic,
  ThermometerMimic,
} from './mimic-rooms.tsx';
import { FountainMimic, PumpMimic, SumpMimic, TankMimic, WetFloorMimic } from './mimic-water.tsx';
import type { Read } from './plant-kinds.ts';

type Drawing = (props: MimicProps) => JSX.Element;

/** A drawing for each kind, in a square of 100 × 100, in greys: bright when it runs, dark when it stands (ISA-101). */
const drawings: Readonly<Record<string, Drawing>> = {
  tank: TankMimic,
  sump: SumpMimic,
  pump: PumpMimic,
  'water-feature': FountainMimic,
  'water-sensor': WetFloorMimic,
  'pressure-sensor': GaugeMimic,
  'mains-supply': MainsMimic,
  generator: GeneratorMimic,
  ups: UpsMimic,
  'light-circuit': LampMimic,
  'light-sensor': LuxMimic,
  'temperature-sensor': ThermometerMimic,
  lift: LiftMimic,
  'parking-barrier': BarrierMimic,
};

/** A picture only: what it says stands beside it in words. */
export function Mimic(props: {
  device: Device;
  kind: Kind;
  type: DeviceType | undefined;
  read: Read;
  /** Its values are old or of doubtful quality: hatched. */
  doubtful: boolean;
  large?: boolean;
}) {
  const { device, kind, type, read, doubtful, large = false } = props;
  const Drawing = drawings[kind.id] ?? BoxMimic;
  return (
    <span className={classes.frame} data-large={large || undefined}>
      <svg
        className={classes.mimic}
        viewBox="0 0 100 100"
        aria-hidden="true"
        data-testid={`mimic-${device.id}`}
      >
        <Drawing read={read} setting={(name) => settingOf(device, kind, type, name)} large={large} />
      </svg>
      {doubtful ? <span className={`${classes.hatch} gh-hatched`} /> : null}
    </span>
  );
}

/** A machine without a drawing of its own. */
function BoxMimic({ read }: MimicProps) {
  return <rect className={classes.body} x="15" y="20" width="70" height="60" {...stateOf(read('running'))} />;
}
