import type { MarkFlag, MarkSource } from '../contract/meter.ts';

/** A register known at a moment. A meter's register is the chain of its marks, in the order in which they were read. */
export interface Mark {
  /** When it was read, UTC ms. */
  readonly at: number;
  readonly source: MarkSource;
  /** Of source `hour`: the full hour (UTC ms) whose register it is, the newest read in the hour before; of the very first none. */
  readonly slot: number | null;
  readonly register: number;
  /** All that has gone through since the first mark, over roll-overs and replacements. It never falls. */
  readonly total: number;
  readonly flag: MarkFlag | null;
  /** The record of the entry that it is from. */
  readonly entry: string | null;
}
/** A mark whose place in the chain has not been judged yet. */
export type Draft = Omit<Mark, 'total' | 'flag'>;

/** At the same moment the hour's register comes first, then a reading by hand, then the old meter's last and the new one's first. */
export const rankOf: Readonly<Record<MarkSource, number>> = { hour: 0, manual: 1, final: 2, initial: 3 };

/** A register wraps from its highest tenth into its lowest. */
const wrapShare = 0.1;

/** Registers have at most a few decimals; without this the sums of a year end in ….000000001. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export function isBefore(a: Pick<Mark, 'at' | 'source'>, b: Pick<Mark, 'at' | 'source'>): boolean {
  return a.at < b.at || (a.at === b.at && rankOf[a.source] < rankOf[b.source]);
}

/** The newest mark that is no doubtful step backwards: what later registers are measured by. */
export function baseOf(chain: readonly Mark[]): Mark | undefined {
  return chain.findLast(({ flag }) => flag !== 'backwards') ?? chain.at(-1);
}

/** @param top the first number that the register cannot show: 1,000,000 for six digits */
export function wraps(from: number, to: number, top: number): boolean {
  return from < top && from >= top * (1 - wrapShare) && to <= top * wrapShare;
}

/**
 * What a register says, after those before it.
 *
 * One that is smaller than before and no roll-over is kept and not counted: a meter that was replaced and not entered, one that
 * was reset, or a frame that was nonsense. If the next is back beyond the base, the step was nonsense and is passed over; if it
 * goes on from the smaller one, the smaller one is where the register stands now.
 */
export function judge(chain: readonly Mark[], draft: Draft, top: number): Mark {
  const last = chain.at(-1);
  const base = baseOf(chain);
  const { at, source, slot, register, entry } = draft;
  const mark = (total: number, flag: MarkFlag | null): Mark => ({
    ...{ at, source, slot, register, entry },
    ...{ total: rounded(total), flag },
  });
  if (!last || !base) return mark(0, null);
  if (source === 'initial') return mark(last.total, null);
  if (register >= base.register) return mark(last.total + register - base.register, null);
  if (last !== base && register > last.register) return mark(last.total + register - last.register, null);
  if (wraps(base.register, register, top))
    return mark(last.total + top - base.register + register, 'rolled-over');
  return mark(last.total, 'backwards');
}

export interface Changed {
  chain: readonly Mark[];
  /** Marks that are new, or whose total or flag has changed one by one. */
  puts: readonly Mark[];
  /** Marks that are no more. */
  drops: readonly Mark[];
  /** From this mark on all totals move by the same amount. */
  shift: { from: Mark; by: number } | null;
}

/** Tails that move by the same amount are told as one from this length on. */
const shortestShift = 4;

/**
 * The chain with marks taken out and others put in, judged anew from the first change on.
 * @param chain from a mark well before the change to the newest one
 */
export function change(
  chain: readonly Mark[],
  { drop = [], add = [] }: { drop?: readonly Mark[]; add?: readonly Draft[] },
  top: number,
): Changed {
  const before = new Map<Draft, Mark>();
  const drafts: Draft[] = [];
  for (const mark of chain)
    if (!drop.includes(mark)) {
      drafts.push(mark);
      before.set(mark, mark);
    }
  drafts.push(...add);
  drafts.sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
  let first = drafts.findIndex((draft, i) => draft !== chain[i]);
  if (first < 0) first = drafts.length;
  const after: Mark[] = chain.slice(0, first);
  const moved: (number | null)[] = [];
  for (const draft of drafts.slice(first)) {
    const was = before.get(draft);
    // A mark that began the chain keeps its total: what is judged anew hangs on it.
    let mark = judge(after, draft, top);
    if (was && mark.total === was.total && mark.flag === was.flag) mark = was;
    after.push(mark);
    moved.push(was && was.flag === mark.flag ? rounded(mark.total - was.total) : null);
  }
  let tail = moved.length;
  const by = moved.at(-1) ?? null;
  while (by !== null && tail > 0 && moved[tail - 1] === by) tail--;
  const shifted = by !== null && by !== 0 && moved.length - tail >= shortestShift;
  const end = shifted ? first + tail : after.length;
  const from = shifted ? after[end] : undefined;
  return {
    chain: after,
    puts: after.slice(first, end).filter((mark) => before.get(mark) !== mark),
    drops: drop,
    shift: from && by !== null ? { from, by } : null,
  };
}
