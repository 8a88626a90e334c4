/** What a reason of an event means: a door moved, somebody was let in or not, or something befell the controller. */
export type ReasonKind =
  | 'granted'
  | 'denied'
  | 'opened'
  | 'closed'
  | 'held'
  | 'forced'
  | 'duress'
  | 'fire'
  | 'warning'
  | 'started'
  | 'record';

interface Reason {
  /** As the frame inspector and the vectors call it. */
  name: string;
  kind: ReasonKind;
  /** Why, in the words of the access log; null where the kind says it all. */
  why: string | null;
}

const reason = (name: string, kind: ReasonKind, why: string | null = null): Reason => ({ name, kind, why });

/** Reasons of events by their number (public repository uhppoted/uhppote-core, messages/events.go). */
const reasons: ReadonlyMap<number, Reason> = new Map([
  [1, reason('swipe_granted', 'granted')],
  [5, reason('denied_pc_control', 'denied', 'pc_control')],
  [6, reason('denied_no_privilege', 'denied', 'no_privilege')],
  [7, reason('denied_wrong_password', 'denied', 'wrong_pin')],
  [8, reason('denied_antipassback', 'denied', 'antipassback')],
  [9, reason('denied_more_cards', 'denied', 'more_cards')],
  [10, reason('denied_first_card', 'denied', 'first_card')],
  [11, reason('denied_normally_closed', 'denied', 'locked')],
  [12, reason('denied_interlock', 'denied', 'interlock')],
  [13, reason('denied_limited_times', 'denied', 'limited_times')],
  [15, reason('denied_timezone', 'denied', 'timezone')],
  [18, reason('denied', 'denied')],
  [20, reason('push_button', 'granted', 'rex')],
  [23, reason('door_open', 'opened')],
  [24, reason('door_closed', 'closed')],
  [25, reason('super_password', 'granted', 'super_password')],
  [28, reason('power_on', 'started', 'power_on')],
  [29, reason('reset', 'started', 'reset')],
  [30, reason('button_disabled', 'denied', 'button_disabled')],
  [31, reason('button_forced_lock', 'denied', 'forced_lock')],
  [32, reason('button_not_online', 'denied', 'not_online')],
  [33, reason('button_interlock', 'denied', 'interlock')],
  [34, reason('threat', 'duress')],
  [37, reason('held_open', 'held')],
  [38, reason('forced_open', 'forced')],
  [39, reason('fire', 'fire')],
  [40, reason('forced_close', 'record', 'forced_lock')],
  [41, reason('theft', 'warning', 'theft')],
  [42, reason('zone_24h', 'warning', 'zone_24h')],
  [43, reason('emergency_call', 'warning', 'emergency_call')],
  [44, reason('remote_open', 'granted', 'remote_open')],
  [45, reason('remote_open_usb', 'granted', 'remote_open')],
]);

/** The reason of an event that tells that a door was opened from here. */
export const remoteOpenReason = 44;

/** An event of this type is a card at a reader. */
const swipeType = 1;

/** What a reason means. One that nobody has written down is a swipe when its event is one, else kept on record by its number. */
export function reasonOf(event: { reason: number; type: number; granted: boolean }): Reason {
  const known = reasons.get(event.reason);
  if (known) return known;
  const name = `reason_${event.reason}`;
  if (event.type !== swipeType) return reason(name, 'record', name);
  return reason(name, event.granted ? 'granted' : 'denied', name);
}
