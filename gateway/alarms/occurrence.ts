import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { PointValue } from '../contract/reading.ts';

/** An open alarm with what the machine remembers beside it. All of it is stored, so that a restart changes nothing. */
export interface Occurrence {
  alarm: Alarm;
  track: Track;
}

export interface Track {
  /** Gateway times of the newest trips, at most `chatterTrips` within the window. */
  trips: readonly number[];
  /** Field time of the newest trip: a late restore from before it clears nothing. */
  trippedAt: number;
  /** Since when it has called for an answer, by the clock of the gateway; kept when it no longer does. */
  calledAt: number;
  /** The count when it was last answered: trips beyond it have not been heard. */
  answeredCount?: number;
  /** While chattering: the count when the quiet watch was last set; unchanged one window later, it has settled. */
  watchedCount?: number;
}

/** What an alarm takes from its definition and device when it is raised. */
export type AlarmSeed = Pick<
  Alarm,
  | 'device'
  | 'point'
  | 'definition'
  | 'instance'
  | 'apart'
  | 'area'
  | 'household'
  | 'category'
  | 'priority'
  | 'limit'
  | 'unit'
  | 'title'
  | 'why'
  | 'deviceName'
  | 'areaName'
  | 'latched'
  | 'popup'
  | 'shelvable'
  | 'cameras'
>;

export type Shelf = NonNullable<Alarm['shelved']> & { owner: string };

/** Who acts, and from where; `who: null` is the gateway itself. */
export interface By {
  who: string | null;
  station: string | null;
}

export type AlarmInput =
  | {
      type: 'trip';
      /** Of the alarm, should it be a new one. */
      id: string;
      seed: AlarmSeed;
      /** Field time. */
      occurredAt: number;
      late: boolean;
      /** The cause is gone already: momentary, or restored before this late trip arrived. */
      gone: boolean;
      value?: PointValue;
      /** Trips of the occurrence before this one, so that answering a flapping contact quickly does not hide its flapping. */
      before?: readonly number[];
      shelf?: Shelf;
      suppressed?: string;
    }
  | { type: 'return'; reason?: string }
  | { type: 'acknowledge'; by: By; comment: string | null }
  | { type: 'reset'; by: By; comment: string | null }
  | { type: 'shelve'; by: By; shelf: Shelf }
  | { type: 'unshelve'; by: By; comment: string | null }
  | { type: 'comment'; by: By; comment: string }
  | { type: 'suppress'; why: string }
  | { type: 'unsuppress' }
  | { type: 'ticket'; ticket: string; by: By }
  | { type: 'link'; comment: string }
  | { type: 'reword'; title: Alarm['title']; value?: PointValue; why?: string | undefined }
  | { type: 'settle' };

/** `transition` is null for a trip or return of a chattering alarm: it is counted, and told once when it settles. */
export type Outcome =
  | { kind: 'changed'; occurrence: Occurrence; transition: AlarmTransition | null }
  | { kind: 'same' }
  | { kind: 'refused'; why: string };

/** Whether it wants somebody's answer, and is neither shelved nor suppressed. */
export function calls({ state, shelved, suppressed }: Alarm): boolean {
  return (state === 'unacknowledged' || state === 'returned') && !shelved && suppressed === undefined;
}
