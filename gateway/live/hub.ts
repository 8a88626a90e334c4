import {
  type Change,
  type ClientMessage,
  clientMessageSchema,
  type Entity,
  type ValueRow,
} from '../contract/live.ts';
import { type Actor, entityPermission, type Permission } from '../contract/permissions.ts';
import type { Reading } from '../contract/reading.ts';
import type { Clock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';

/** The part of a `ws` socket that the hub uses. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(data: string, done?: (error?: Error) => void): void;
  close(code: number, reason: string): void;
  on(event: 'message', listener: (data: { toString(): string }) => void): void;
  on(event: 'close' | 'error', listener: () => void): void;
}

const partBytes = 200 * 1024;
/** A socket that has this much waiting is closed; it comes back with `since` and misses nothing. */
const slowBytes = 1024 * 1024;
/** Values are skipped for a socket that has this much waiting; the next ones are newer. */
const busyBytes = 256 * 1024;
const ringEntries = 5_000;
const valuesMs = 250;
const beatMs = 1_000;

interface Entry {
  seq: number;
  changes: Change[];
}

interface Console {
  socket: LiveSocket;
  actor: Actor;
  /** Which entities it may see; consoles with the same ones share a serialisation. */
  audience: string;
  lastSeq: number;
  /** Changes that came while its snapshot was on the way; null when it is up to date. */
  waiting: Entry[] | null;
  values: boolean;
}

export interface Hub {
  publish(changes: Change[]): void;
  publishUnrecorded(changes: Change[]): void;
  /** Storage works again: unrecorded alarms may be shown anew at the next outage. */
  recovered(): void;
  /** @param key `device.point` */
  value(key: string, reading: Reading): void;
  /** @param since `<epoch>:<seq>` of the last message the console had */
  attach(socket: LiveSocket, actor: Actor, since: string | undefined, revoked: AbortSignal): void;
  consoles(): number;
  close(): void;
}

/** Numbered changes to every open console, filtered by what its user may see; resumable within the ring. */
export function createHub(deps: {
  clock: Clock;
  log: Logger;
  snapshot(): Change[];
  liveValues(): Iterable<Reading>;
  shown(actor: Actor, message: ClientMessage): void;
}): Hub {
  const { clock } = deps;
  const epoch = uuidv7(clock.now().wallMs);
  const consoles = new Set<Console>();
  let seq = 0;
  let ring: Entry[] = [];
  let dirty = new Map<string, Reading>();
  let stopped = false;
  const unrecorded = new Map<string, unknown>();
  const cancels = new Map<string, () => void>();

  const allows = (actor: Actor, entity: Entity) => actor.permissions.has(entityPermission[entity]);

  function audienceOf(actor: Actor): string {
    const seen = new Set<Permission>(
      Object.values(entityPermission).filter((permission) => actor.permissions.has(permission)),
    );
    return [...seen].sort().join(' ');
  }

  function transmit(console: Console, data: string): void {
    if (console.socket.bufferedAmount > slowBytes) {
      deps.log.warn(
        { who: console.actor.who, waiting: console.socket.bufferedAmount },
        'a console does not keep up; closed to resume',
      );
      consoles.delete(console);
      console.socket.close(4008, 'too slow');
      return;
    }
    console.socket.send(data);
  }

  function sendEntry(console: Console, entry: Entry, tail: string): void {
    transmit(console, `{"type":"change","seq":${entry.seq},"prev":${console.lastSeq},${tail}`);
    console.lastSeq = entry.seq;
  }

  function tailOf(entry: Entry, actor: Actor): string | null {
    const changes = entry.changes.filter((change) => allows(actor, change.entity));
    return changes.length === 0
      ? null
      : `"serverTime":${clock.now().wallMs},"changes":${JSON.stringify(changes)}}`;
  }

  function valueRows(readings: Iterable<Reading>): ValueRow[] {
    return Array.from(
      readings,
      ({ device, point, value, quality, at }): ValueRow => [device, point, value, quality, at],
    );
  }

  function valuesMessage(readings: Iterable<Reading>): string {
    return JSON.stringify({ type: 'values', serverTime: clock.now().wallMs, values: valueRows(readings) });
  }

  /** The state in parts, each sent when the one before has left. Changes meanwhile wait their turn. */
  function sendSnapshot(console: Console): void {
    const at = seq;
    console.waiting = [];
    const changes = deps.snapshot().filter((change) => allows(console.actor, change.entity));
    const parts: { changes: string[]; values: string[] }[] = [{ changes: [], values: [] }];
    let bytes = 0;
    const place = (json: string, list: 'changes' | 'values') => {
      if (bytes + json.length > partBytes && bytes > 0) {
        parts.push({ changes: [], values: [] });
        bytes = 0;
      }
      bytes += json.length;
      parts.at(-1)?.[list].push(json);
    };
    for (const change of changes) place(JSON.stringify(change), 'changes');
    if (console.values) for (const row of valueRows(deps.liveValues())) place(JSON.stringify(row), 'values');
    const sendPart = (index: number) => {
      const part = parts[index];
      if (!consoles.has(console)) return;
      if (!part) {
        console.lastSeq = at;
        const waiting = console.waiting ?? [];
        console.waiting = null;
        for (const entry of waiting) {
          const tail = tailOf(entry, console.actor);
          if (tail) sendEntry(console, entry, tail);
        }
        return;
      }
      const last = index === parts.length - 1;
      console.socket.send(
        `{"type":"snapshot","seq":${at},"part":${index},"last":${last},"changes":[${part.changes.join(',')}],"values":[${part.values.join(',')}]}`,
        (error) => {
          if (!error) sendPart(index + 1);
        },
      );
    };
    sendPart(0);
  }

  /** Repeats what the ring still holds; false when the console's place is no longer known. */
  function resume(console: Console, since: string): boolean {
    const [knownEpoch, knownSeq] = since.split(':');
    const from = Number(knownSeq);
    if (knownEpoch !== epoch || !Number.isInteger(from) || from > seq) return false;
    const oldest = ring[0]?.seq ?? seq + 1;
    if (from < oldest - 1) return false;
    console.lastSeq = from;
    for (const entry of ring) {
      if (entry.seq <= from) continue;
      const tail = tailOf(entry, console.actor);
      if (tail) sendEntry(console, entry, tail);
    }
    return true;
  }

  function broadcast(data: string, wanted: (console: Console) => boolean): void {
    for (const console of consoles) if (wanted(console)) transmit(console, data);
  }

  /** While somebody watches. */
  function every(name: string, periodMs: number, work: () => void): void {
    if (cancels.has(name)) return;
    cancels.set(
      name,
      clock.wakeAfter(periodMs, () => {
        cancels.delete(name);
        if (stopped || consoles.size === 0) return;
        work();
        every(name, periodMs, work);
      }),
    );
  }

  function flushValues(): void {
    if (dirty.size === 0) return;
    const readings = dirty;
    dirty = new Map();
    const data = valuesMessage(readings.values());
    broadcast(
      data,
      (console) => console.values && !console.waiting && console.socket.bufferedAmount < busyBytes,
    );
  }

  return {
    publish(changes) {
      const entry: Entry = { seq: ++seq, changes };
      ring.push(entry);
      if (ring.length > ringEntries * 1.25) ring = ring.slice(-ringEntries);
      const tails = new Map<string, string | null>();
      for (const console of consoles) {
        if (console.waiting) {
          console.waiting.push(entry);
          continue;
        }
        let tail = tails.get(console.audience);
        if (tail === undefined) {
          tail = tailOf(entry, console.actor);
          tails.set(console.audience, tail);
        }
        if (tail !== null) sendEntry(console, entry, tail);
      }
    },
    publishUnrecorded(changes) {
      const fresh = changes.filter((change) => {
        const revision = (change.data as { revision?: number } | null)?.revision ?? null;
        if (unrecorded.get(change.id) === revision) return false;
        unrecorded.set(change.id, revision);
        return true;
      });
      if (fresh.length === 0) return;
      const marked = fresh.map((change) =>
        change.data === null ? change : { ...change, data: { ...(change.data as object), recorded: false } },
      );
      broadcast(
        JSON.stringify({ type: 'unrecorded', serverTime: clock.now().wallMs, changes: marked }),
        (console) => allows(console.actor, 'alarms'),
      );
    },
    recovered() {
      unrecorded.clear();
    },
    value(key, reading) {
      if (consoles.size > 0) dirty.set(key, reading);
    },
    attach(socket, actor, since, revoked) {
      const console: Console = {
        socket,
        actor,
        audience: audienceOf(actor),
        lastSeq: seq,
        waiting: null,
        values: actor.permissions.has('devices.read'),
      };
      // What the last one has not been sent is in the snapshot of this one.
      if (consoles.size === 0) dirty = new Map();
      consoles.add(console);
      every('values', valuesMs, flushValues);
      every('beat', beatMs, () =>
        broadcast(`{"type":"beat","serverTime":${clock.now().wallMs}}`, () => true),
      );
      const gone = () => consoles.delete(console);
      socket.on('close', gone);
      socket.on('error', gone);
      revoked.addEventListener('abort', () => {
        gone();
        socket.close(4001, 'signed out');
      });
      socket.on('message', (data) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(data.toString());
        } catch {
          parsed = undefined;
        }
        const message = clientMessageSchema.safeParse(parsed);
        if (message.success) deps.shown(actor, message.data);
        else socket.close(4400, 'not a message that /live takes');
      });
      socket.send(JSON.stringify({ type: 'hello', epoch, seq, serverTime: clock.now().wallMs }));
      if (since === undefined || !resume(console, since)) sendSnapshot(console);
      // Values are not numbered: whatever moved while it was away, it has them all again.
      else if (console.values) socket.send(valuesMessage(deps.liveValues()));
    },
    consoles: () => consoles.size,
    close() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
      for (const console of consoles) console.socket.close(1001, 'the gateway stops');
      consoles.clear();
    },
  };
}
