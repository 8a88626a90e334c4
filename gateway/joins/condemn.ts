import type { Alarms } from '../alarms/alarms.ts';
import { type DeadLetters, reasonsOf } from '../ingest/dead-letters.ts';
import type { Input, Turn } from '../store/turn.ts';

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
  rooms.deadLetters.keep(turn, {
    ...evidence,
    what: input.what,
    reason: error.message,
    why: reasonsOf(error),
    stack: error.stack ?? null,
  });
  const instance = evidence.device ?? undefined;
  const from = evidence.device ?? evidence.source;
  rooms.alarms.raiseSystem(turn, {
    definition: recordOnly ? 'dead-letter' : 'unclassified',
    instance,
    detail: { zh: `${from}：${error.message}`, en: `${from}: ${error.message}` },
    receivedAt: input.received.wallMs,
  });
}
