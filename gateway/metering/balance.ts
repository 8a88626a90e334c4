import type { AccountUse, Amount, Balance } from '../contract/meter.ts';
import { sumOf } from './consumption.ts';
import { rounded } from './machine.ts';
import type { MeterRule, MeterTree } from './meters.ts';

/** What a meter let through to its loads, and what came back through it. */
export interface Flow {
  drawn: Amount;
  fed: Amount;
}

/** The amount of a meter's register in some span; null when it never had a reading, as the export of a meter that counts one way. */
export type AmountOf = (meter: string, point: string) => Amount | null;

const nothing: Amount = { consumption: 0, knowledge: 'measured' };
const unknown: Amount = { consumption: null, knowledge: 'unknown' };

export function flowOf({ id, registers, generates }: MeterRule, amountOf: AmountOf): Flow {
  const [forward, backward] = [registers[0], registers[1]].map((register) =>
    register ? amountOf(id, register.point) : null,
  );
  if (!forward && !backward) return { drawn: unknown, fed: unknown };
  const [ahead, back] = [forward ?? nothing, backward ?? nothing];
  return generates ? { drawn: back, fed: ahead } : { drawn: ahead, fed: back };
}

const plus = (amount: Amount) => ({ amount, sign: 1 as const });
const minus = (amount: Amount) => ({ amount, sign: -1 as const });

/**
 * A main meter against the meters right behind it: what came in through the main and from generation behind it, less what those
 * behind it drew and what left through the main. The rest is loss: what nobody counts.
 */
export function balanceOf(main: MeterRule, subs: readonly MeterRule[], amountOf: AmountOf): Balance {
  const own = flowOf(main, amountOf);
  const parts = subs.map((sub) => ({ meter: sub.id, ...flowOf(sub, amountOf) }));
  const supplied = sumOf([plus(own.drawn), ...parts.map(({ fed }) => plus(fed))]);
  const delivered = sumOf([plus(own.fed), ...parts.map(({ drawn }) => plus(drawn))]);
  const loss = sumOf([plus(supplied), minus(delivered)]);
  const { lossPercent: limitPercent, lossMinimum: minimum } = main.limits;
  const base = supplied.consumption ?? 0;
  const percent = loss.consumption === null || base <= 0 ? null : rounded((loss.consumption / base) * 100);
  return {
    ...{ main: main.id, unit: main.registers[0]?.unit ?? '' },
    ...{ supplied: supplied.consumption, delivered: delivered.consumption, loss: loss.consumption, percent },
    ...{ knowledge: loss.knowledge, limitPercent, minimum, parts },
    over:
      loss.consumption !== null && percent !== null && loss.consumption > minimum && percent > limitPercent,
  };
}

/** What each account used: no meter counts twice where one of the same account stands before it. */
export function accountsOf(tree: MeterTree, amountOf: AmountOf): AccountUse[] {
  interface Sum {
    account: string | null;
    kind: string;
    unit: string;
    meters: number;
    used: Parameters<typeof sumOf>[0][number][];
    fed: Parameters<typeof sumOf>[0][number][];
  }
  const sums = new Map<string, Sum>();
  const sumFor = ({ kind, registers }: MeterRule, account: string | null): Sum => {
    const key = `${kind} ${account ?? ''}`;
    const known = sums.get(key) ?? {
      ...{ account, kind, unit: registers[0]?.unit ?? '', meters: 0, used: [], fed: [] },
    };
    sums.set(key, known);
    return known;
  };
  for (const meter of tree.meters.values()) {
    const account = tree.accountOf(meter);
    const sum = sumFor(meter, account);
    sum.meters++;
    const main = tree.mainOf(meter);
    const mainAccount = main && tree.accountOf(main);
    if (main && mainAccount === account) continue;
    const { drawn, fed } = flowOf(meter, amountOf);
    sum.used.push(plus(drawn));
    // What a load gives back it has not used; what is generated was never drawn.
    if (!meter.generates) sum.used.push(minus(fed));
    sum.fed.push(plus(fed));
    if (main) sumFor(main, mainAccount ?? null).used.push(minus(drawn), plus(fed));
  }
  return [...sums.values()].map(({ used, fed, ...rest }) => ({
    ...rest,
    used: sumOf(used),
    fed: sumOf(fed),
  }));
}
