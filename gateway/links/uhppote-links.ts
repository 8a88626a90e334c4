import type { LinkState } from '../contract/device-state.ts';
import type { LinkStatus } from '../contract/link-status.ts';
import type { LinkDown } from '../contract/link-trouble.ts';
import type { UhppoteLink } from '../contract/site.ts';
import { asError, fault } from '../lib/errors.ts';
import { uhppotePort } from '../protocols/uhppote/codec.ts';
import type { OrderOutcome } from './exchange.ts';
import { LineTally } from './line-tally.ts';
import { ownAddressTowards } from './own-address.ts';
import {
  type ControllerDeps,
  createUhppoteController,
  type UhppoteController,
  type UhppotePlan,
} from './uhppote-controller.ts';
import { carryOut, type DoorOrder, expired } from './uhppote-orders.ts';
import { searchMs } from './uhppote-search.ts';
import {
  type Endpoint,
  endpointOf,
  type FoundController,
  openUhppoteWire,
  type UhppoteWire,
} from './uhppote-wire.ts';

/** A link with the controllers of the site that are on it. */
export interface UhppoteLinkPlan {
  link: UhppoteLink;
  controllers: readonly UhppotePlan[];
}

export interface UhppoteLinksDeps
  extends Pick<ControllerDeps, 'clock' | 'log' | 'shownAt' | 'placeOf' | 'deliver' | 'status'> {
  state(state: LinkState): void;
  /** Somebody pushes whom nobody knows, or who is not where this controller is; told once each. */
  stranger(link: string, serial: number, from: string, known: boolean): void;
}

export interface UhppoteLinks {
  /** Opens what is new, closes what is gone, takes the controllers anew. */
  configure(plans: readonly UhppoteLinkPlan[]): void;
  /** @param order.sent the first datagram is out */
  order(
    link: string,
    serial: number,
    order: DoorOrder,
    when: { expiresAt: number; sent(): void },
  ): Promise<OrderOutcome>;
  /**
   * Every controller that answers on a link's network.
   * @throws state.conflict when it is none of this kind, or is down
   */
  search(link: string): Promise<FoundController[]>;
  states(): LinkState[];
  /** With what was counted. */
  status(): LinkStatus[];
  close(): void;
}

interface OpenLink {
  link: UhppoteLink;
  wire: UhppoteWire | undefined;
  controllers: Map<number, UhppoteController>;
  wanted: readonly UhppotePlan[];
  state: LinkState;
  closed: boolean;
  cancel: () => void;
  /** Orders to one controller, one after the other. */
  orders: Map<number, Promise<unknown>>;
  tally: LineTally;
}

const reopenMs = 10_000;
/** Of so many strangers it is told; a network has fewer controllers. */
const mostStrangers = 200;

