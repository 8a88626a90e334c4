import type { CardEntry } from '../contract/card.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import {
  type CommandEnd,
  dueAt,
  type EntryInput,
  type KeptEntry,
  newEntry,
  pauseMs,
  shownEntry,
  stepEntry,
  type Wanted,
} from './entry-machine.ts';
import { type KeptCard, readEntries, writeEntry } from './store.ts';

/** A controller that has just connected subscribes to its commands first; what goes out before that is lost. */
const settleMs = 3_000;

/** A controller with those of its doors that a card shall open, by their keys and as it calls them. */
export interface ToldController {
  controller: string;
  doors: string[];
  names: string[];
}

export interface EntryDeps {
  memory: Memory;
  query: Query;
  hasController(id: string): boolean;
  /** Why a device cannot be reached now; null when it can. */
  unreachable(device: string): string | null;
  requestCommand(
    turn: Turn,
    request: { device: string; command: string; args: Record<string, unknown>; reason: string | null },
  ): Command;
}

type Issue = Pick<
  KeptCard['card'],
  'id' | 'number' | 'holder' | 'validFrom' | 'validUntil' | 'state' | 'reason'
>;

const keyOf = ({ controller, number }: Pick<KeptEntry, 'controller' | 'number'>) => `${controller}|${number}`;

/**
 * What each controller is told of each card, one command at a time for each controller, oldest wish first. A controller that is
 * away is told when it is back.
 */
