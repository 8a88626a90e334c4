import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { CheckResult, Round } from '../../../gateway/contract/patrol.ts';

export type Check = Round['checks'][number];

export const results: readonly CheckResult[] = [
  'normal',
  'early',
  'late',
  'out-of-order',
  'impossible-speed',
  'missed',
  'pending',
];

/** The shape of a result; the word stands beside it. No colour: that is for alarms. */
export const resultShape: Record<CheckResult, string> = {
  pending: '○',
  normal: '✓',
  early: '◁',
  late: '▷',
  missed: '✕',
  'out-of-order': '⇄',
  'impossible-speed': '»',
};

/** Rounds over the same checkpoints in the same order, so that they can stand under each other. */
export interface RoundBoard {
  key: string;
  route: string;
  /** Of the newest round, for the heads of the columns. */
  checkpoints: { checkpoint: string; dueMin: number }[];
  /** The newest first. */
  rounds: Round[];
}

/** The live board: for each route its rounds; a route that has been changed meanwhile starts a board of its own. */
export function boardsOf(rounds: readonly Round[]): RoundBoard[] {
  const boards = new Map<string, RoundBoard>();
  for (const round of rounds.toSorted((a, b) => b.startsAt - a.startsAt || (a.id < b.id ? 1 : -1))) {
    const key = `${round.route} ${round.checks.map(({ checkpoint }) => checkpoint).join(' ')}`;
    const board = boards.get(key);
    if (board !== undefined) board.rounds.push(round);
    else
      boards.set(key, {
        key,
        route: round.route,
        checkpoints: round.checks.map(({ checkpoint, dueAt }) => ({
          checkpoint,
          // To a tenth: stops may be half a minute apart.
          dueMin: Math.round((dueAt - round.startsAt) / 6_000) / 10,
        })),
        rounds: [round],
      });
  }
  return [...boards.values()];
}

/** Due and beyond the tolerance of its route, and nobody has been there; not yet judged. */
export function isOverdue(check: Check, toleranceMs: number, now: number): boolean {
  return check.result === 'pending' && check.dueAt + toleranceMs < now;
}

export function countResults(checks: readonly Check[]): Record<CheckResult, number> {
  const counts: Record<CheckResult, number> = {
    pending: 0,
    normal: 0,
    early: 0,
    late: 0,
    missed: 0,
    'out-of-order': 0,
    'impossible-speed': 0,
  };
  for (const { result } of checks) counts[result]++;
  return counts;
}

/** The open alarms of missed checkpoints by checkpoint: only they give a missed one its colour. */
export function missedAlarms(alarms: readonly Alarm[]): Map<string, Alarm> {
  const missed = new Map<string, Alarm>();
  for (const alarm of alarms)
    if (alarm.category === 'patrol' && alarm.instance !== undefined && alarm.state !== 'closed')
      missed.set(alarm.instance, alarm);
  return missed;
}

/** The alarm that stands for this very check: the checkpoint is missed, and the alarm rose when its round was judged. */
export function alarmOf(
  check: Check,
  round: Pick<Round, 'endsAt'>,
  alarms: ReadonlyMap<string, Alarm>,
): Alarm | undefined {
  if (check.result !== 'missed') return undefined;
  const alarm = alarms.get(check.checkpoint);
  return alarm !== undefined && alarm.raisedAt <= round.endsAt + judgedWithinMs ? alarm : undefined;
}

/** An alarm of a missed checkpoint rises at the end of its round; the rest is room for a slow turn. */
const judgedWithinMs = 60_000;

/** How far a visit was from its time, ms: negative is early. Null: there was none. */
export function deviationMs(check: Check): number | null {
  return check.at === null ? null : check.at - check.dueAt;
}
