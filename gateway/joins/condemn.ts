import type { Alarms } from '../alarms/alarms.ts';
import { misreadLabel } from '../contract/misread.ts';
import { type DeadLetters, reasonsOf } from '../ingest/dead-letters.ts';
import { Fault } from '../lib/errors.ts';
import type { Input, Turn } from '../store/turn.ts';

function inChinese(error: Error): string | null {
  if (!(error instanceof Fault) || error.why.length === 0) return null;
  return error.why.map((one) => misreadLabel(one)?.zh ?? '').join('；');
}

/**
 * An input that a machine failed on, or whose rows the database refused: its bytes and the stack are kept, and the
 * operator hears of it: loudly, since it may have been an alarm, unless it can only have been a record.
 */
export function condemn(
  turn: Turn,
  input: Input,
  error: Error,
  rooms: { alarms: Alarms; deadLetters: DeadLetters },
): void {
  const { recordOnly = false, ...evidence } = input.evidence();
  const reason = error instanceof Fault ? error.detail : error.message;
  rooms.deadLetters.keep(turn, {
    ...evidence,
    what: input.what,
    reason,
    why: reasonsOf(error),
    stack: error.stack ?? null,
  });
  const instance = evidence.device ?? undefined;
  const from = evidence.device ?? evidence.source;
  rooms.alarms.raiseSystem(turn, {
    definition: recordOnly ? 'dead-letter' : 'unclassified',
    instance,
    detail: { zh: `${from}：${inChinese(error) ?? reason}`, en: `${from}: ${reason}` },
    receivedAt: input.received.wallMs,
  });
}
