import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import {
  type FunctionName,
  type Question,
  type Reply,
  readHeader,
  readMessage,
  type UhppoteEvent,
  writeMessage,
} from '../gateway/protocols/uhppote/codec.ts';

type Card = Question<'putCard'>;
type Listener = Question<'setListener'>;

/** What a controller keeps without power. */
export interface UhppoteMemory {
  cards: Map<number, Card>;
  /** Events by index; the oldest are overwritten beyond `logSize`. */
  log: UhppoteEvent[];
  logSize: number;
  newest: number;
  readIndex: number;
  listener: Listener;
  special: boolean;
  doors: { mode: number; delay: number }[];
}

export function newUhppoteMemory(logSize = 100_000): UhppoteMemory {
  return {
    ...{ cards: new Map(), log: [], logSize, newest: 0, readIndex: 0, special: false },
    listener: { address: '0.0.0.0', port: 0, interval: 0 },
    doors: Array.from({ length: 4 }, () => ({ mode: 3, delay: 5 })),
  };
}

const normallyOpen = 1;
/** Events of these reasons are logged only when the controller was told to. */
const specialReasons = [20, 23, 24];

export interface UhppoteSimulator {
  readonly port: number;
  readonly memory: UhppoteMemory;
  /** Seconds by which its clock is ahead of the zone's. */
  clockOffS: number;
  /** Does not push what happens. */
  mute: boolean;
  /** Leaves these functions unanswered, though it does what they say. */
  readonly unanswered: Set<FunctionName>;
  /** Does not hear so many of the next questions of a function. */
  readonly deaf: Map<FunctionName, number>;
  /** How often each function was asked. */
  readonly asked: Map<FunctionName, number>;
  /** Somebody holds a card to the reader of a door. */
  hold(card: number, door: number): 'granted' | 'denied';
  /** Something happens at a door: 20 button, 23 opened, 24 closed, 34 threat, 37 held, 38 forced, 39 fire … */
  happen(reason: number, door?: number): void;
  close(): void;
}

/**
 * A UT0311-L04 by UDP on this machine: keeps cards, decides, logs, pushes.
 * @param options.zoneOffsetMs how far its wall clock is ahead of UTC
 */
