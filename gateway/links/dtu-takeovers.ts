import type { LinkDown } from '../contract/link-trouble.ts';

/** A connection that was heard so short a time ago was alive: a unit that dials in again is not. */
const aliveMs = 10_000;
/** So many takeovers of a live connection within this time are not one unit that dials in again, but two of one name. */
const mostTakeovers = 3;
const withinMs = 5 * 60_000;
/** So long nobody of that name is let in, so that their meters are not taken for each other's. */
const refusedMs = 60_000;

const twoUnits: LinkDown = {
  error: 'two units dial in with this registration: give each its own',
  trouble: { code: 'two-units' },
};

/** Tells a unit that dials in again from two units with one registration. */
export function createTakeovers() {
  const history = new Map<string, number[]>();
  const refusedUntil = new Map<string, number>();
  return {
    /**
     * A unit registers.
     * @param heardMono when the connection that has the line was last heard; null: there is none
     * @returns why it is refused; null: the line is its
     */
    judge(link: string, nowMono: number, heardMono: number | null): LinkDown | null {
      if (nowMono < (refusedUntil.get(link) ?? 0)) return twoUnits;
      if (heardMono === null || nowMono - heardMono > aliveMs) return null;
      const recent = [...(history.get(link) ?? []), nowMono].filter((at) => at > nowMono - withinMs);
      history.set(link, recent);
      if (recent.length < mostTakeovers) return null;
      history.delete(link);
      refusedUntil.set(link, nowMono + refusedMs);
      return twoUnits;
    },
  };
}
