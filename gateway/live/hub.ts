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
import { type Entry, LiveConsole, type LiveSocket, partBytes } from './live-console.ts';

export type { LiveSocket } from './live-console.ts';

const ringEntries = 5_000;
const valuesMs = 250;
const beatMs = 1_000;

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
  const consoles = new Set<LiveConsole>();
  let seq = 0;
  let ring: Entry[] = [];
  let dirty = new Map<string, Reading>();
  let stopped = false;
  const unrecorded = new Map<string, unknown>();
  const cancels = new Map<string, () => void>();

  function tooSlow(console: LiveConsole, waitingBytes: number): void {
    consoles.delete(console);
    const fields = { who: console.actor.who, waitingBytes };
    deps.log.warn(fields, 'a console does not keep up; closed to resume');
  }

  const allows = (actor: Actor, entity: Entity) => actor.permissions.has(entityPermission[entity]);

  function audienceOf(actor: Actor): string {
    const seen = new Set<Permission>(
      Object.values(entityPermission).filter((permission) => actor.permissions.has(permission)),
    );
    return [...seen].sort().join(' ');
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

  /** The state as this console may see it, in parts. */
  function snapshotFor(console: LiveConsole): { changes: string[]; values: string[] }[] {
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
    if (console.seesValues)
      for (const row of valueRows(deps.liveValues())) place(JSON.stringify(row), 'values');
    return parts;
  }

  /** Repeats what the ring still holds; false when the console's place is no longer known. */
  function resume(console: LiveConsole, since: string): boolean {
    const [knownEpoch, knownSeq] = since.split(':');
    const from = Number(knownSeq);
    if (knownEpoch !== epoch || !Number.isInteger(from) || from > seq) return false;
    const oldest = ring[0]?.seq ?? seq + 1;
    if (from < oldest - 1) return false;
    console.resume(
      from,
      ring.filter((entry) => entry.seq > from),
    );
    return true;
  }

  function broadcast(data: string, wanted: (console: LiveConsole) => boolean): void {
    for (const console of consoles) if (wanted(console)) console.send(data);
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
    const readings = dirty;
    dirty = new Map();
    let newest: string | undefined;
    let all: string | undefined;
    for (const console of consoles) {
      if (!console.seesValues) continue;
      if (console.busy) {
        console.missedValues ||= readings.size > 0;
      } else if (console.missedValues) {
        console.missedValues = false;
        all ??= valuesMessage(deps.liveValues());
        console.send(all);
      } else if (readings.size > 0) {
        newest ??= valuesMessage(readings.values());
        console.send(newest);
      }
    }
  }

  return {
    publish(changes) {
      const entry: Entry = { seq: ++seq, changes };
      ring.push(entry);
      if (ring.length > ringEntries * 1.25) ring = ring.slice(-ringEntries);
      const tails = new Map<string, string | null>();
      for (const console of consoles) {
        if (!console.upToDate) {
          console.keep(entry, ringEntries * 1.25);
          continue;
        }
        let tail = tails.get(console.audience);
        if (tail === undefined) {
          tail = tailOf(entry, console.actor);
          tails.set(console.audience, tail);
        }
        if (tail !== null) console.sendEntry(entry, tail);
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
      const console = new LiveConsole(socket, actor, audienceOf(actor), seq, { tailOf, tooSlow });
      // What the last one has not been sent is in the snapshot of this one.
      if (consoles.size === 0) dirty = new Map();
      consoles.add(console);
      every('values', valuesMs, flushValues);
      every('beat', beatMs, () =>
        broadcast(`{"type":"beat","serverTime":${clock.now().wallMs}}`, () => true),
      );
      const gone = () => {
        console.end();
        consoles.delete(console);
      };
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
      if (since === undefined || !resume(console, since)) console.sendSnapshot(seq, snapshotFor(console));
    },
    consoles: () => consoles.size,
    close() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
      for (const console of consoles) console.close(1001, 'the gateway stops');
      consoles.clear();
    },
  };
}
