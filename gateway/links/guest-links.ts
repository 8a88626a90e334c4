import type { LinkState } from '../contract/device-state.ts';
import { isLineLink, type LineLink, type Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { createLinks, type Links } from './links.ts';

/** A link that the site does not have, while somebody asks over it. */
export interface Guest extends Pick<Links, 'ask' | 'meters'> {
  state(): LinkState;
}

export interface GuestLinks {
  /**
   * Opens a link for as long as the work takes; who wants the same at the same time shares it. The work begins when it is up, or
   * known to be down.
   * @throws state.conflict when such a link cannot be a guest, queue.full
   */
  use<Answer>(link: Link, work: (guest: Guest) => Promise<Answer>): Promise<Answer>;
  /** The site has these links now: a guest that leads to the same place is closed, since many far ends take one only. */
  giveWay(links: Iterable<Link>): void;
  close(): void;
}

interface OpenGuest {
  link: LineLink;
  links: Links;
  users: number;
  /** Resolves when it is up or known to be down. */
  known: Promise<void>;
}

/** So many different ones at a time: each is a connection to somewhere. */
const mostGuests = 8;

/** Where a line leads; null: nowhere that another one could. */
function farEnd(link: Link): string | null {
  if (link.kind === 'bus') return link.path.toLowerCase();
  return link.kind === 'modbus-tcp' ? `tcp://${link.host}:${link.port}`.toLowerCase() : null;
}

/** Links that are opened to try or to scan what the site shall have: nobody is polled on them, and nothing of them is kept. */
export function createGuestLinks(deps: {
  clock: Clock;
  log: Logger;
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
      frame(_link, bytes, receivedAt, done) {
        deps.heard(link.id, bytes, receivedAt);
        done(false);
      },
      state: () => settle(),
    });
    const guest: OpenGuest = { link, links, users: 0, known };
    open.set(key, guest);
    links.configure([{ link, polled: [] }]);
    return guest;
  }

  function shut(key: string, guest: OpenGuest): void {
    if (open.get(key) === guest) open.delete(key);
    guest.links.close();
  }

  return {
    async use(link, work) {
      if (!isLineLink(link) || link.kind === 'dtu')
        throw fault(
          'state.conflict',
          `a link of kind ${link.kind} is asked once it is saved: the far side has to come to the gateway`,
        );
      const key = JSON.stringify(link);
      const guest = open.get(key) ?? openGuest(key, link);
      guest.users++;
      try {
        await guest.known;
        const gone: LinkState = {
          ...{ id: link.id, state: 'down', since: deps.clock.now().wallMs, trouble: null },
          ...{ error: 'it was closed: the site has a link to the same place now' },
          ...{ worstCycleMs: null, lastCycleMs: null },
        };
        return await work({
          ask: guest.links.ask,
          meters: guest.links.meters,
          state: () => guest.links.states()[0] ?? gone,
        });
      } finally {
        if (--guest.users === 0) shut(key, guest);
      }
    },
    giveWay(links) {
      if (open.size === 0) return;
      const ends = new Set([...links].map(farEnd));
      for (const [key, guest] of open) if (ends.has(farEnd(guest.link))) shut(key, guest);
    },
    close() {
      for (const [key, guest] of open) shut(key, guest);
    },
  };
}
