import type { Alarm, AlarmState, AlarmTransition } from '../contract/alarm.ts';
import { type AlarmInput, type By, calls, type Occurrence, type Outcome, type Track } from './occurrence.ts';

/** Trips that, within the window, make an alarm chattering: held as one with a count, ringing again when it has settled. */
export const chatterTrips = 5;
export const chatterWindowMs = 60_000;
/** The longest shelf, ms; what must be quiet for longer is out of service, not shelved. */
export const longestShelfMs = 7 * 86_400_000;
export const removedByConfiguration = 'removed by configuration';

const same: Outcome = { kind: 'same' };
const gateway: By = { who: null, station: null };
const refused = (why: string): Outcome => ({ kind: 'refused', why });

/** One step in the life of an alarm (ISA-18.2 §5.4, IEC 62682): pure; `now` is UTC ms. Open alarms only, or none for a first trip. */
export function step(occurrence: Occurrence | undefined, input: AlarmInput, now: number): Outcome {
  if (input.type === 'trip') return occurrence ? retrip(occurrence, input, now) : raise(input, now);
  if (!occurrence) return same;
  const { alarm } = occurrence;
  switch (input.type) {
    case 'return':
      return giveBack(occurrence, input.reason, now);
    case 'acknowledge':
      return acknowledge(occurrence, input.by, input.comment, now);
    case 'reset':
      if (!alarm.latched)
        return refused('it is not a latched alarm; it closes when it returns and is acknowledged');
      if (alarm.state !== 'latched')
        return refused('acknowledge it first; a latched alarm is reset after that');
      return close(occurrence, 'reset', input.by, input.comment, now, {
        resetAt: now,
        resetBy: input.by.who ?? 'gateway',
      });
    case 'shelve':
      return shelve(occurrence, input, now);
    case 'unshelve':
      if (!alarm.shelved) return same;
      return move(occurrence, alarm.state, 'unshelved', input.by, input.comment, now, { shelved: undefined });
    case 'comment':
      return move(occurrence, alarm.state, 'commented', input.by, input.comment, now);
    case 'suppress':
      if (alarm.suppressed === input.why) return same;
      return move(occurrence, alarm.state, 'suppressed', gateway, input.why, now, { suppressed: input.why });
    case 'unsuppress':
      if (alarm.suppressed === undefined) return same;
      return move(occurrence, alarm.state, 'unsuppressed', gateway, null, now, { suppressed: undefined });
    case 'ticket':
      if (alarm.ticket === input.ticket) return same;
      return move(occurrence, alarm.state, 'ticketed', input.by, null, now, { ticket: input.ticket });
    case 'link':
      return move(occurrence, alarm.state, 'linked', gateway, input.comment, now);
    case 'reword': {
      const { title, value, why } = input;
      const { zh, en } = alarm.title;
      if (title.zh === zh && title.en === en && value === alarm.value && why === alarm.why) return same;
      return hold(occurrence, { title, value, why });
    }
    case 'settle':
      return settle(occurrence, now);
  }
}

/** Changes the alarm with a transition of its own. */
function move(
  { alarm, track }: Occurrence,
  to: AlarmState,
  cause: AlarmTransition['cause'],
  by: By,
  comment: string | null,
  now: number,
  fields: Partial<Alarm> = {},
  remembered: Partial<Track> = {},
): Outcome {
  const revision = alarm.revision + 1;
  const next: Alarm = { ...alarm, ...fields, state: to, revision };
  const calledAt = calls(next) && !calls(alarm) ? now : track.calledAt;
  return {
    kind: 'changed',
    occurrence: { alarm: next, track: { ...track, ...remembered, calledAt } },
    transition: { alarm: alarm.id, revision, at: now, from: alarm.state, to, cause, ...by, comment },
  };
}

/** Changes the alarm without a transition: while it is held as chattering, or in its words alone. */
function hold(
  { alarm, track }: Occurrence,
  fields: Partial<Alarm>,
  remembered: Partial<Track> = {},
): Outcome {
  return {
    kind: 'changed',
    occurrence: { alarm: { ...alarm, ...fields }, track: { ...track, ...remembered } },
    transition: null,
  };
}

