// SIA DC-03-1990.01: an event is two capital letters and a number; words of small letters before it say when, where and who.

export interface SiaEvent {
  /** The two letters. */
  code: string;
  /** The number after them as it came: a point, for openings and closings a user. */
  point: string;
  /** `ri`: the area; null when none is named. */
  area: string | null;
  /** `id`: who did it, where the number after the letters is another. */
  user: string | null;
}

// Digits only: letters behind them begin the next word or event (`ri1CL501`).
const word = /^(ti|da|id|ri|pi|ph|lv|va|pt|rt|rg|ss)([0-9:.-]*)/;
const event = /^([A-Z]{2})([0-9A-F]*)/;
/** Text for people: `^VX FRONTE^`, `*"FRONT DOOR"NM`. */
const text = /^(\^[^^]*\^|\*(["'])[^"']*\2(?:NM|MM|VM)?)/;

/**
 * The events of a block, in order; a word holds for all events after it. What cannot be read is passed over.
 * A first N or O (new, old) belongs to the block, unless it is itself the first letter of an event.
 */
export function siaEvents(data: string): SiaEvent[] {
  const events: SiaEvent[] = [];
  let area: string | null = null;
  let user: string | null = null;
  let rest = data.replace(/^[NO](?=[a-z]|[A-Z]{2}|$)/, '');
  while (rest !== '') {
    const modifier = word.exec(rest);
    if (modifier) {
      if (modifier[1] === 'ri') area = modifier[2] || null;
      if (modifier[1] === 'id') user = modifier[2] || null;
      rest = rest.slice(modifier[0].length);
      continue;
    }
    const found = event.exec(rest);
    if (found?.[1]) events.push({ code: found[1], point: found[2] ?? '', area, user });
    rest = rest.slice((found ?? text.exec(rest))?.[0].length || 1);
  }
  return events;
}
