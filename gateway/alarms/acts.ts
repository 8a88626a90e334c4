import type { Alarm } from '../contract/alarm.ts';
import { fault } from '../lib/errors.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { AlarmInput, By, Occurrence } from './occurrence.ts';
import type { Occurrences } from './occurrences.ts';
import { causeOf } from './store.ts';

const commentsRemembered = 1_000;

export function byOf(turn: Turn): By {
  return { who: turn.actor?.who ?? null, station: turn.actor?.station ?? null };
}

/**
 * What people do with alarms. Each answers the alarm as it then is, or undefined when no open alarm has the id: it may be
 * closed already, which only the database knows.
 * @throws state.conflict when its state does not allow it
 */
export function createActs(deps: { memory: Memory; occurrences: Occurrences }) {
  const { occurrences } = deps;
  const { open } = occurrences;
  /** Newest client-made comment ids, so that a repeat in the same moment adds nothing; older ones the database knows. */
  const comments: Table<{ alarm: string; comment: string; who: string | null }> =
    deps.memory.table('alarm-comments');

  function act(
    turn: Turn,
    id: string,
    action: string,
    detail: Record<string, unknown>,
    run: (occurrence: Occurrence) => ReturnType<Occurrences['apply']>,
  ): Alarm | undefined {
    const occurrence = open.get(id);
    if (!occurrence) return undefined;
    const outcome = run(occurrence);
    if (outcome.kind === 'refused') throw fault('state.conflict', `alarm ${id}: ${outcome.why}`);
    if (outcome.kind === 'same') return occurrence.alarm;
    turn.audit({ action, subject: `alarm:${id}`, detail: { ...detail, device: occurrence.alarm.device } });
    // Rooms that heard of the step may have added to the alarm in the same turn.
    return open.get(id)?.alarm ?? outcome.occurrence.alarm;
  }

  function simple(turn: Turn, id: string, action: string, input: AlarmInput & { comment: string | null }) {
    const detail = input.comment === null ? {} : { comment: input.comment };
    return act(turn, id, action, detail, (occurrence) => occurrences.apply(turn, occurrence, input));
  }

  /** @returns whether the comment is new; throws id.conflict when the id is another comment's */
  function remember(turn: Turn, alarm: string, comment: string, id: string): boolean {
    const who = turn.actor?.who ?? null;
    const known = comments.get(id);
    if (known) {
      if (known.alarm === alarm && known.comment === comment && known.who === who) return false;
      throw fault('id.conflict', `${id} is the id of another comment`);
    }
    comments.set(id, { alarm, comment, who });
    if (comments.committed.size >= commentsRemembered)
      for (const oldest of comments.committed.keys()) {
        comments.set(oldest, undefined);
        break;
      }
    return true;
  }

  return {
    acknowledge: (turn: Turn, id: string, comment: string | null) =>
      simple(turn, id, 'alarm.acknowledged', { type: 'acknowledge', by: byOf(turn), comment }),

    reset: (turn: Turn, id: string, comment: string | null) =>
      simple(turn, id, 'alarm.reset', { type: 'reset', by: byOf(turn), comment }),

    /** @param until UTC ms */
    shelve(
      turn: Turn,
      id: string,
      shelf: { reason: string; until: number; owner?: string },
    ): Alarm | undefined {
      const by = byOf(turn);
      const who = by.who ?? 'gateway';
      const { reason, until, owner = who } = shelf;
      return act(turn, id, 'alarm.shelved', { reason, until, owner }, (occurrence) =>
        occurrences.shelve(turn, occurrence, {
          type: 'shelve',
          by,
          shelf: { by: who, until, reason, owner },
        }),
      );
    },

    unshelve: (turn: Turn, id: string, comment: string | null) =>
      act(turn, id, 'alarm.unshelved', {}, (occurrence) =>
        occurrences.unshelve(turn, causeOf(occurrence.alarm), { type: 'unshelve', by: byOf(turn), comment }),
      ),

    /** @param commentId UUIDv7 made by the client; the same comment twice is one */
    comment(turn: Turn, id: string, comment: string, commentId: string): Alarm | undefined {
      const occurrence = open.get(id);
      if (!occurrence) return undefined;
      if (!remember(turn, id, comment, commentId)) return occurrence.alarm;
      return act(turn, id, 'alarm.commented', { comment }, () =>
        occurrences.apply(turn, occurrence, { type: 'comment', by: byOf(turn), comment }, commentId),
      );
    },

    /** The verdict on an alarm that is over; the caller has seen that the alarm exists and is closed. */
    commentClosed(turn: Turn, id: string, comment: string, commentId: string): void {
      if (!remember(turn, id, comment, commentId)) return;
      const { who, station } = byOf(turn);
      turn.write('alarms.commentClosed', id, turn.now, who, station, comment, commentId, id);
      turn.audit({ action: 'alarm.commented', subject: `alarm:${id}`, detail: { comment } });
    },

    /** The ticket that this alarm, open or closed, is followed up by. */
    ticketed(turn: Turn, id: string, ticket: string): void {
      const occurrence = open.get(id);
      if (occurrence) occurrences.apply(turn, occurrence, { type: 'ticket', ticket, by: byOf(turn) });
      else turn.write('alarms.ticketClosed', ticket, id);
    },

    /** What a linkage did on account of it, in words. */
    linked(turn: Turn, id: string, comment: string): void {
      const occurrence = open.get(id);
      if (occurrence) occurrences.apply(turn, occurrence, { type: 'link', comment });
    },
  };
}
