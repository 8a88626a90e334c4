import type { LinkState } from '../contract/device-state.ts';
import { isLineLink, type LineLink, type Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { fault } from '../lib/errors.ts';
import { farEnd } from '../lib/far-end.ts';
import type { Logger } from '../lib/log.ts';
import { createLinks, type Links } from './links.ts';

/** A link that the site does not have, while somebody asks over it. */
export interface Guest extends Pick<Links, 'ask' | 'meters' | 'tryReader'> {
  state(): LinkState;
}

export interface GuestLinks {
  /**
   * Many far ends take one master only.
   * @throws state.conflict at `newLink` when a link of the site leads to the same place, or another one that is open here
   */
  check(link: Link): void;
  /**
   * Opens a link for as long as the work takes; who wants the same at the same time shares it. The work begins when it is up,
   * known to be down, or no longer wanted.
   * @param signal the work is no longer wanted: it ends as on a line that was lost
   * @throws state.conflict when such a link cannot be a guest, and as `check` does; queue.full
   */
  use<Answer>(link: Link, signal: AbortSignal, work: (guest: Guest) => Promise<Answer>): Promise<Answer>;
  /** The site has these links now: a guest that leads to the same place is closed. */
  giveWay(links: Iterable<Link>): void;
  close(): void;
}

interface OpenGuest {
  link: LineLink;
  links: Links;
  users: number;
  /** Resolves when it is up, known to be down, or closed. */
  known: Promise<void>;
  settle(): void;
  /** Why it was closed. */
  gone: string;
}

/** So many different ones at a time: each is a connection to somewhere. */
const mostGuests = 8;

/** Links that are opened to try or to scan what the site shall have: nobody is polled on them, and nothing of them is kept. */
export function createGuestLinks(deps: {
  clock: Clock;
  log: Logger;
  /** The links of the site. */
  siteLinks(): Iterable<Link>;
  /** A frame of a listened-to line: whoever tries a device may hear it; it is not acknowledged, for it is not kept. */
  heard(link: string, bytes: Uint8Array, receivedAt: number): void;
}): GuestLinks {
  const open = new Map<string, OpenGuest>();

  function openGuest(key: string, link: LineLink): OpenGuest {
    if (open.size >= mostGuests)
      throw fault(
        'queue.full',
        `${mostGuests} links that are not saved are being asked already; wait for one of them to end`,
      );
    let settle = () => {};
    const known = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const links = createLinks({
      ...{ clock: deps.clock, log: deps.log },
      polled() {},
      failed() {},
      readers: { state() {}, happened() {}, lost() {}, barred() {} },
      frame(_link, bytes, receivedAt, done) {
        deps.heard(link.id, bytes, receivedAt);
        done(false);
      },
      state: () => settle(),
    });
    links.configure([{ link, polled: [] }]);
    const guest: OpenGuest = { link, links, users: 0, known, settle, gone: '' };
    open.set(key, guest);
    return guest;
  }

  function shut(key: string, guest: OpenGuest, why: string): void {
    if (open.get(key) === guest) open.delete(key);
    guest.gone ||= why;
    guest.links.close();
    // A line that is closed tells no state any more.
    guest.settle();
  }

  /** What stands at the far end of a link already, in words; null: nothing. */
  function taken(link: Link): string | null {
    const end = farEnd(link);
    if (end === null) return null;
    for (const other of deps.siteLinks())
      if (farEnd(other) === end)
        return `link "${other.id}" of the site leads to ${end} already, and two masters on one line disturb each other: use link "${other.id}"`;
    const key = JSON.stringify(link);
    for (const [otherKey, { link: other }] of open)
      if (otherKey !== key && farEnd(other) === end)
        return `link "${other.id}", which is not saved, is being asked at ${end}: use it with the same key and settings, or wait until that trial or scan has ended`;
    return null;
  }

  function check(link: Link): void {
    const words = taken(link);
    if (words !== null)
      throw fault('state.conflict', words, { errors: [{ path: 'newLink', message: words }] });
  }

  return {
    check,
    async use(link, signal, work) {
      if (!isLineLink(link) || link.kind === 'dtu')
        throw fault(
          'state.conflict',
          `a link of kind ${link.kind} is asked once it is saved: the far side has to come to the gateway`,
        );
      check(link);
      const key = JSON.stringify(link);
      const guest = open.get(key) ?? openGuest(key, link);
      guest.users++;
      let leave = () => {};
      const left = new Promise<void>((resolve) => {
        leave = () => {
          leave = resolve;
          resolve();
          if (--guest.users === 0) shut(key, guest, 'nobody waits for it any more');
        };
      });
      const abort = () => leave();
      signal.addEventListener('abort', abort);
      if (signal.aborted) leave();
      try {
        await Promise.race([guest.known, left]);
        const gone = (): LinkState => ({
          ...{ id: link.id, state: 'down', since: deps.clock.now().wallMs, trouble: null },
          ...{ error: `it was closed: ${guest.gone}`, worstCycleMs: null, lastCycleMs: null },
        });
        return await work({
          ask: guest.links.ask,
          meters: guest.links.meters,
          tryReader: guest.links.tryReader,
          state: () => guest.links.states()[0] ?? gone(),
        });
      } finally {
        signal.removeEventListener('abort', abort);
        leave();
      }
    },
    giveWay(links) {
      if (open.size === 0) return;
      const ends = new Set([...links].map(farEnd));
      for (const [key, guest] of open)
        if (ends.has(farEnd(guest.link))) shut(key, guest, 'the site has a link to the same place now');
    },
    close() {
      for (const [key, guest] of open) shut(key, guest, 'the gateway stops');
    },
  };
}