export async function openUhppoteController(options: {
  serial: number;
  zoneOffsetMs: number;
  memory?: UhppoteMemory;
  port?: number;
}): Promise<UhppoteSimulator> {
  const { serial } = options;
  const memory = options.memory ?? newUhppoteMemory();
  const open = [false, false, false, false];
  const unlocked = new Map<number, NodeJS.Timeout>();
  const socket: Socket = createSocket('udp4');
  const asked = new Map<FunctionName, number>();
  let closed = false;

  const shownTime = () =>
    new Date(Date.now() + options.zoneOffsetMs + simulator.clockOffS * 1_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');

  function status(): Reply<'status'> {
    const none = { index: 0, type: 0, granted: false, door: 0, direction: 0, card: 0, time: null, reason: 0 };
    const { index, ...newest } = memory.log.at(-1) ?? none;
    const relays = memory.doors.reduce(
      (bits, { mode }, i) => bits | (mode === normallyOpen || unlocked.has(i + 1) ? 1 << i : 0),
      0,
    );
    return {
      ...{ index, ...newest, doorsOpen: open, buttons: [false, false, false, false] },
      ...{ systemError: 0, controllerTime: shownTime(), sequence: 0, specialInfo: 0, relays, inputs: 0 },
    };
  }

  function record(event: Omit<UhppoteEvent, 'index' | 'time'>): void {
    if (specialReasons.includes(event.reason) && !memory.special) return;
    memory.newest++;
    memory.log.push({ ...event, index: memory.newest, time: shownTime() });
    if (memory.log.length > memory.logSize) memory.log.shift();
    const { address, port } = memory.listener;
    if (!simulator.mute && port > 0) send(writeMessage('status', 'reply', serial, status()), port, address);
  }

  function send(bytes: Uint8Array, port: number, address: string): void {
    if (!closed) socket.send(bytes, port, address);
  }

  function unlock(door: number): void {
    clearTimeout(unlocked.get(door));
    const { delay } = memory.doors[door - 1] ?? { delay: 0 };
    unlocked.set(
      door,
      setTimeout(() => unlocked.delete(door), delay * 1_000),
    );
  }

  function entryAt(index: number): UhppoteEvent {
    const none = { index: 0, type: 0, granted: false, door: 0, direction: 0, card: 0, time: null, reason: 0 };
    const oldest = memory.log[0];
    if (!oldest) return none;
    if (index === 0) return oldest;
    if (index === 0xffff_ffff) return memory.log.at(-1) ?? none;
    if (index < oldest.index) return { ...none, type: 0xff };
    return memory.log[index - oldest.index] ?? none;
  }

  const noCard: Card = { card: 0, from: null, until: null, doors: [0, 0, 0, 0], pin: 0 };
  const answers: { [Name in FunctionName]: (question: Question<Name>) => Reply<Name> } = {
    status,
    find: () => ({
      ...{ address: '127.0.0.1', netmask: '255.0.0.0', gateway: '0.0.0.0', firmware: '8.92' },
      ...{ mac: '00:66:19:39:55:2d', date: '2018-08-16' },
    }),
    getTime: () => ({ time: shownTime() }),
    setTime({ time }) {
      const wanted = Date.parse(`${time?.replace(' ', 'T')}Z`);
      simulator.clockOffS = Math.round((wanted - Date.now() - options.zoneOffsetMs) / 1_000);
      return { time };
    },
    openDoor({ door }) {
      if (door < 1 || door > 4) return { succeeded: false };
      unlock(door);
      record({ type: 2, granted: true, door, direction: 1, card: 0, reason: 44 });
      return { succeeded: true };
    },
    putCard(card) {
      memory.cards.set(card.card, card);
      return { succeeded: true };
    },
    deleteCard: ({ card }) => ({ succeeded: memory.cards.delete(card) }),
    deleteCards() {
      memory.cards.clear();
      return { succeeded: true };
    },
    countCards: () => ({ cards: memory.cards.size }),
    getCard: ({ card }) => memory.cards.get(card) ?? noCard,
    getCardByIndex: ({ index }) => [...memory.cards.values()][index - 1] ?? noCard,
    getDoor({ door }) {
      const { mode = 0, delay = 0 } = memory.doors[door - 1] ?? {};
      return { door, state: mode, delay };
    },
    setDoor({ door, state, delay }) {
      memory.doors[door - 1] = { mode: state, delay };
      return { door, state, delay };
    },
    recordSpecialEvents({ enable }) {
      memory.special = enable;
      return { succeeded: true };
    },
    getListener: () => memory.listener,
    setListener(listener) {
      memory.listener = listener;
      return { succeeded: true };
    },
    getEvent: ({ index }) => entryAt(index),
    getEventIndex: () => ({ index: memory.readIndex }),
    setEventIndex({ index }) {
      memory.readIndex = index;
      return { succeeded: true };
    },
  };

  function answer<Name extends FunctionName>(name: Name, bytes: Uint8Array): Uint8Array {
    return writeMessage(name, 'reply', serial, answers[name](readMessage(bytes, name, 'request')));
  }

  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const header = readHeader(bytes);
    // It hears what is meant for others, too: they share a broadcast.
    if (!header.ok || (header.serial !== serial && !(header.name === 'find' && header.serial === 0))) return;
    const deaf = simulator.deaf.get(header.name) ?? 0;
    if (deaf > 0) {
      simulator.deaf.set(header.name, deaf - 1);
      return;
    }
    asked.set(header.name, (asked.get(header.name) ?? 0) + 1);
    const reply = answer(header.name, bytes);
    if (!simulator.unanswered.has(header.name)) send(reply, from.port, from.address);
  });

  const simulator: UhppoteSimulator = {
    port: 0,
    memory,
    clockOffS: 0,
    mute: false,
    unanswered: new Set(),
    deaf: new Map(),
    asked,
    hold(card, door) {
      const held = memory.cards.get(card);
      const granted = (held?.doors[door - 1] ?? 0) > 0;
      if (granted) unlock(door);
      record({ type: 1, granted, door, direction: 1, card, reason: granted ? 1 : 6 });
      return granted ? 'granted' : 'denied';
    },
    happen(reason, door = 0) {
      if (reason === 23 || reason === 38) open[door - 1] = true;
      if (reason === 24) open[door - 1] = false;
      record({ type: reason < 30 ? 2 : 3, granted: reason < 30, door, direction: 1, card: 0, reason });
    },
    close() {
      if (closed) return;
      closed = true;
      for (const timer of unlocked.values()) clearTimeout(timer);
      socket.close();
    },
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.port ?? 0, '127.0.0.1', resolve);
  });
  return Object.assign(simulator, { port: socket.address().port });
}