/** Links to UHPPOTE door controllers: a socket to ask them, one on which they push, and each controller followed. */
export function createUhppoteLinks(deps: UhppoteLinksDeps): UhppoteLinks {
  const { clock, log } = deps;
  const open = new Map<string, OpenLink>();
  const strangers = new Set<string>();

  function enter(entry: OpenLink, state: LinkState['state'], down: LinkDown | null): void {
    if (entry.closed) return;
    const { error, trouble } = down ?? { error: null, trouble: null };
    if (state === 'up') entry.tally.opened();
    entry.state = { ...entry.state, state, error, trouble, since: clock.now().wallMs };
    if (state === 'down') log.warn({ link: entry.link.id, error }, 'link down');
    deps.state(entry.state);
  }

  function fail(entry: OpenLink, error: Error): void {
    shut(entry);
    if (entry.closed) return;
    const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    enter(entry, 'down', {
      error: error.message,
      trouble: busy ? { code: 'in-use', path: entry.link.listen } : { code: 'other' },
    });
    entry.cancel = clock.wakeAfter(reopenMs, () => openWire(entry));
  }

  function openWire(entry: OpenLink): void {
    const { link } = entry;
    openUhppoteWire({
      clock,
      broadcast: endpointOf(link.broadcast, uhppotePort),
      listen: endpointOf(link.listen, 0),
      timeoutMs: link.timeoutMs,
      tally: entry.tally,
      pushed(serial, status, from) {
        const controller = entry.controllers.get(serial);
        const address = entry.wire?.addressOf(serial) ?? null;
        if (controller && (address === null || address === from)) controller.pushed(status);
        else stranger(entry, serial, from, controller !== undefined);
      },
      failed: (error) => fail(entry, error),
    }).then(
      (wire) => {
        if (entry.closed) {
          wire.close();
          return;
        }
        entry.wire = wire;
        enter(entry, 'up', null);
        follow(entry);
      },
      (error: unknown) =>
        fail(
          entry,
          Object.assign(asError(error), {
            message: `cannot listen on ${link.listen}: ${asError(error).message}`,
          }),
        ),
    );
  }

  function stranger({ link }: OpenLink, serial: number, from: string, known: boolean): void {
    const mark = `${link.id} ${serial} ${from}`;
    if (strangers.has(mark) || strangers.size >= mostStrangers) return;
    strangers.add(mark);
    deps.stranger(link.id, serial, from, known);
  }

  /** What controllers of a link are told to push to: where it listens, unless they reach it by another way. */
  async function listener({ link, wire }: OpenLink, controller: string): Promise<Endpoint> {
    const port = wire?.listenPort ?? 0;
    if (link.announce !== undefined) return endpointOf(link.announce, port);
    const { host } = endpointOf(link.listen, port);
    return { host: host === '0.0.0.0' ? await ownAddressTowards(controller) : host, port };
  }

  function follow(entry: OpenLink): void {
    const { wire, controllers } = entry;
    if (!wire) return;
    const wanted = new Map(entry.wanted.map((plan) => [plan.serial, plan]));
    for (const [serial, controller] of controllers) {
      if (JSON.stringify(wanted.get(serial)) === JSON.stringify(controller.plan)) continue;
      controller.stop();
      controllers.delete(serial);
    }
    for (const plan of wanted.values()) {
      if (controllers.has(plan.serial)) continue;
      wire.place(plan.serial, plan.host);
      controllers.set(
        plan.serial,
        createUhppoteController(plan, { ...deps, wire, listener: (at) => listener(entry, at) }),
      );
    }
  }

  function shut(entry: OpenLink): void {
    entry.cancel();
    for (const controller of entry.controllers.values()) controller.stop();
    entry.controllers.clear();
    entry.wire?.close();
    entry.wire = undefined;
  }

  function close(entry: OpenLink): void {
    entry.closed = true;
    shut(entry);
    open.delete(entry.link.id);
  }

  return {
    configure(plans) {
      const wanted = new Set(plans.map(({ link }) => link.id));
      for (const [id, entry] of open) if (!wanted.has(id)) close(entry);
      strangers.clear();
      for (const { link, controllers } of plans) {
        const known = open.get(link.id);
        if (known && JSON.stringify(known.link) === JSON.stringify(link)) {
          known.wanted = controllers;
          follow(known);
          continue;
        }
        if (known) close(known);
        const entry: OpenLink = {
          ...{ link, wire: undefined, controllers: new Map(), wanted: controllers, closed: false },
          tally: new LineTally(clock, 'asked', { withheld: true }),
          ...{ cancel: () => {}, orders: new Map() },
          state: {
            ...{ id: link.id, state: 'connecting', since: clock.now().wallMs, error: null },
            trouble: null,
            ...{ worstCycleMs: null, lastCycleMs: null },
          },
        };
        open.set(link.id, entry);
        openWire(entry);
      }
    },

    order(link, serial, order, { expiresAt, sent }) {
      const entry = open.get(link);
      const down: OrderOutcome = { ok: false, error: 'line-down', words: `link ${link} is down` };
      if (!entry) return Promise.resolve(down);
      const { wallMs, monoMs } = clock.now();
      const latestMono = monoMs + expiresAt - wallMs;
      const run = async (): Promise<OrderOutcome> => {
        const controller = entry.controllers.get(serial);
        if (!controller) return down;
        if (clock.now().monoMs >= latestMono) return expired;
        const { timeoutMs } = entry.link;
        const dayOf = (at: number) => deps.shownAt(at).slice(0, 10);
        return carryOut(order, { clock, controller, timeoutMs, latestMono, dayOf, sent });
      };
      // One that failed is its sender's to tell, and no reason to fail those after it.
      const mine = (entry.orders.get(serial) ?? Promise.resolve()).catch(() => {}).then(run);
      entry.orders.set(serial, mine);
      return mine;
    },

    search(link) {
      const entry = open.get(link);
      if (!entry)
        throw fault(
          'state.conflict',
          `link "${link}" has no door controllers to search for: its kind is not uhppote`,
        );
      if (!entry.wire)
        throw fault('state.conflict', `link "${link}" is down: ${entry.state.error ?? 'it is being opened'}`);
      return entry.wire.search(searchMs);
    },

    states: () => [...open.values()].map(({ state }) => state),
    status: () => [...open.values()].map(({ state, tally }) => ({ ...state, ...tally.status() })),
    close() {
      for (const entry of [...open.values()]) close(entry);
    },
  };
}
