import type { Kind } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { Device } from '../contract/site.ts';

/** What DL/T 645-2007 and CJ/T 188-2004 transmit: XXXXXX.XX. */
const usualDigits = 6;

/** A device as the devices room knows it. */
export interface MeterInput {
  readonly device: Device;
  readonly kind: Kind;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

export interface MeterRegister {
  point: string;
  label: Label;
  unit: string;
  decimals: number;
}

/** A device that has registers, with its place among the others. */
export interface MeterRule {
  id: string;
  name: string;
  area: string;
  kind: string;
  main: string | null;
  account: string | null;
  generates: boolean;
  digits: number;
  /** The first number that a register cannot show. */
  top: number;
  /** What it counts forward, then what it counts backward. */
  registers: readonly MeterRegister[];
  limits: { lossPercent: number; lossMinimum: number; nightFlow: number | null };
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** The device as a meter; undefined when its kind has no register. */
export function meterOf({ device, kind, settings }: MeterInput): MeterRule | undefined {
  const registers = Object.entries(kind.points)
    .filter(([, point]) => point.register === true)
    .map(([point, { label, unit = '', decimals = 2 }]) => ({ point, label, unit, decimals }));
  if (registers.length === 0) return undefined;
  const { main, account, generates = false, digits = usualDigits } = device.meter ?? {};
  return {
    ...{ id: device.id, name: device.name, area: device.area, kind: kind.id },
    ...{ main: main ?? null, account: account ?? null, generates, digits, top: 10 ** digits, registers },
    limits: {
      // A kind that has no such setting has no such alarm: nothing exceeds it.
      lossPercent: numberOf(settings.lossPercent, 100),
      lossMinimum: numberOf(settings.lossMinimum, 0),
      nightFlow: typeof settings.nightFlow === 'number' ? settings.nightFlow : null,
    },
  };
}

/** The meters as a tree. A main that is none, or counts something else, is taken for none: the site check has said so. */
export interface MeterTree {
  meters: ReadonlyMap<string, MeterRule>;
  /** By their main, in the order of the site. */
  subs: ReadonlyMap<string, readonly MeterRule[]>;
  mainOf(meter: MeterRule): MeterRule | undefined;
  /** Its own account, or that of the nearest main that has one. */
  accountOf(meter: MeterRule): string | null;
}

export function treeOf(meters: Iterable<MeterRule>): MeterTree {
  const byId = new Map<string, MeterRule>();
  for (const meter of meters) byId.set(meter.id, meter);
  const mainOf = (meter: MeterRule) => {
    const main = meter.main === null ? undefined : byId.get(meter.main);
    return main?.kind === meter.kind ? main : undefined;
  };
  const subs = new Map<string, MeterRule[]>();
  for (const meter of byId.values()) {
    const main = mainOf(meter);
    if (!main) continue;
    const siblings = subs.get(main.id);
    if (siblings) siblings.push(meter);
    else subs.set(main.id, [meter]);
  }
  return {
    meters: byId,
    subs,
    mainOf,
    accountOf(meter) {
      const seen = new Set<string>();
      for (let at: MeterRule | undefined = meter; at && !seen.has(at.id); at = mainOf(at)) {
        if (at.account !== null) return at.account;
        seen.add(at.id);
      }
      return null;
    },
  };
}
