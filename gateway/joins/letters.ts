import { createHash } from 'node:crypto';
import { type Misread, misreadText } from '../contract/misread.ts';
import type { Actor } from '../contract/permissions.ts';
import type { DeviceMessage, Devices } from '../devices/devices.ts';
import {
  type LetterRow,
  letterColumns,
  reasonsOf,
  type WhyNotAgain,
  whyNotAgain,
} from '../ingest/dead-letters.ts';
import { asError, Fault, fault, misunderstood } from '../lib/errors.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Field } from './field.ts';

/** What became of a letter that was read again: it is gone, or it stays with the reason of today. */
export type Reread = { outcome: 'taken' } | { outcome: 'kept'; reason: string; why: Misread[] };

export interface RereadCounts {
  taken: number;
  kept: number;
  /** Of those that cannot be read again. */
  passed: number;
  /** Where to go on when there are more of this source; null at the end. */
  next: string | null;
}

/** Of one source at a time; the turn has other work. */
const mostAtOnce = 200;
/** A sender repeats what is not acknowledged: equal bytes within this time are one message. */
const repeatMs = 600_000;

const why: Readonly<Record<WhyNotAgain, string>> = {
  kept: 'the broker keeps this message and tells it anew when the link comes up; it needs no reading again',
  session:
    'a message of a Sparkplug node means something only between those before and after it; the node was asked to say everything anew',
  polled: 'these are answers to a question; the device is asked again all the time',
  repeated: 'the panel or receiver was not acknowledged and repeats its report itself',
  'no-message': 'this is no message of a device: there is nothing in it to be taken',
  cut: 'it was longer than what is kept of it',
  old: 'an earlier release kept it, which did not note where it came from',
};