export function createEntries(deps: EntryDeps) {
  const entries: Table<KeptEntry> = deps.memory.table('access-entries');
  /** Card number → the controllers that know of it. */
  const ofNumber: Table<readonly string[]> = deps.memory.table('access-entries-of-number');
  /** Keys of those that are not confirmed: few, also where there are many cards. */
  const open: Table<string> = deps.memory.table('access-entries-open');
  /** Command → the entry that waits for it. */
  const awaited: Table<string> = deps.memory.table('access-entries-awaited');

  function index(load: boolean, key: string, entry: KeptEntry): void {
    const { number, controller, state, command } = entry;
    const known = ofNumber.get(number) ?? [];
    const set = <T>(table: Table<T>, id: string, row: T) => (load ? table.load(id, row) : table.set(id, row));
    if (!known.includes(controller)) set(ofNumber, number, [...known, controller]);
    if (state !== 'confirmed') set(open, key, key);
    else if (!load && open.get(key) !== undefined) open.set(key, undefined);
    if (command !== null) set(awaited, command, key);
  }

  function keep(turn: Turn, entry: KeptEntry): void {
    const key = keyOf(entry);
    const before = entries.get(key);
    if (before?.command && before.command !== entry.command) awaited.set(before.command, undefined);
    entries.set(key, entry);
    index(false, key, entry);
    writeEntry(turn, entry);
  }

  /** @returns whether anything changed */
  function step(turn: Turn, entry: KeptEntry, input: EntryInput): boolean {
    const after = stepEntry(entry, input, turn.now);
    if (after === entry) return false;
    keep(turn, after);
    return true;
  }

  function entriesOf(number: string): KeptEntry[] {
    return (ofNumber.get(number) ?? []).flatMap(
      (controller) => entries.get(keyOf({ controller, number })) ?? [],
    );
  }

  /** Asks for the command of the oldest wish, unless one is on its way or the controller is away. */
  function send(turn: Turn, controller: string): void {
    if (!deps.hasController(controller) || deps.unreachable(controller) !== null) return;
    let next: KeptEntry | undefined;
    for (const key of open.values()) {
      const entry = entries.get(key);
      if (entry?.controller !== controller) continue;
      if (entry.state === 'sending') return;
      if (entry.state === 'waiting' && (!next || entry.since < next.since)) next = entry;
    }
    if (!next) return;
    const { wanted, number } = next;
    const command = deps.requestCommand(turn, {
      device: controller,
      command: wanted === null ? 'cardDelete' : 'cardPut',
      args: wanted ?? { card: number },
      reason: null,
    });
    step(turn, next, { type: 'begin', command: command.id });
    // It may have come to its end before anybody knew what it was for.
    if (command.endedAt !== null) ended(turn, keyOf(next), 'unsent', command);
  }

  function ended(turn: Turn, key: string, end: CommandEnd, command: Command): void {
    const entry = entries.get(key);
    if (!entry) return;
    step(turn, entry, { type: 'end', end, command });
    if (end !== 'unsent') {
      if (end === 'unanswered') wakeForUnanswered(turn, entry.controller);
      send(turn, entry.controller);
      return;
    }
    const { tries } = entries.get(key) ?? entry;
    turn.timer('access', `send/${entry.controller}`, turn.now + pauseMs({ tries }), 'duration');
  }

  /**
   * A controller that did not answer need not have been away: then it never comes back, and nothing else would send the card again.
   * So it happens to one that connects while the first word to it is on its way.
   */
  function wakeForUnanswered(turn: Turn, controller: string): void {
    let at = Number.POSITIVE_INFINITY;
    for (const key of open.values()) {
      const entry = entries.get(key);
      if (entry?.controller === controller && entry.state === 'failed' && entry.again)
        at = Math.min(at, dueAt(entry));
    }
    if (Number.isFinite(at)) turn.timer('access', `again/${controller}`, at, 'duration');
  }

  function sendUnanswered(turn: Turn, controller: string): void {
    // One that is away gets all of it when it is back.
    if (!deps.hasController(controller) || deps.unreachable(controller) !== null) return;
    for (const key of [...open.values()]) {
      const entry = entries.get(key);
      if (entry?.controller === controller) step(turn, entry, { type: 'due' });
    }
    send(turn, controller);
    wakeForUnanswered(turn, controller);
  }

  function wantedOf({ number, holder, validFrom, validUntil }: Issue, { names }: ToldController): Wanted {
    return {
      card: number,
      person: holder,
      doors: names,
      ...(validFrom === null ? {} : { validFrom }),
      ...(validUntil === null ? {} : { validUntil }),
    };
  }

  return {
    async load(): Promise<void> {
      for (const entry of await readEntries(deps.query)) {
        entries.load(keyOf(entry), entry);
        index(true, keyOf(entry), entry);
      }
    },

    /** Says which controllers shall hold a card, and for which doors; all others that ever held it shall forget it. */
    settle(turn: Turn, issue: Issue, told: readonly ToldController[]): void {
      const { id: card, number } = issue;
      const moved = new Set<string>();
      const want = (entry: KeptEntry, wanted: Wanted, doors: string[]) => {
        if (step(turn, entry, { type: 'want', card, wanted, doors })) moved.add(entry.controller);
      };
      for (const one of told) {
        const { controller } = one;
        const entry = entries.get(keyOf({ controller, number })) ?? newEntry(controller, number);
        want(entry, wantedOf(issue, one), one.doors);
      }
      for (const entry of entriesOf(number))
        if (!told.some(({ controller }) => controller === entry.controller) && entry.wanted !== null)
          want(entry, null, entry.doors);
      for (const controller of moved) send(turn, controller);
    },

    retry(turn: Turn, { id, number }: Issue, controller: string | undefined): void {
      for (const entry of entriesOf(number)) {
        if (entry.card !== id || (controller !== undefined && entry.controller !== controller)) continue;
        if (step(turn, entry, { type: 'retry' })) send(turn, entry.controller);
      }
    },

    /** Sends a controller that has forgotten everything all that it shall hold. */
    refill(turn: Turn, controller: string): void {
      let waits = false;
      for (const entry of [...entries.values()])
        if (entry.controller === controller && step(turn, entry, { type: 'forgotten' })) waits = true;
      if (waits) send(turn, controller);
    },

    onCommand(turn: Turn, command: Command, end: CommandEnd): void {
      const key = awaited.get(command.id);
      if (key !== undefined) ended(turn, key, end, command);
    },

    onDeviceState(turn: Turn, { id, state }: DeviceState): void {
      if (state !== 'online' || !deps.hasController(id)) return;
      let waits = false;
      for (const key of [...open.values()]) {
        const entry = entries.get(key);
        if (entry?.controller !== id) continue;
        step(turn, entry, { type: 'back' });
        waits = true;
      }
      if (waits) turn.timer('access', `send/${id}`, turn.now + settleMs, 'duration');
    },

    send,
    sendUnanswered,

    /** Lets go of controllers that are no longer there. */
    forget(turn: Turn): void {
      for (const entry of [...entries.values()]) {
        const { controller, number } = entry;
        if (deps.hasController(controller)) continue;
        const key = keyOf(entry);
        entries.set(key, undefined);
        open.set(key, undefined);
        if (entry.command !== null) awaited.set(entry.command, undefined);
        ofNumber.set(
          number,
          (ofNumber.get(number) ?? []).filter((id) => id !== controller),
        );
        turn.write('access.dropEntry', controller, number);
        turn.clearTimer('access', `send/${controller}`);
        turn.clearTimer('access', `again/${controller}`);
      }
    },

    /** As the running turn sees them. */
    of: ({ id, number }: Issue): CardEntry[] =>
      entriesOf(number)
        .filter(({ card }) => card === id)
        .map(shownEntry),

    committedOf: ({ id, number }: Issue): CardEntry[] =>
      (ofNumber.committed.get(number) ?? []).flatMap((controller) => {
        const entry = entries.committed.get(keyOf({ controller, number }));
        return entry?.card === id ? [shownEntry(entry)] : [];
      }),
  };
}
