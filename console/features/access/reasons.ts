/** Why somebody was let in or not, in the words of events that the console says in its user's language; others stand as they came. */
const known = [
  'no_privilege',
  'timezone',
  'antipassback',
  'interlock',
  'wrong_pin',
  'first_card',
  'more_cards',
  'limited_times',
  'pc_control',
  'locked',
  'rex',
  'super_password',
  'remote_open',
  'button_disabled',
  'forced_lock',
  'not_online',
] as const;

/** The key of a reason among the words of this feature; null for one that is no such word. */
export function reasonKey(reason: string) {
  if (reason === 'lost' || reason === 'revoked') return `card.state.${reason}` as const;
  const word = known.find((one) => one === reason);
  return word === undefined ? null : (`reason.${word}` as const);
}
