import type { Sequence, SequenceStep } from '../../../gateway/contract/plant.ts';

/** A line of the picture of a sequence: what the mains did, or a step of the generator. */
export interface SequenceLine {
  what: 'lost' | SequenceStep['step'] | 'returned';
  result: SequenceStep['result'];
  /** UTC ms at which it happened; null: not yet, or never. */
  at: number | null;
  /** Since the loss, or the return, of the mains: how long it took, or how long it has been waited for; ms, null: not begun. */
  tookMs: number | null;
  /** The time it may take from the same moment, ms; null: as long as the outage lasts, or not known yet. */
  fromMs: number | null;
  byMs: number | null;
  /** Whether the moment was seen; if not, it is when it was noticed. */
  seen: boolean;
}

/** The lines in their order, with the return of the mains between what comes before and after it. */
export function sequenceLines(sequence: Sequence, now: number): SequenceLine[] {
  const { lostAt, returnedAt, endedAt, lossSeen, returnSeen } = sequence;
  const lines: SequenceLine[] = [
    {
      ...{ what: 'lost', result: 'done', at: lostAt, tookMs: null },
      ...{ fromMs: null, byMs: null, seen: lossSeen },
    },
  ];
  for (const { step, from, by, at, result } of sequence.steps) {
    const after = step === 'unload' || step === 'stop';
    if (step === 'unload')
      lines.push({
        what: 'returned',
        result: returnedAt !== null ? 'done' : endedAt === null ? 'waiting' : 'void',
        at: returnedAt,
        ...{ tookMs: (returnedAt ?? endedAt ?? now) - lostAt, fromMs: null, byMs: null, seen: returnSeen },
      });
    // Carrying begins with the load, and has no moment of its own.
    const begin = step === 'carry' ? from : after ? returnedAt : lostAt;
    const until = at ?? (result === 'waiting' || result === 'missed' ? (endedAt ?? now) : null);
    lines.push({
      ...{ what: step, result, at },
      tookMs: begin === null || until === null ? null : Math.max(0, until - begin),
      fromMs: step === 'stop' && from !== null && begin !== null ? from - begin : null,
      byMs: by === null || begin === null ? null : by - begin,
      seen: result !== 'unseen',
    });
  }
  return lines;
}

/** The step that the run waits for; undefined when it waits for none. */
export function stepUnderWay(lines: readonly SequenceLine[]): SequenceLine | undefined {
  return lines.find(({ result }) => result === 'missed') ?? lines.find(({ result }) => result === 'waiting');
}
