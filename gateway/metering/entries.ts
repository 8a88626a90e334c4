import type { MeterEntry } from '../contract/meter.ts';
import { fault } from '../lib/errors.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type Draft, type Mark, rounded } from './machine.ts';
import type { MeterRule } from './meters.ts';
import { checkReading, checkReplacement } from './plausible.ts';
import type { Context, SeriesRoom } from './series.ts';
import { type KeptEntry, writeEntry } from './store.ts';

const dayMs = 86_400_000;
/** So long the hours are kept that an entry would have to fit. */
const oldestMs = 730 * dayMs;
/** A clock that runs a little ahead is no future. */
const aheadMs = 60_000;

interface Request {
  id?: string | undefined;
  point?: string | undefined;
  /** UTC ms; now, when it is not given. */
  at?: number | undefined;
  note?: string | undefined;
  confirmed?: boolean | undefined;
}
export type ReadingRequest = Request & { register: number };
export type ReplacementRequest = Request & { final: number; initial: number };

/** What the disk knows that an entry depends on, read before its turn. */
export interface Stored {
  entry: KeptEntry | undefined;
  context: Context | null;
}

/** Registers and replacements that people enter. */
export function createEntries(deps: {
  memory: Memory;
  series: SeriesRoom;
  meter(id: string): MeterRule | undefined;
  timeZone(): string;
}) {
  const { series } = deps;
  const entries = deps.memory.table<KeptEntry>('meter-entries');

  function meterOf(id: string): MeterRule {
    const meter = deps.meter(id);
    if (!meter) throw fault('not.found', `there is no meter "${id}"`);
    return meter;
  }

  function pointOf(meter: MeterRule, asked: string | undefined): string {
    const points = meter.registers.map(({ point }) => point);
    const point = asked ?? points[0] ?? '';
    if (!points.includes(point))
      throw fault('request.invalid', `"${meter.id}" has no register "${point}"; it has ${points.join(', ')}`);
    return point;
  }

  function momentOf(turn: Turn, at: number | undefined): number {
    if (at === undefined) return turn.now;
    if (at > turn.now + aheadMs)
      throw fault('request.invalid', 'the time lies in the future; correct the date or the time');
    if (at < turn.now - oldestMs)
      throw fault(
        'request.invalid',
        'the time is more than two years ago; registers so old stay as they are',
      );
    return at;
  }

  function chainAt(meter: MeterRule, point: string, at: number, context: Context | null): readonly Mark[] {
    const chain = series.reaching({ meter: meter.id, point }, at, context);
    if (!chain)
      throw fault('state.conflict', `the records of "${meter.id}" changed just now; send the request again`);
    return chain;
  }

  /** A client's id that is known already: its entry, when it asked for the very same. */
  function repeated(id: string | undefined, body: string, stored: Stored): MeterEntry | undefined {
    const known = id === undefined ? undefined : (entries.get(id) ?? stored.entry);
    if (!known) return undefined;
    if (known.request === body) return known.entry;
    throw fault('id.conflict', `entry ${id} was made with another content; draw a new id`);
  }

  function keep(turn: Turn, kept: KeptEntry): MeterEntry {
    entries.set(kept.entry.id, kept);
    writeEntry(turn, kept);
    return kept.entry;
  }

  function enter(
    turn: Turn,
    meterId: string,
    request: Request,
    stored: Stored,
    what: {
      kind: MeterEntry['kind'];
      fields: Pick<MeterEntry, 'register' | 'final' | 'initial'>;
      marks: { source: Mark['source']; register: number }[];
      check(question: Parameters<typeof checkReading>[0], drafts: Draft[]): void;
    },
  ): MeterEntry {
    const { id: asked, note, confirmed = false } = request;
    const meter = meterOf(meterId);
    const point = pointOf(meter, request.point);
    const body = JSON.stringify({
      ...{ meter: meterId, point, kind: what.kind, at: request.at, note, confirmed },
      ...what.fields,
    });
    const known = repeated(asked, body, stored);
    if (known) return known;
    const at = momentOf(turn, request.at);
    const chain = chainAt(meter, point, at, stored.context);
    const id = asked ?? turn.id();
    const drafts = what.marks.map(
      ({ source, register }): Draft => ({ at, source, slot: null, register, entry: id }),
    );
    if (chain.some((mark) => mark.at === at && drafts.some(({ source }) => source === mark.source)))
      throw fault(
        'state.conflict',
        `there is an entry of "${meter.id}" for this very moment; withdraw it first, or correct the time`,
      );
    what.check({ meter, point, timeZone: deps.timeZone(), chain, confirmed }, drafts);
    const after = series.enter(turn, { meter: meter.id, point }, chain, { add: drafts }, meter.top);
    const entry: MeterEntry = {
      ...{ id, meter: meter.id, point, kind: what.kind, at, ...what.fields },
      ...(note === undefined ? {} : { note }),
      ...{ who: turn.actor?.who ?? 'gateway', enteredAt: turn.now },
      consumption: consumptionBefore(after, id),
    };
    turn.audit({
      action: `meter.${what.kind}`,
      subject: `meter:${meter.id}`,
      detail: { entry: id, point, at, ...what.fields, ...(confirmed ? { confirmed } : {}) },
    });
    return keep(turn, { entry, request: asked === undefined ? null : body });
  }

  return {
    /** @throws not.found, request.invalid, id.conflict, state.conflict, meter.implausible, meter.unusual */
    read: (turn: Turn, meter: string, request: ReadingRequest, stored: Stored): MeterEntry =>
      enter(turn, meter, request, stored, {
        kind: 'reading',
        fields: { register: request.register },
        marks: [{ source: 'manual', register: request.register }],
        check: (question, [draft]) => draft && checkReading(question, draft),
      }),

    /** @throws the same */
    replace: (turn: Turn, meter: string, request: ReplacementRequest, stored: Stored): MeterEntry =>
      enter(turn, meter, request, stored, {
        kind: 'replacement',
        fields: { final: request.final, initial: request.initial },
        marks: [
          { source: 'final', register: request.final },
          { source: 'initial', register: request.initial },
        ],
        check: (question, [final, initial]) => final && initial && checkReplacement(question, final, initial),
      }),

    /** An entry that was wrong counts no more; it stays on the record. A second time is the first one's answer. */
    withdraw(turn: Turn, meterId: string, id: string, reason: string, stored: Stored): MeterEntry {
      const kept = entries.get(id) ?? stored.entry;
      if (kept?.entry.meter !== meterId)
        throw fault('not.found', `there is no entry ${id} of the meter "${meterId}"`);
      const { entry } = kept;
      if (entry.withdrawn) return entry;
      const meter = meterOf(meterId);
      const chain = chainAt(meter, entry.point, entry.at, stored.context);
      const drop = chain.filter((mark) => mark.entry === id);
      series.enter(turn, { meter: meterId, point: entry.point }, chain, { drop }, meter.top);
      turn.audit({
        action: 'meter.entry-withdrawn',
        subject: `meter:${meterId}`,
        detail: { entry: id, reason },
      });
      const withdrawn = { at: turn.now, who: turn.actor?.who ?? 'gateway', reason };
      return keep(turn, { ...kept, entry: { ...entry, withdrawn } });
    },
  };
}

/** Of an entry's first mark, since the mark before it. */
function consumptionBefore(chain: readonly Mark[], entry: string): number | null {
  const i = chain.findIndex((mark) => mark.entry === entry);
  const [mark, before] = [chain[i], chain[i - 1]];
  return mark && before ? rounded(mark.total - before.total) : null;
}
