import type { Meter } from '../../../gateway/contract/meter.ts';

export type Grouping = 'main' | 'account';

/** Meters that count the same, with what stands between them. */
export interface MeterSection {
  kind: string;
  unit: string;
  groups: { account: string | null; rows: MeterRow[] }[];
}

export interface MeterRow {
  meter: Meter;
  /** How many mains stand before it within the group. */
  depth: number;
}

/**
 * Meters in the order in which they are read: each kind on its own, mains before what is behind them. By account each has a group
 * of its own, in which a main of another account is left out.
 */
export function sectionsOf(meters: readonly Meter[], grouping: Grouping): MeterSection[] {
  const kinds = new Map<string, Meter[]>();
  for (const meter of meters) {
    const list = kinds.get(meter.kind) ?? [];
    list.push(meter);
    kinds.set(meter.kind, list);
  }
  return [...kinds].map(([kind, own]) => {
    const accounts = grouping === 'main' ? [null] : [...new Set(own.map(({ account }) => account))];
    return {
      kind,
      unit: own[0]?.registers[0]?.unit ?? '',
      groups: accounts.map((account) => ({
        account,
        rows: treeRows(grouping === 'main' ? own : own.filter((meter) => meter.account === account)),
      })),
    };
  });
}

function treeRows(meters: readonly Meter[]): MeterRow[] {
  const present = new Set(meters.map(({ id }) => id));
  const below = new Map<string | null, Meter[]>();
  for (const meter of meters) {
    const main = meter.main !== null && present.has(meter.main) ? meter.main : null;
    const list = below.get(main) ?? [];
    list.push(meter);
    below.set(main, list);
  }
  const rows: MeterRow[] = [];
  const add = (main: string | null, depth: number) => {
    for (const meter of below.get(main) ?? []) {
      rows.push({ meter, depth });
      add(meter.id, depth + 1);
    }
  };
  add(null, 0);
  return rows;
}