/** Dead letters that are read again after what was wrong has been mended, or thrown away. */
export function createLetters(deps: {
  query: Query;
  operate: Operate;
  devices: Pick<
    Devices,
    | 'decodeNative'
    | 'decodeTopic'
    | 'decodeFrame'
    | 'strayTopic'
    | 'strayName'
    | 'isKnownTalk'
    | 'isAnnouncement'
  >;
  field: Pick<Field, 'takeLate'>;
}) {
  const { query, operate, devices } = deps;
  /** Two who press at once must not take one message twice. */
  const running = new Set<string>();

  async function look(id: string): Promise<LetterRow | undefined> {
    const [row] = await query<LetterRow>(`SELECT ${letterColumns} FROM dead_letter WHERE id = ?`, id);
    return row;
  }

  async function find(id: string): Promise<LetterRow> {
    const row = await look(id);
    if (!row)
      throw fault('not.found', `there is no dead letter ${id}; it may have been read again or discarded`);
    return row;
  }

  /** Why it cannot be read again; null when it can. */
  function whyNot(row: LetterRow): string | null {
    const { way, link, topic } = row;
    // An earlier release noted an announcement as any other message.
    const announces =
      way === 'topic' && link !== null && topic !== null && devices.isAnnouncement(link, topic);
    const not = announces ? 'kept' : whyNotAgain(row);
    return not === null ? null : why[not];
  }

  /** @throws message.invalid when it is still not understood */
  function decode(row: LetterRow): DeviceMessage[] {
    const { way, at, device, link, topic } = row;
    const payload = Buffer.from(row.bytes);
    if (way === 'native' && device !== null && topic !== null)
      return [devices.decodeNative(device, topic.slice(topic.indexOf('/', 10) + 1), payload, at)];
    if (link === null) return [];
    if (way === 'frame') return devices.decodeFrame(link, payload, at);
    if (topic === null) return [];
    const decoded = devices.decodeTopic(link, { topic, payload, receivedAt: at, retained: false }, true);
    if (decoded === null) {
      if (devices.isKnownTalk(link, topic)) return [];
      throw misunderstood([devices.strayTopic(link, { topic, payload }).why]);
    }
    const [stranger] = decoded.strangers;
    if (stranger !== undefined) throw misunderstood([devices.strayName(link, topic, stranger).why]);
    return decoded.messages;
  }

  /**
   * The points, as `device.point`, that were wrong when a letter was taken in part: all others were taken then. Null when its
   * reason does not tell.
   */
  function wrongThen({ part, reason }: LetterRow, messages: DeviceMessage[]): ReadonlySet<string> | null {
    if (part !== 1) return null;
    const points = new Set(
      messages.flatMap(({ readings }) => readings.map(({ device, point }) => `${device}.${point}`)),
    );
    const wrong = reason.split('; ').map((problem) => problem.split(': ', 1)[0] ?? '');
    return wrong.every((point) => points.has(point)) ? new Set(wrong) : null;
  }

  /** What the letter still owes: nothing that was taken when it came, and each event once. */
  function owed(row: LetterRow, message: DeviceMessage, wrong: ReadonlySet<string> | null): DeviceMessage {
    const bucket = Math.floor(row.at / repeatMs);
    const mark = createHash('sha256').update(row.source).update(row.bytes).digest('base64url').slice(0, 16);
    const events = message.events.flatMap((event, index) => {
      if (event.externalId !== null) return [event];
      return row.part === 1 ? [] : [{ ...event, externalId: `again:${mark}:${bucket}:${index}` }];
    });
    const readings = message.readings.filter(
      ({ device, point, value }) => value !== null && (wrong?.has(`${device}.${point}`) ?? true),
    );
    return { ...message, readings, events };
  }

  async function reread(row: LetterRow, actor: Actor): Promise<Reread> {
    const { id, source } = row;
    let messages: DeviceMessage[];
    try {
      messages = decode(row);
    } catch (thrown) {
      // A codec that fails on it fails again: that, too, is a reason to keep it.
      const reason = thrown instanceof Fault ? thrown.detail : asError(thrown).message;
      return keep(row, { reason, why: reasonsOf(thrown) }, actor);
    }
    const why = messages.flatMap((message) => message.problems);
    const problems = why.map(misreadText).join('; ');
    const wrong = wrongThen(row, messages);
    await operate('letter.reread', actor, (turn) => {
      deps.field.takeLate(
        turn,
        messages.map((message) => owed(row, message, wrong)),
      );
      if (problems !== '') turn.write('deadLetters.reason', problems, JSON.stringify(why), id);
      else turn.write('deadLetters.delete', id);
      turn.audit({
        action: 'letter.reread',
        subject: row.device === null ? `letter:${id}` : `device:${row.device}`,
        detail: { source, outcome: problems === '' ? 'taken' : problems },
      });
    });
    return problems === '' ? { outcome: 'taken' } : { outcome: 'kept', reason: problems, why };
  }

  async function keep(
    row: LetterRow,
    { reason, why }: { reason: string; why: readonly Misread[] },
    actor: Actor,
  ): Promise<Reread> {
    if (reason !== row.reason)
      await operate('letter.kept', actor, (turn) =>
        turn.write('deadLetters.reason', reason, JSON.stringify(why), row.id),
      );
    return { outcome: 'kept', reason, why: [...why] };
  }

  /** Whoever comes while it is read again gets `busy`; in `run` the row is looked at anew. */
  async function once<Answer>(id: string, busy: Answer, run: () => Promise<Answer>): Promise<Answer> {
    if (running.has(id)) return busy;
    running.add(id);
    try {
      return await run();
    } finally {
      running.delete(id);
    }
  }

  return {
    /** @throws not.found; state.conflict when it cannot be read again, with why */
    async reread(id: string, actor: Actor): Promise<Reread> {
      const outcome = await once(id, null, async () => {
        const row = await find(id);
        const not = whyNot(row);
        if (not !== null) throw fault('state.conflict', not);
        return reread(row, actor);
      });
      if (outcome === null) throw fault('state.conflict', `the dead letter ${id} is being read again now`);
      return outcome;
    },

    /** All of one source, as they came; a part of them when there are many. */
    async rereadSource(source: string, after: string, actor: Actor): Promise<RereadCounts> {
      const rows = await query<{ id: string }>(
        'SELECT id FROM dead_letter WHERE source = ? AND id > ? ORDER BY id LIMIT ?',
        source,
        after,
        mostAtOnce + 1,
      );
      const counts = { taken: 0, kept: 0, passed: 0 };
      const mine = rows.slice(0, mostAtOnce);
      for (const { id } of mine) {
        const outcome = await once<keyof typeof counts | 'gone'>(id, 'passed', async () => {
          const row = await look(id);
          // Read again or discarded by somebody since the list was made.
          if (!row) return 'gone';
          return whyNot(row) === null ? (await reread(row, actor)).outcome : 'passed';
        });
        if (outcome !== 'gone') counts[outcome]++;
      }
      return { ...counts, next: rows.length > mostAtOnce ? (mine.at(-1)?.id ?? null) : null };
    },

    async discard(id: string, actor: Actor): Promise<void> {
      const { source, reason, device } = await find(id);
      await operate('letter.discard', actor, (turn) => {
        turn.write('deadLetters.delete', id);
        const subject = device === null ? `letter:${id}` : `device:${device}`;
        turn.audit({ action: 'letter.discarded', subject, detail: { source, reason } });
      });
    },

    /** All of one source. */
    async discardSource(source: string, actor: Actor): Promise<number> {
      const [{ count } = { count: 0 }] = await query<{ count: number }>(
        'SELECT COUNT(*) AS count FROM dead_letter WHERE source = ?',
        source,
      );
      if (count > 0)
        await operate('letter.discard', actor, (turn) => {
          turn.write('deadLetters.deleteSource', source);
          turn.audit({ action: 'letter.discarded', subject: 'letter', detail: { source, count } });
        });
      return count;
    },
  };
}
export type Letters = ReturnType<typeof createLetters>;
