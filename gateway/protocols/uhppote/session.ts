import type { LogEntry, UhppoteEvent } from './codec.ts';

// A controller's log is followed by index, since datagrams get lost: what is newer than the last event that is on disk is fetched
// one by one, in order. A pure machine: its link asks, and hands over what comes out.

/** Up to which event of a controller's log all are on disk. `index` 0: none yet. */
export interface LogPlace {
  index: number;
  /** Of that event, by the controller's clock: another time at the same index is another log. */
  time: string | null;
}

export interface LogState {
  /** Null: this controller was never followed. */
  place: LogPlace | null;
  /** The newest index that was heard of; null before the first. */
  last: number | null;
  /** Whether the log is the one that the place is of. */
  trusted: boolean;
  /** How often in a row the event at the place was not what it should be: one datagram may be a stray. */
  doubts: number;
  /** Fetched and not yet handed over, in order, right behind the place. */
  batch: readonly UhppoteEvent[];
  /** The log begins anew, or its oldest events are gone: its first event is to be found. */
  seeking: 'begun-anew' | 'overwritten' | null;
}

/** What is to be done next about a log. */
export type LogStep =
  | { do: 'fetch'; index: number }
  /** Hand over and, when all of it is on disk, say `committed`. */
  | { do: 'deliver'; news: readonly LogNews[]; place: LogPlace }
  | { do: 'nothing' };

export type LogNews =
  | { kind: 'event'; event: UhppoteEvent }
  /** Events `from` to `until` were overwritten before anybody read them. */
  | { kind: 'lost'; from: number; until: number }
  /** A controller that was not known, or that has forgotten everything. */
  | { kind: 'memory-new' };

export type LogInput =
  /** A status or a pushed event says how far the log goes. */
  | { type: 'last'; index: number }
  /** It is heard again after a silence, or for the first time. */
  | { type: 'contact' }
  | { type: 'entry'; asked: number; entry: LogEntry }
  /** What `deliver` handed over is on disk. */
  | { type: 'committed'; place: LogPlace };

/** Asks for the oldest event that there is (uhppote-core, get_event.go). */
const firstIndex = 0;
/** So many events share one commit while a gap is fetched. */
const mostInBatch = 16;
/** One answer may be a late one to another question. */
const doubtsBelieved = 2;

export function beginLog(place: LogPlace | null): LogState {
  return { place, last: null, trusted: false, doubts: 0, batch: [], seeking: null };
}

/** The index up to which all is on disk or fetched. */
function fetchedTo({ place, batch }: LogState): number {
  return (place?.index ?? 0) + batch.length;
}

/** Of a log that was empty there is nothing to compare: its events are those from 1 on. */
function isTrusted({ trusted, place }: LogState): boolean {
  return trusted || place?.index === 0;
}

/** @returns the same object when nothing changes */
export function stepLog(state: LogState, input: LogInput): LogState {
  switch (input.type) {
    case 'contact':
      return { ...state, trusted: false, doubts: 0, batch: [], seeking: null };
    case 'last':
      if (input.index === state.last) return state;
      // A log that goes less far than what is on disk has begun anew, or an old datagram came late: that is looked at.
      return {
        ...state,
        last: input.index,
        trusted: state.trusted && input.index >= fetchedTo(state),
      };
    case 'committed': {
      const rest = state.batch.filter(({ index }) => index > input.place.index);
      return { ...state, place: input.place, batch: rest, trusted: true, doubts: 0, seeking: null };
    }
    case 'entry':
      return takeEntry(state, input.asked, input.entry);
  }
}

