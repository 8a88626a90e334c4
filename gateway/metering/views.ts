import type { AccountUse, Amount, Balance, Consumption, Gap, Meter, Period } from '../contract/meter.ts';
import { fault } from '../lib/errors.ts';
import { localEdges, startOfLocal } from '../lib/local-time.ts';
import type { Query } from '../store/store.ts';
import { type AmountOf, accountsOf, balanceOf } from './balance.ts';
import { amountBetween, consumptionOf, type Edge, edgeNow } from './consumption.ts';
import type { Mark } from './machine.ts';
import type { MeterRegister, MeterRule, MeterTree } from './meters.ts';
import { type RegisterEvent, type RegisterKey, readEdges, readEvents } from './store.ts';

const dayMs = 86_400_000;
/** Longest spans of one answer. */
export const longestMs: Readonly<Record<Period, number>> = {
  hour: 62 * dayMs,
  day: 732 * dayMs,
  month: 3_660 * dayMs,
};

/** One register of one meter over some periods. */
export interface RegisterConsumption {
  meter: MeterRule;
  register: MeterRegister;
  items: Consumption[];
  gaps: Gap[];
}

/** @throws request.invalid */
function checkSpan(by: Period, from: number, to: number): void {
  if (to <= from) throw fault('request.invalid', '"to" must be later than "from"');
  if (to - from > longestMs[by])
    throw fault(
      'request.invalid',
      `by ${by} at most ${longestMs[by] / dayMs} days are answered at once; ask for less, or by a longer period`,
    );
}

/**
 * What is asked of the meters, from what is committed. The newest registers come from memory, all others from the disk.
 * @param deps.chain a register's newest marks as committed; undefined when it never had one
 */
