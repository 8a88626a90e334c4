import type { CardEntry } from '../contract/card.ts';
import type { Command } from '../contract/command.ts';

/** How a command to a controller came to its end; the words of the devices room. */
export type CommandEnd = 'confirmed' | 'refused' | 'unsent' | 'unanswered';

/** What a controller shall hold of a card number: the arguments of `cardPut`, or nothing. */
export type Wanted = {
  card: string;
  person: string;
  /** As the controller calls them. */
  doors: string[];
  validFrom?: number;
  validUntil?: number;
} | null;

/** What a controller should hold of a card number, and how far it has come with it. */
export interface KeptEntry {
  controller: string;
  number: string;
  /** The issue that this is of. */
  card: string;
  wanted: Wanted;
  /** Doors by their keys. */
  doors: string[];
  state: CardEntry['state'];
  since: number;
  error: string | null;
  failure: CardEntry['failure'];
  again: boolean;
  /** Grows with each change of what is wanted; `sent` is the one that is on its way. */
  revision: number;
  sent: number;
  command: string | null;
  /** How often in a row it did not go out, or was not answered, although the controller seemed to be there. */
  tries: number;
}

export type EntryInput =
  /** What it shall hold is said, perhaps anew. */
  | { type: 'want'; card: string; wanted: Wanted; doors: string[] }
  /** A command has been asked for. */
  | { type: 'begin'; command: string }
  | { type: 'end'; end: CommandEnd; command: Pick<Command, 'error' | 'failure'> }
  /** The controller is back. */
  | { type: 'back' }
  /** The time has come to try again what was not answered; before it nothing changes. */
  | { type: 'due' }
  /** The controller is a new one, or has forgotten all that it held. */
  | { type: 'forgotten' }
  /** Somebody wants it sent again. */
  | { type: 'retry' };

export function newEntry(controller: string, number: string): KeptEntry {
  return {
    ...{ controller, number, card: '', wanted: null, doors: [], state: 'confirmed', since: 0 },
    ...{ error: null, failure: null, again: false, revision: 0, sent: 0, command: null, tries: 0 },
  };
}

/**
 * One step of what a controller is told of a card. Storing and deleting a card come to the same however often they are done, so
 * unlike other commands what was not answered may go out again; what the controller refused waits for a person.
 * @param now UTC ms
 * @returns the same object when nothing changes
 */
export function stepEntry(entry: KeptEntry, input: EntryInput, now: number): KeptEntry {
  const move = (state: KeptEntry['state'], more: Partial<KeptEntry> = {}): KeptEntry => ({
    ...{ ...entry, error: null, failure: null, again: false, command: null, ...more },
    ...{ state, since: state === entry.state ? entry.since : now },
  });
  switch (input.type) {
    case 'want': {
      const { card, wanted, doors } = input;
      const same = JSON.stringify(wanted) === JSON.stringify(entry.wanted) && card === entry.card;
      if (same && entry.revision > 0) return entry;
      const next = { card, wanted, doors, revision: entry.revision + 1, tries: 0 };
      // What is on its way comes to its end first: then the newer word goes out.
      return entry.state === 'sending' ? { ...entry, ...next } : move('waiting', next);
    }
    case 'begin':
      return entry.state === 'waiting'
        ? move('sending', { command: input.command, sent: entry.revision })
        : entry;
    case 'end': {
      if (entry.state !== 'sending') return entry;
      const { end } = input;
      const { error, failure } = input.command;
      if (end === 'unsent') return move('waiting', { error, failure, tries: entry.tries + 1 });
      if (entry.sent !== entry.revision) return move('waiting', { tries: 0 });
      if (end === 'confirmed') return move('confirmed', { tries: 0 });
      if (end === 'refused') return move('failed', { error, failure });
      return move('failed', { error, failure, again: true, tries: entry.tries + 1 });
    }
    case 'back':
      if (entry.state === 'failed' && entry.again) return move('waiting', { tries: 0 });
      // What was sent before anybody knew that it was away has its pauses anew, too.
      return entry.state !== 'confirmed' && entry.tries > 0 ? { ...entry, tries: 0 } : entry;
    case 'due':
      return entry.state === 'failed' && entry.again && now >= dueAt(entry) ? move('waiting') : entry;
    case 'forgotten':
      // What is on its way arrives after that.
      return entry.wanted !== null && entry.state !== 'sending' ? move('waiting', { tries: 0 }) : entry;
    case 'retry':
      return entry.state === 'failed' || entry.state === 'waiting' ? move('waiting', { tries: 0 }) : entry;
  }
}

const firstPauseMs = 5_000;
const longestPauseMs = 600_000;

/** How long to wait before it is tried again; ms. */
export function pauseMs({ tries }: Pick<KeptEntry, 'tries'>): number {
  return Math.min(longestPauseMs, firstPauseMs * 4 ** Math.max(0, tries - 1));
}

/** When what was not answered goes out again, if its controller is there; UTC ms. */
export function dueAt(entry: Pick<KeptEntry, 'since' | 'tries'>): number {
  return entry.since + pauseMs(entry);
}

/** As people see it. */
export function shownEntry(entry: KeptEntry): CardEntry {
  const { controller, wanted, doors, state, since, error, failure, again } = entry;
  return {
    ...{ controller, wanted: wanted === null ? 'deleted' : 'stored', doors },
    ...{ state, since, error, failure, again },
  };
}
