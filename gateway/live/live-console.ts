import type { Change } from '../contract/live.ts';
import type { Actor } from '../contract/permissions.ts';

/** The part of a `ws` socket that is used. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(data: string, done?: (error?: Error) => void): void;
  close(code: number, reason: string): void;
  on(event: 'message', listener: (data: { toString(): string }) => void): void;
  on(event: 'close' | 'error', listener: () => void): void;
}

/** The changes of one turn under their number. */
export interface Entry {
  seq: number;
  changes: Change[];
}

/** A part of a snapshot, and what is sent at one go to a console that catches up. */
export const partBytes = 200 * 1024;
/** A socket that has this much waiting is closed; it comes back with `since` and misses nothing. */
const slowBytes = 1024 * 1024;
/** Values are passed by a socket that has this much waiting. */
const busyBytes = 256 * 1024;

/** One open `/live` socket: what it has been sent, and what it has still to get. */
export class LiveConsole {
  readonly actor: Actor;
  /** Which entities it may see; consoles with the same ones share a serialisation. */
  readonly audience: string;
  readonly seesValues: boolean;
  /** Values passed it by while it was behind: the next it gets are all of them, for some change only once a day. */
  missedValues = false;
  private readonly socket: LiveSocket;
  private readonly tailOf: (entry: Entry, actor: Actor) => string | null;
  private readonly tooSlow: (console: LiveConsole, waitingBytes: number) => void;
  private lastSeq: number;
  /** Null when it is up to date. */
  private waiting: Entry[] | null = null;
  private over = false;

  /**
   * @param deps.tailOf an entry as this user may see it, from the comma after `prev` on; null when nothing of it
   * @param deps.tooSlow it did not keep up and has been closed
   */
  constructor(
    socket: LiveSocket,
    actor: Actor,
    audience: string,
    seq: number,
    deps: {
      tailOf(entry: Entry, actor: Actor): string | null;
      tooSlow(console: LiveConsole, waitingBytes: number): void;
    },
  ) {
    this.socket = socket;
    this.actor = actor;
    this.audience = audience;
    this.seesValues = actor.permissions.has('devices.read');
    this.lastSeq = seq;
    this.tailOf = deps.tailOf;
    this.tooSlow = deps.tooSlow;
  }

  /** Whether a change can be sent to it at once. */
  get upToDate(): boolean {
    return this.waiting === null;
  }

  get busy(): boolean {
    return this.waiting !== null || this.socket.bufferedAmount >= busyBytes;
  }

  /** Its socket has gone. */
  end(): void {
    this.over = true;
  }

  close(code: number, reason: string): void {
    this.over = true;
    this.socket.close(code, reason);
  }

  send(data: string, left?: (error?: Error) => void): void {
    if (this.over) return;
    if (this.socket.bufferedAmount > slowBytes) this.giveUp();
    else this.socket.send(data, left);
  }

  sendEntry(entry: Entry, tail: string, left?: (error?: Error) => void): void {
    this.send(`{"type":"change","seq":${entry.seq},"prev":${this.lastSeq},${tail}`, left);
    this.lastSeq = entry.seq;
  }

  /** @param most so far behind it could not resume either */
  keep(entry: Entry, most: number): void {
    if ((this.waiting?.push(entry) ?? 0) > most) this.giveUp();
  }

  /** Sends the entries after `seq`, which is where the console says that it stands. */
  resume(seq: number, entries: Entry[]): void {
    this.lastSeq = seq;
    this.waiting = entries;
    this.missedValues = true;
    this.catchUp();
  }

  /** Sends the state of the moment `seq` in parts, each when the one before has left; changes meanwhile wait their turn. */
  sendSnapshot(seq: number, parts: readonly { changes: string[]; values: string[] }[]): void {
    this.waiting = [];
    const sendPart = (index: number) => {
      const part = parts[index];
      if (!part) {
        this.lastSeq = seq;
        this.catchUp();
        return;
      }
      const last = index === parts.length - 1;
      this.send(
        `{"type":"snapshot","seq":${seq},"part":${index},"last":${last},"changes":[${part.changes.join(',')}],"values":[${part.values.join(',')}]}`,
        (error) => {
          if (!error) sendPart(index + 1);
        },
      );
    };
    sendPart(0);
  }

  /** Sends what waits, a part at a time, each when the one before has left; after the last the console is up to date. */
  private catchUp(): void {
    if (this.over || !this.waiting) return;
    const part: { entry: Entry; tail: string }[] = [];
    let bytes = 0;
    let taken = 0;
    for (const entry of this.waiting) {
      if (bytes > partBytes) break;
      taken++;
      const tail = this.tailOf(entry, this.actor);
      if (tail === null) continue;
      bytes += tail.length;
      part.push({ entry, tail });
    }
    const rest = this.waiting.slice(taken);
    this.waiting = rest.length > 0 ? rest : null;
    for (const [i, { entry, tail }] of part.entries())
      this.sendEntry(
        entry,
        tail,
        rest.length > 0 && i === part.length - 1
          ? (error) => {
              if (!error) this.catchUp();
            }
          : undefined,
      );
  }

  private giveUp(): void {
    const waitingBytes = this.socket.bufferedAmount;
    this.close(4008, 'too slow');
    this.tooSlow(this, waitingBytes);
  }
}