function takeEntry(state: LogState, asked: number, entry: LogEntry): LogState {
  const { place } = state;
  const event = entry === 'none' || entry === 'overwritten' ? null : entry;
  if (place === null) return event?.index === asked ? { ...state, batch: [event] } : state;
  if (state.seeking !== null) return asked === firstIndex ? takeFirst(state, event) : state;
  if (!isTrusted(state)) {
    if (asked !== place.index) return state;
    if (entry === 'overwritten' || (event?.index === asked && event.time === place.time))
      return { ...state, trusted: true, doubts: 0 };
    const doubts = state.doubts + 1;
    if (doubts < doubtsBelieved) return { ...state, doubts };
    return { ...state, doubts: 0, batch: [], seeking: 'begun-anew' };
  }
  if (asked !== fetchedTo(state) + 1) return state;
  if (event?.index === asked) return { ...state, batch: [...state.batch, event] };
  // What was fetched before that is handed over first.
  if (entry === 'overwritten') return { ...state, seeking: 'overwritten' };
  // There is no such event: whoever said so was mistaken, or the log has begun anew.
  return { ...state, last: fetchedTo(state), trusted: false };
}

/** The oldest event that there is, asked for since the log has begun anew or lost its oldest. */
function takeFirst(state: LogState, event: UhppoteEvent | null): LogState {
  if (state.seeking === 'begun-anew') return event ? { ...state, batch: [event] } : { ...state, last: 0 };
  // Nothing was overwritten after all: the answer was one to an older question.
  if (!event || event.index <= fetchedTo(state)) return { ...state, seeking: null, trusted: false };
  return { ...state, batch: [event] };
}

/** What to do now; the same again until its outcome has been put in. */
export function nextLogStep(state: LogState): LogStep {
  const { place, last, batch, seeking } = state;
  if (last === null) return { do: 'nothing' };
  if (place === null) return beginHere(last, batch[0]);
  const inOrder = batch[0]?.index === place.index + 1;
  if (seeking !== null && !(seeking === 'overwritten' && inOrder)) return seek(state, place, last);
  if (!isTrusted(state)) return { do: 'fetch', index: place.index };
  const isFull = batch.length >= mostInBatch || seeking !== null || fetchedTo(state) >= last;
  if (batch.length > 0 && isFull)
    return handOver(
      batch.map((event) => ({ kind: 'event', event })),
      batch[batch.length - 1],
    );
  return fetchedTo(state) < last ? { do: 'fetch', index: fetchedTo(state) + 1 } : { do: 'nothing' };
}

/** What has been fetched by now, when the next answer does not come: the network may be gone for long. */
export function partLogStep(state: LogState): Extract<LogStep, { do: 'deliver' }> | null {
  const { place, batch, seeking } = state;
  if (place === null || seeking !== null || batch[0]?.index !== place.index + 1) return null;
  return handOver(
    batch.map((event) => ({ kind: 'event', event })),
    batch[batch.length - 1],
  );
}

/** @param newest the event up to which all is known then; undefined: an empty log */
function handOver(news: LogNews[], newest: UhppoteEvent | undefined): Extract<LogStep, { do: 'deliver' }> {
  const { index, time } = newest ?? { index: 0, time: null };
  return { do: 'deliver', news, place: { index, time } };
}

/** What happened before a controller was added is not ours: it is followed from its newest event on. */
function beginHere(last: number, newest: UhppoteEvent | undefined): LogStep {
  if (last > 0 && !newest) return { do: 'fetch', index: last };
  return handOver([{ kind: 'memory-new' }], newest);
}

function seek({ batch, seeking }: LogState, place: LogPlace, last: number): LogStep {
  const [first] = batch;
  const anew = seeking === 'begun-anew';
  if (!first)
    return anew && last === 0
      ? handOver([{ kind: 'memory-new' }], undefined)
      : { do: 'fetch', index: firstIndex };
  const known = anew ? 0 : place.index;
  const news: LogNews[] = anew ? [{ kind: 'memory-new' }] : [];
  if (first.index > known + 1) news.push({ kind: 'lost', from: known + 1, until: first.index - 1 });
  return handOver([...news, { kind: 'event', event: first }], first);
}