function close(
  occurrence: Occurrence,
  cause: AlarmTransition['cause'],
  by: By,
  comment: string | null,
  now: number,
  fields: Partial<Alarm>,
): Outcome {
  return move(occurrence, 'closed', cause, by, comment, now, {
    ...fields,
    chattering: undefined,
    shelved: undefined,
    closedAt: now,
  });
}

type Trip = Extract<AlarmInput, { type: 'trip' }>;

/** A latched alarm is never shown as gone: only reset closes it. */
function trippedState(latched: boolean, gone: boolean): AlarmState {
  return gone && !latched ? 'returned' : 'unacknowledged';
}

/** The trips that still count towards chattering, with this one. */
function tripsWith(before: readonly number[], now: number): number[] {
  return [...before.filter((at) => at <= now && at > now - chatterWindowMs), now].slice(-chatterTrips);
}

function raise(trip: Trip, now: number): Outcome {
  const { seed, shelf } = trip;
  const state = trippedState(seed.latched, trip.gone);
  const trips = tripsWith(trip.before ?? [], now);
  const chattering = trips.length >= chatterTrips;
  return {
    kind: 'changed',
    occurrence: {
      alarm: {
        ...seed,
        id: trip.id,
        state,
        shelved: shelf && { by: shelf.by, until: shelf.until, reason: shelf.reason },
        suppressed: trip.suppressed,
        owner: shelf?.owner,
        count: 1,
        occurredAt: trip.occurredAt,
        raisedAt: now,
        returnedAt: trip.gone ? now : undefined,
        late: trip.late,
        chattering: chattering || undefined,
        recorded: true,
        value: trip.value,
        revision: 1,
      },
      track: {
        trips,
        trippedAt: trip.occurredAt,
        calledAt: now,
        watchedCount: chattering ? 1 : undefined,
      },
    },
    transition: {
      alarm: trip.id,
      revision: 1,
      at: now,
      from: null,
      to: state,
      cause: 'raised',
      ...gateway,
      comment: chattering ? 'chattering' : null,
    },
  };
}

const unanswered: Partial<Alarm> = {
  acknowledgedAt: undefined,
  acknowledgedBy: undefined,
  returnedReason: undefined,
};

/** A new trip while open adds to the count; an answered or returned alarm rings again, unless it is held as chattering. */
function retrip(occurrence: Occurrence, trip: Trip, now: number): Outcome {
  const { alarm, track } = occurrence;
  const trips = tripsWith(track.trips, now);
  const tripped: Partial<Alarm> = {
    count: alarm.count + 1,
    returnedAt: trip.gone ? now : undefined,
    returnedReason: undefined,
    late: alarm.late || trip.late,
    suppressed: trip.suppressed,
    value: trip.value,
    title: trip.seed.title,
    why: trip.seed.why,
    limit: trip.seed.limit,
    unit: trip.seed.unit,
  };
  const remembered: Partial<Track> = { trips, trippedAt: trip.occurredAt };
  const state = trippedState(alarm.latched, trip.gone);
  if (alarm.chattering)
    return alarm.state === 'returned' && state !== 'returned'
      ? move(occurrence, state, 'retripped', gateway, 'chattering', now, tripped, remembered)
      : hold(occurrence, tripped, remembered);
  if (trips.length < chatterTrips)
    return move(
      occurrence,
      state,
      'retripped',
      gateway,
      null,
      now,
      { ...tripped, ...unanswered },
      {
        ...remembered,
        answeredCount: undefined,
      },
    );
  const answered = alarm.state === 'acknowledged' || alarm.state === 'latched';
  return move(
    occurrence,
    answered ? alarm.state : state,
    'retripped',
    gateway,
    'chattering',
    now,
    { ...tripped, chattering: true },
    { ...remembered, watchedCount: alarm.count + 1 },
  );
}