export function createViews(deps: {
  query: Query;
  timeZone(): string;
  tree(): MeterTree;
  chain(meter: string, point: string): readonly Mark[] | undefined;
}) {
  const { query, timeZone } = deps;

  const keysOf = (meters: Iterable<MeterRule>): RegisterKey[] =>
    [...meters].flatMap(({ id, registers }) =>
      registers.filter(({ point }) => deps.chain(id, point)).map(({ point }) => ({ meter: id, point })),
    );

  /** Edges of registers; what lies in the future is now. */
  async function edgesOf(
    keys: readonly RegisterKey[],
    moments: readonly number[],
    now: number,
  ): Promise<Map<string, Edge[]>> {
    const past = moments.filter((at) => at < now);
    const edges = await readEdges(query, keys, past);
    if (past.length === moments.length) return edges;
    for (const { meter, point } of keys)
      edges.get(`${meter}.${point}`)?.push(edgeNow(deps.chain(meter, point) ?? [], now));
    return edges;
  }

  /** Amounts between two of the moments that were asked for. */
  function amounts(edges: ReadonlyMap<string, readonly Edge[]>, from: number, to: number): AmountOf {
    return (meter, point) => {
      const list = edges.get(`${meter}.${point}`);
      const [start, end] = [list?.[from], list?.[to]];
      return start && end ? amountBetween(start, end) : null;
    };
  }

  function meterOf(id: string): MeterRule {
    const meter = deps.tree().meters.get(id);
    if (!meter) throw fault('not.found', `there is no meter "${id}"`);
    return meter;
  }

  function registerOf(meter: MeterRule, point: string | undefined): MeterRegister {
    const register = meter.registers.find((each) => point === undefined || each.point === point);
    if (!register)
      throw fault(
        'request.invalid',
        `"${meter.id}" has no register "${point}"; it has ${meter.registers.map((each) => each.point).join(', ')}`,
      );
    return register;
  }

  async function consumptionOfRegister(
    meter: MeterRule,
    register: MeterRegister,
    ask: { by: Period; from: number; to: number; now: number },
  ): Promise<RegisterConsumption> {
    const { by, from, to, now } = ask;
    const key = { meter: meter.id, point: register.point };
    const all = localEdges(timeZone(), by, from, to);
    // The period that now lies in is the last of which anything can be said.
    const moments = all.filter((at, i) => at < now || (all[i - 1] ?? now) < now);
    const until = moments.at(-1);
    const isKnown = deps.chain(key.meter, key.point) !== undefined;
    const [edges, events] = await Promise.all([
      edgesOf(isKnown ? [key] : [], moments, now),
      readEvents(query, isKnown ? [key] : [], moments[0] ?? from, until ?? to),
    ]);
    const known = edges.get(`${key.meter}.${key.point}`) ?? [];
    const none: RegisterEvent[] = [];
    return {
      ...{ meter, register },
      ...consumptionOf(known, events.get(`${key.meter}.${key.point}`) ?? none, {
        spread: by !== 'hour',
        ...(until === undefined ? {} : { until }),
      }),
    };
  }

  return {
    meter: meterOf,
    registerOf,

    /** All meters with their newest registers, today and this month, and what each account used. */
    async list(
      now: number,
    ): Promise<{ items: Meter[]; accounts: { today: AccountUse[]; month: AccountUse[] } }> {
      const tree = deps.tree();
      const zone = timeZone();
      const day = startOfLocal(zone, 'day', now);
      const month = startOfLocal(zone, 'month', now);
      const edges = await edgesOf(keysOf(tree.meters.values()), [month, day, now], now);
      // On the first of a month at midnight both are the same moment, and now may be, too.
      const last = [...edges.values()][0]?.length ?? 0;
      const monthUse = amounts(edges, 0, last - 1);
      const dayUse = amounts(edges, Math.min(1, last - 1), last - 1);
      const none: Amount = { consumption: null, knowledge: 'unknown' };
      const items = [...tree.meters.values()].map((meter): Meter => {
        const { id, name, area, kind, generates, digits, limits } = meter;
        return {
          ...{ id, name, area, kind, generates, digits, limits },
          main: tree.mainOf(meter)?.id ?? null,
          account: tree.accountOf(meter),
          registers: meter.registers.map(({ point, label, unit, decimals }) => {
            const newest = deps.chain(id, point)?.at(-1);
            return {
              ...{ point, label, unit, decimals },
              ...{ register: newest?.register ?? null, at: newest?.at ?? null },
              ...{ today: dayUse(id, point) ?? none, month: monthUse(id, point) ?? none },
            };
          }),
        };
      });
      return {
        items,
        accounts: { today: accountsOf(tree, dayUse), month: accountsOf(tree, monthUse) },
      };
    },

    /** @throws not.found, request.invalid */
    async consumption(
      id: string,
      point: string | undefined,
      ask: { by: Period; from: number; to: number; now: number },
    ): Promise<RegisterConsumption> {
      const meter = meterOf(id);
      const register = registerOf(meter, point);
      checkSpan(ask.by, ask.from, ask.to);
      return consumptionOfRegister(meter, register, ask);
    },

    /** Mains against their sub-meters, and what each account used, in a span. @throws request.invalid */
    async balance(
      from: number,
      to: number,
      now: number,
    ): Promise<{ items: Balance[]; accounts: AccountUse[] }> {
      checkSpan('month', from, to);
      const tree = deps.tree();
      const edges = await edgesOf(keysOf(tree.meters.values()), [from, to], now);
      const use = amounts(edges, 0, 1);
      const items = [...tree.subs].flatMap(([id, subs]) => {
        const main = tree.meters.get(id);
        return main ? [balanceOf(main, subs, use)] : [];
      });
      return { items, accounts: accountsOf(tree, use) };
    },

    /** Every register's consumption, one register at a time: for export. @throws request.invalid */
    async *each(
      meters: readonly MeterRule[],
      ask: { by: Period; from: number; to: number; now: number },
    ): AsyncGenerator<RegisterConsumption> {
      for (const meter of meters)
        for (const register of meter.registers)
          if (deps.chain(meter.id, register.point)) yield await consumptionOfRegister(meter, register, ask);
    },
    checkSpan,
    tree: deps.tree,
  };
}
export type MeterViews = ReturnType<typeof createViews>;
