import type { LinkState } from '../contract/device-state.ts';
import { misread } from '../contract/misread.ts';
import type { UhppoteLink } from '../contract/site.ts';
import type { ControllerOrder } from '../devices/command-orders.ts';
import type { Devices } from '../devices/devices.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { offsetMsAt } from '../lib/local-time.ts';
import type { Logger } from '../lib/log.ts';
import type { OrderOutcome } from '../links/exchange.ts';
import type { ControllerNews } from '../links/uhppote-controller.ts';
import { createUhppoteLinks } from '../links/uhppote-links.ts';
import type { DoorOrder } from '../links/uhppote-orders.ts';
import { endpointOf } from '../links/uhppote-wire.ts';
import { uhppotePort } from '../protocols/uhppote/codec.ts';
import type { Turn } from '../store/turn.ts';
import type { Field } from './field.ts';

/** The arguments of a command as the controller's link takes them; null: it has no such command. */
function doorOrder({ name, args }: Pick<ControllerOrder, 'name' | 'args'>): DoorOrder | null {
  const card = String(args.card);
  const time = (value: unknown) => (typeof value === 'number' ? value : null);
  switch (name) {
    case 'open':
    case 'lock':
    case 'unlock':
      return { action: name, door: String(args.door) };
    case 'cardPut':
      return {
        ...{ action: 'cardPut', card, doors: Array.isArray(args.doors) ? args.doors.map(String) : [] },
        ...{ from: time(args.validFrom), until: time(args.validUntil) },
      };
    case 'cardDelete':
      return { action: 'cardDelete', card };
    default:
      return null;
  }
}

/** What is kept of a line of a log that could not be taken: it tells what happened where, and nobody's card. */
function evidenceOf(item: ControllerNews): Buffer {
  return Buffer.from(JSON.stringify(item, (key, value) => (key === 'card' ? undefined : value)));
}

/** The site's door controllers that are asked by UDP: what they log goes the field's way, in their order and with their place. */
export function createDoorControllers(deps: {
  clock: Clock;
  log: Logger;
  timeZone(): string;
  devices: Pick<
    Devices,
    'controllersOn' | 'controllerBySerial' | 'decodeControllerNews' | 'decodeControllerStatus' | 'logPlaces'
  >;
  field: Pick<Field, 'waiting' | 'asked' | 'denied'>;
  strangers: Pick<Strangers, 'meet'>;
  state(state: LinkState): void;
}) {
  const { clock, log, devices, field, timeZone } = deps;
  const links = createUhppoteLinks({
    clock,
    log,
    state: deps.state,
    placeOf: devices.logPlaces.of,
    shownAt: (at) => new Date(at + offsetMsAt(timeZone(), at)).toISOString().slice(0, 19).replace('T', ' '),
    // Each an input of its own, and all of them queued at once: one that fails is set aside alone. The place goes with the last.
    async deliver({ device, serial }, news, place) {
      const done = await Promise.all(
        news.map((item, i) => {
          const along =
            place !== null && i === news.length - 1
              ? (turn: Turn) => devices.logPlaces.keep(turn, serial, place)
              : undefined;
          return new Promise<boolean>((resolve) => {
            const received = clock.now();
            field.waiting(
              { source: `controller ${serial}`, device, bytes: evidenceOf(item) },
              received,
              () => devices.decodeControllerNews(device, [item], received.wallMs, timeZone()),
              (error) => resolve(!error),
              () => resolve(false),
              undefined,
              along,
            );
          });
        }),
      );
      return done.every((each) => each);
    },
    status({ device }, status, cards) {
      const receivedAt = clock.now().wallMs;
      field.asked(
        device,
        receivedAt,
        () => devices.decodeControllerStatus(device, status, cards, receivedAt),
        { way: 'status', status, cards, receivedAt },
      );
    },
    stranger(link, serial, from, known) {
      const bytes = Buffer.from(from);
      const origin = { source: `controller ${serial}`, device: null, bytes };
      if (known) {
        field.denied(origin, misread('controller-elsewhere', { link, what: serial, from }));
        return;
      }
      const at = clock.now().wallMs;
      const what = String(serial);
      const met = deps.strangers.meet({ kind: 'controller', link, what, from, at, bytes }, () => ({
        ...{ types: ['uhppote-controller'], address: what, by: 'protocol' },
        why: misread('stray-controller', { link, serial, from }),
      }));
      if (met) field.denied(origin, met.why);
    },
  });

  return {
    configure(siteLinks: Iterable<UhppoteLink>): void {
      links.configure(
        [...siteLinks].map((link) => ({
          link,
          controllers: devices.controllersOn(link.id).map((plan) => ({
            ...plan,
            host: plan.host === null ? null : endpointOf(plan.host, uhppotePort),
          })),
        })),
      );
    },
    /** @param sent the first datagram is out */
    order(order: ControllerOrder, sent: () => void): Promise<OrderOutcome> {
      const { link, serial, expiresAt, name } = order;
      const wanted = doorOrder(order);
      if (!wanted)
        return Promise.resolve({ ok: false, error: 'refused', words: `it has no command "${name}"` });
      return links.order(link, serial, wanted, { expiresAt, sent });
    },
    search: links.search,
    deviceOf: devices.controllerBySerial,
    states: links.states,
    status: links.status,
    close: links.close,
  };
}
export type DoorControllers = ReturnType<typeof createDoorControllers>;