function giveBack(occurrence: Occurrence, reason: string | undefined, now: number): Outcome {
  const { alarm } = occurrence;
  if (alarm.chattering && reason === undefined)
    return alarm.returnedAt === undefined ? hold(occurrence, { returnedAt: now }) : same;
  const fields: Partial<Alarm> = {
    returnedAt: alarm.returnedAt ?? now,
    returnedReason: reason,
    chattering: undefined,
  };
  const comment = reason ?? null;
  if (alarm.latched) {
    if (alarm.returnedAt !== undefined && reason === undefined) return same;
    if (reason !== undefined && alarm.returnedReason === reason) return same;
    return move(occurrence, alarm.state, 'restored', gateway, comment, now, fields);
  }
  // A suppressed alarm asks nobody for anything, so nobody has to answer it.
  if (alarm.state === 'acknowledged' || alarm.suppressed !== undefined)
    return close(occurrence, 'returned', gateway, comment, now, fields);
  if (alarm.state === 'unacknowledged' || alarm.chattering)
    return move(occurrence, 'returned', 'returned', gateway, comment, now, fields);
  return same;
}

/** The second acknowledge gets the first one's answer: who and when stay. */
function acknowledge(occurrence: Occurrence, by: By, comment: string | null, now: number): Outcome {
  const { alarm } = occurrence;
  if (alarm.state === 'acknowledged' || alarm.state === 'latched') return same;
  const who = by.who ?? 'gateway';
  const fields: Partial<Alarm> = { acknowledgedAt: now, acknowledgedBy: who, owner: alarm.owner ?? who };
  if (alarm.state === 'returned' && !alarm.chattering)
    return close(occurrence, 'acknowledged', by, comment, now, fields);
  return move(
    occurrence,
    alarm.latched ? 'latched' : 'acknowledged',
    'acknowledged',
    by,
    comment,
    now,
    fields,
    {
      answeredCount: alarm.count,
    },
  );
}

function shelve(
  occurrence: Occurrence,
  input: Extract<AlarmInput, { type: 'shelve' }>,
  now: number,
): Outcome {
  const { alarm } = occurrence;
  const { by, until, reason, owner } = input.shelf;
  if (!alarm.shelvable || (alarm.priority === 1 && alarm.category === 'emergency'))
    return refused('an alarm of this kind can never be shelved');
  if (reason.trim() === '') return refused('shelving needs a reason');
  if (owner.trim() === '') return refused('shelving needs an owner');
  if (until <= now) return refused('the shelf would have expired already: give a time in the future');
  if (until > now + longestShelfMs)
    return refused('a shelf lasts 7 days at most; take the device out of service instead');
  return move(occurrence, alarm.state, 'shelved', input.by, reason, now, {
    shelved: { by, until, reason },
    owner,
  });
}

/**
 * The chatter watch has fired. No trip since it was set: the alarm becomes what its contact now says, and rings once when
 * somebody should still hear of it; a trip after the answer has not been heard.
 */
function settle(occurrence: Occurrence, now: number): Outcome {
  const { alarm, track } = occurrence;
  if (!alarm.chattering) return same;
  if (track.watchedCount !== alarm.count) return hold(occurrence, {}, { watchedCount: alarm.count });
  const answered = alarm.state === 'acknowledged' || alarm.state === 'latched';
  const heard = answered && alarm.count === track.answeredCount;
  const gone = alarm.returnedAt !== undefined;
  const rest: Partial<Alarm> = { chattering: undefined };
  if (heard)
    return gone && !alarm.latched
      ? close(occurrence, 'returned', gateway, 'settled', now, rest)
      : hold(occurrence, rest, { watchedCount: undefined });
  const cause = !gone ? 'retripped' : alarm.latched ? 'restored' : 'returned';
  const fields: Partial<Alarm> = answered ? { ...rest, ...unanswered } : rest;
  const remembered: Partial<Track> = { watchedCount: undefined, answeredCount: undefined };
  return move(
    occurrence,
    trippedState(alarm.latched, gone),
    cause,
    gateway,
    'settled',
    now,
    fields,
    remembered,
  );
}
