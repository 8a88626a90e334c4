import { connectNative, type NativeDevice } from './native-device.ts';

/** What a controller keeps of a card, also without power. */
export interface StoredCard {
  person: string;
  doors: string[];
  validUntil: number | null;
}

export interface DoorController {
  /** By card number. */
  cards: Map<string, StoredCard>;
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
 * @param cards its memory, to be handed on when it is powered up again
 */
export function connectDoorController(
  port: number,
  id: string,
  secret: string,
  cards: Map<string, StoredCard> = new Map(),
): DoorController {
  const device = connectNative(port, id, secret);
  const controller: DoorController = {
    cards,
    refuse: null,
    stuck: new Set(),
    dumb: false,
    device,
    hold(card, door) {
      const granted = cards.get(card)?.doors.includes(door) ?? false;
      const type = granted ? 'granted' : 'denied';
      device.event(`access.${type}`, granted ? { door, card } : { door, card, reason: 'unknown card' });
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
        cards.set(card, {
          person: String(args.person),
          doors: (args.doors as unknown[]).map(String),
          validUntil: typeof args.validUntil === 'number' ? args.validUntil : null,
        });
        return true;
      case 'cardDelete':
        cards.delete(card);
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
