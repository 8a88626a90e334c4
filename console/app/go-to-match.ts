import type { Priority } from '../../gateway/contract/names.ts';

export interface Destination {
  to: string;
  /** In the user's words: page, alarm, device … */
  kind: string;
  name: string;
  /** What else it may be known by: key, room, place. */
  also: string;
  priority?: Priority;
}

const most = 12;

/** The destinations that hold every word of `text`, those whose name begins with it first. An empty text lists the first ones. */
export function matchDestinations(destinations: readonly Destination[], text: string): Destination[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const whole = words.join(' ');
  const hits = destinations.filter((destination) => {
    const known = `${destination.name} ${destination.also} ${destination.kind}`.toLocaleLowerCase();
    return words.every((word) => known.includes(word));
  });
  const rank = ({ name }: Destination) => {
    const lower = name.toLocaleLowerCase();
    return lower === whole ? 0 : lower.startsWith(whole) ? 1 : lower.includes(whole) ? 2 : 3;
  };
  return (words.length === 0 ? hits : hits.toSorted((a, b) => rank(a) - rank(b))).slice(0, most);
}
