import { connectNative, type NativeDevice } from './native-device.ts';

/** What a controller keeps of a card, also without power. */
export interface StoredCard {
  person: string;
  doors: string[];
  validUntil: number | null;
}

/** What a controller keeps without power. */
export interface DoorControllerMemory {
  /** By card number. */
  cards: Map<string, StoredCard>;
  /** Cards that it was told to delete, and not to store again since. */
  deleted: Set<string>;
}

/** The reason of a controller for a card that it does not hold, or not for that door. */
const noPrivilege = 'no_privilege';

export interface DoorController extends DoorControllerMemory {
  /** What it was told of a card at a door; null of one of which it was never told. */
  told(card: string, door: string): { granted: true } | { granted: false; reason: string } | null;
  /** Somebody holds a card to the reader of a door; the controller decides by itself. */
  hold(card: string, door: string): 'granted' | 'denied';
  /** Refuses to store anything more, in these words. */
  refuse: string | null;
  /** Doors whose bolt does not move, though they are told to. */
  stuck: Set<string>;
  /** Hears commands and says nothing. */
  dumb: boolean;
  device: NativeDevice;
  /** The power is cut: the connection breaks without a word. */
  cut(): void;
}

/**
 * A controller of doors over MQTT that keeps the cards it is told of and lets in whom it knows.
 * @param memory to be handed on when it is powered up again
 */
export function connectDoorController(
  port: number,
  id: string,
  secret: string,
  { cards = new Map(), deleted = new Set() }: Partial<DoorControllerMemory> = {},
): DoorController {
  const device = connectNative(port, id, secret);
  const controller: DoorController = {
    cards,
    deleted,
    refuse: null,
    stuck: new Set(),
    dumb: false,
    device,
    told(card, door) {
      const stored = cards.get(card);
      if (!stored && !deleted.has(card)) return null;
      return stored?.doors.includes(door) ? { granted: true } : { granted: false, reason: noPrivilege };
    },
    hold(card, door) {
      const granted = controller.told(card, door)?.granted ?? false;
      const type = granted ? 'granted' : 'denied';
      device.event(`access.${type}`, granted ? { door, card } : { door, card, reason: noPrivilege });
      if (granted) {
        device.event('access.opened', { door });
        device.event('access.closed', { door });
      }
      return type;
    },
    cut: () => device.close(),
  };
  device.onCommand(({ command, args }) => {
    if (controller.dumb) return null;
    const card = String(args.card);
    const door = String(args.door);
    switch (command) {
      case 'cardPut':
        if (controller.refuse !== null) return controller.refuse;
        deleted.delete(card);
        cards.set(card, {
          person: String(args.person),
          doors: (args.doors as unknown[]).map(String),
          validUntil: typeof args.validUntil === 'number' ? args.validUntil : null,
        });
        return true;
      case 'cardDelete':
        cards.delete(card);
        deleted.add(card);
        return true;
      case 'open':
        device.event('access.opened', { door });
        device.event('access.closed', { door });
        return true;
      case 'lock':
      case 'unlock':
        if (!controller.stuck.has(door)) device.event(`door.${command}ed`, { door });
        return true;
      default:
        return `unknown command ${command}`;
    }
  });
  return controller;
}
