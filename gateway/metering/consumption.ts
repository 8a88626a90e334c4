import type { Amount, Consumption, Gap, Knowledge } from '../contract/meter.ts';
import { type Mark, rounded } from './machine.ts';

const hourMs = 3_600_000;

/** What is known of the register's total around a moment. */
export interface Edge {
  at: number;
  /** The newest mark at or before it, and the first after it. */
  before: Known | null;
  after: Known | null;
}
export type Known = Pick<Mark, 'at' | 'register' | 'total'>;

export const noEdge = (at: number): Edge => ({ at, before: null, after: null });

/** The edge in a chain that reaches far enough back. */
export function edgeIn(chain: readonly Mark[], at: number): Edge {
  const next = chain.findIndex((mark) => mark.at > at);
  const end = next < 0 ? chain.length : next;
  return { at, before: chain[end - 1] ?? null, after: chain[end] ?? null };
}

/** A register read within the hour before is the register of this moment. */
function isMeasured({ at, before }: Edge): boolean {
  return before !== null && before.at > at - hourMs;
}

/** The total at an edge; in a gap the share that the time gives it, before the first or after the last mark theirs. */
function totalAt({ at, before, after }: Edge): number | null {
  if (!before) return after?.total ?? null;
  if (!after || isMeasured({ at, before, after })) return before.total;
  return before.total + ((after.total - before.total) * (at - before.at)) / (after.at - before.at);
}

const unknown: Amount = { consumption: null, knowledge: 'unknown' };

/** What went through between two moments. */
export function amountBetween(from: Edge, to: Edge): Amount {
  const [start, end] = [totalAt(from), totalAt(to)];
  if (start === null || end === null || !to.before) return unknown;
  const openStart = !from.before;
  const openEnd = !to.after && !isMeasured(to);
  // Nothing has been read since: it may stand still, or count.
  if (openEnd && to.before.at <= from.at) return unknown;
  const consumption = rounded(end - start);
  const knowledge: Knowledge =
    openStart || openEnd ? 'partial' : isMeasured(from) && isMeasured(to) ? 'measured' : 'estimated';
  return { consumption, knowledge };
}

/** The gap that an edge lies in, and all that went through in it. */
function gapAt({ at, before, after }: Edge): Gap | null {
  if (!before || !after || isMeasured({ at, before, after })) return null;
  return { from: before.at, to: after.at, consumption: rounded(after.total - before.total) };
}

/**
 * The consumption of each period between neighbouring edges.
 * @param edges in order; the last may lie before the end of its period: `until` says where that is
 * @param options.spread in a gap, give each period its share of the time; without it they are unknown and the gap is told as one
 * @param options.until the end of the last period, when it is not over
 */
export function consumptionOf(
  edges: readonly Edge[],
  events: readonly { at: number; event: Consumption['events'][number] }[],
  options: { spread: boolean; until?: number },
): { items: Consumption[]; gaps: Gap[] } {
  const gaps = new Map<number, Gap>();
  const items = edges.slice(1).map((end, i): Consumption => {
    const start = edges[i] ?? end;
    let amount = amountBetween(start, end);
    const isLast = i === edges.length - 2;
    const to = isLast ? (options.until ?? end.at) : end.at;
    if (amount.knowledge === 'estimated' && !options.spread) {
      amount = unknown;
      for (const gap of [gapAt(start), gapAt(end)]) if (gap) gaps.set(gap.from, gap);
    }
    if (to > end.at && amount.consumption !== null) amount = { ...amount, knowledge: 'partial' };
    return {
      ...{ from: start.at, to },
      ...amount,
      register: isMeasured(end) ? (end.before?.register ?? null) : null,
      events: [
        ...new Set(events.filter(({ at }) => at > start.at && at <= end.at).map(({ event }) => event)),
      ],
    };
  });
  return { items, gaps: [...gaps.values()] };
}

/** The newest mark, as it is the end of what is known now. */
export function edgeNow(chain: readonly Mark[], now: number): Edge {
  return { at: now, before: chain.at(-1) ?? null, after: null };
}

/** Sums keep the worst knowledge of their parts; with an unknown part the sum is unknown. */
export function sumOf(parts: readonly { amount: Amount; sign: 1 | -1 }[]): Amount {
  const order: Knowledge[] = ['measured', 'estimated', 'partial', 'unknown'];
  let worst = 0;
  let sum = 0;
  for (const { amount, sign } of parts) {
    worst = Math.max(worst, order.indexOf(amount.knowledge));
    sum += sign * (amount.consumption ?? 0);
  }
  const knowledge = order[worst] ?? 'unknown';
  return { consumption: knowledge === 'unknown' ? null : rounded(sum), knowledge };
}
