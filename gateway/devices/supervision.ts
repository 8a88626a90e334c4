import type { DeviceState } from '../contract/device-state.ts';

/** How one device is watched. */
export interface Watched {
  readonly id: string;
  /** Silence longer than this is loss, ms; null: silence says nothing (a tag reader, a camera that is only linked). */
  readonly intervalMs: number | null;
  /** What silence makes of it: `stale` where its readings are what counts, else `offline`. */
  readonly silence: 'stale' | 'offline';
  /** Never lost: its kind is not supervised. */
  readonly unsupervised: boolean;
  readonly parent: string | null;
  /** Its parent speaks for it: it has no life of its own. */
  readonly throughParent?: boolean;
  /** The devices a composed one is bound to; it has no life of its own. */
  readonly sources: readonly string[] | null;
  /** The ways by which it is reached (a broker, a bridge): with one of them it is lost, and comes back with it. */
  readonly ways: readonly string[];
}

/** Why a way is lost, and what is told as the cause. */
export type WayLoss = { readonly why: string; readonly cause: string };

export type Judgement = Pick<DeviceState, 'state' | 'why' | 'cause'>;

/** What has been observed of one device. Times are monotonic ms. */
interface Facts {
  watched: Watched;
  /** Last traffic, or when watching began. */
  lastSeen: number;
  everSeen: boolean;
  /** Its link, its will or its polls say that it is gone. */
  lost: string | null;
  /** A connection with a keep-alive of at most 60 s stands: silence on it is no loss. */
  connected: boolean;
  /** Since when every value it sent was bad. */
  badSince: number | null;
  /** Points that should move: when they last did. */
  moved: Map<string, { at: number; stuckAfterMs: number }>;
}

/** A device more than this many steps behind its first parent would be a ring; the site check refuses those. */
const deepest = 8;

export interface Supervision {
  /** Takes the devices anew; what is known of those that stay is kept, new ones get one full interval. */
  watch(devices: Iterable<Watched>, monoMs: number): void;
  /** Any traffic of the device. `good`: it held a usable value or an event; `bad`: nothing but bad values; null: neither. */
  heard(device: string, monoMs: number, values: 'good' | 'bad' | null): void;
  /** A point that always moves has changed. */
  moved(device: string, point: string, monoMs: number, stuckAfterMs: number): void;
  lost(device: string, why: string): void;
  /**
   * A way was lost, or (null) is back: then those behind it get one full interval anew.
   * @returns the devices behind it, news or not: a turn may be repeated
   */
  way(way: string, loss: WayLoss | null, monoMs: number): readonly string[];
  /** It can be asked from now on: its silence counts from here. */
  begun(device: string, monoMs: number): void;
  /** Nothing could be heard for the last `ms`: no silence counts that time. */
  deaf(ms: number, monoMs: number): void;
  /** A connection that proves life by its keep-alive came or went. */
  connected(device: string, connected: boolean): void;
  judge(device: string, monoMs: number): Judgement;
  /** The devices whose state follows this one's: children and composed ones. */
  dependants(device: string): readonly string[];
  /** Devices whose judgement differs from what is known of them; empty while storage fails, and before `nextDue`. */
  due(
    monoMs: number,
    known: (device: string) => Judgement | undefined,
  ): { device: string; judged: Judgement }[];
  /** No judgement can change by silence alone before this, monotonic ms. */
  nextDue(): number;
  /** While storage fails nothing is judged for silence; afterwards everything gets one full interval anew. */
  hold(failing: boolean, monoMs: number): void;
}

export function sameJudgement(a: Judgement, b: Judgement): boolean {
  return a.state === b.state && a.why === b.why && a.cause === b.cause;
}

/**
 * Who is online, as a pure judgement over observed facts: nothing here sets a timer, and a message costs one look into a
 * map. The caller asks `due` when `nextDue` has come and turns the answers into inputs of the turn.
 */
export function createSupervision(): Supervision {
  let facts = new Map<string, Facts>();
  let following = new Map<string, string[]>();
  let behind = new Map<string, string[]>();
  const lostWays = new Map<string, WayLoss>();
  let holding = false;
  let due = -Infinity;

  function soonest(at: number): void {
    if (at < due) due = at;
  }

  function own({ watched, ...seen }: Facts, monoMs: number): Judgement {
    if (seen.lost !== null) return { state: 'offline', why: seen.lost };
    const { intervalMs, silence } = watched;
    const silent = intervalMs !== null && monoMs - seen.lastSeen >= intervalMs;
    if (silent && !(seen.connected && silence === 'offline')) return { state: silence, why: 'silence' };
    if (intervalMs !== null && seen.badSince !== null && monoMs - seen.badSince >= intervalMs)
      return { state: 'stale', why: 'bad values' };
    for (const [point, { at, stuckAfterMs }] of seen.moved)
      if (monoMs - at >= stuckAfterMs) return { state: 'stale', why: `no change: ${point}` };
    return { state: seen.everSeen || seen.connected ? 'online' : 'unknown', why: null };
  }

  /** A composed device is as well as the worst of its sources. */
  function ofSources(sources: readonly string[], monoMs: number, depth: number): Judgement {
    let worst: Judgement = { state: 'online', why: null };
    const rank = { online: 0, unknown: 1, stale: 2, offline: 3 };
    for (const source of sources) {
      const { state, cause } = judge(source, monoMs, depth + 1);
      if (rank[state] <= rank[worst.state]) continue;
      worst =
        state === 'unknown' ? { state, why: null } : { state, why: 'source lost', cause: cause ?? source };
    }
    return worst;
  }

  function judge(device: string, monoMs: number, depth = 0): Judgement {
    const seen = facts.get(device);
    if (!seen || depth > deepest) return { state: 'unknown', why: null };
    const { watched } = seen;
    if (watched.unsupervised) return { state: seen.everSeen ? 'online' : 'unknown', why: null };
    if (watched.sources) return ofSources(watched.sources, monoMs, depth);
    for (const way of watched.ways) {
      const loss = lostWays.get(way);
      if (loss) return { state: 'offline', ...loss };
    }
    if (watched.parent !== null) {
      const parent = judge(watched.parent, monoMs, depth + 1);
      if (parent.state === 'offline')
        return { state: 'offline', why: 'parent lost', cause: parent.cause ?? watched.parent };
      if (watched.throughParent) return { state: parent.state, why: parent.why };
    }
    return own(seen, monoMs);
  }

  /** When this device's own judgement can next change by nothing happening. */
  function nextOf({ watched, lastSeen, badSince, moved, lost, connected }: Facts, monoMs: number): number {
    let next = Infinity;
    const candidate = (at: number) => {
      if (at > monoMs && at < next) next = at;
    };
    if (watched.unsupervised || watched.sources || lost !== null) return next;
    const { intervalMs } = watched;
    if (intervalMs !== null) {
      if (!(connected && watched.silence === 'offline')) candidate(lastSeen + intervalMs);
      if (badSince !== null) candidate(badSince + intervalMs);
    }
    for (const { at, stuckAfterMs } of moved.values()) candidate(at + stuckAfterMs);
    return next;
  }

  /** One full interval anew: for a time in which nothing could be heard. */
  function anew(seen: Facts | undefined, monoMs: number): void {
    if (!seen) return;
    seen.lastSeen = monoMs;
    if (seen.badSince !== null) seen.badSince = monoMs;
    for (const [point, { stuckAfterMs }] of seen.moved) seen.moved.set(point, { at: monoMs, stuckAfterMs });
  }

  /** The last `ms` are not counted; what was heard since stays as it is. */
  function shift(seen: Facts, ms: number, monoMs: number): void {
    const later = (at: number) => Math.min(at + ms, monoMs);
    seen.lastSeen = later(seen.lastSeen);
    if (seen.badSince !== null) seen.badSince = later(seen.badSince);
    for (const [point, { at, stuckAfterMs }] of seen.moved)
      seen.moved.set(point, { at: later(at), stuckAfterMs });
  }

  return {
    watch(devices, monoMs) {
      const next = new Map<string, Facts>();
      following = new Map();
      behind = new Map();
      for (const watched of devices) {
        const before = facts.get(watched.id);
        next.set(
          watched.id,
          before
            ? { ...before, watched }
            : {
                watched,
                lastSeen: monoMs,
                everSeen: false,
                lost: null,
                connected: false,
                badSince: null,
                moved: new Map(),
              },
        );
        for (const leader of watched.sources ?? (watched.parent === null ? [] : [watched.parent]))
          following.set(leader, [...(following.get(leader) ?? []), watched.id]);
        for (const way of watched.ways) {
          const there = behind.get(way);
          if (there) there.push(watched.id);
          else behind.set(way, [watched.id]);
        }
      }
      facts = next;
      due = -Infinity;
    },
    heard(device, monoMs, values) {
      const seen = facts.get(device);
      if (!seen) return;
      seen.lastSeen = monoMs;
      seen.everSeen = true;
      seen.lost = null;
      const { intervalMs } = seen.watched;
      if (intervalMs !== null) soonest(monoMs + intervalMs);
      if (values === 'good') seen.badSince = null;
      else if (values === 'bad') seen.badSince ??= monoMs;
    },
    moved(device, point, monoMs, stuckAfterMs) {
      const seen = facts.get(device);
      if (!seen) return;
      seen.moved.set(point, { at: monoMs, stuckAfterMs });
      soonest(monoMs + stuckAfterMs);
    },
    lost(device, why) {
      const seen = facts.get(device);
      if (!seen) return;
      seen.lost = why;
      seen.connected = false;
      due = -Infinity;
    },
    way(way, loss, monoMs) {
      const there = behind.get(way) ?? [];
      if (loss) lostWays.set(way, loss);
      else if (lostWays.delete(way)) for (const device of there) anew(facts.get(device), monoMs);
      due = -Infinity;
      return there;
    },
    begun: (device, monoMs) => anew(facts.get(device), monoMs),
    deaf(ms, monoMs) {
      for (const seen of facts.values()) shift(seen, ms, monoMs);
    },
    connected(device, connected) {
      const seen = facts.get(device);
      if (!seen) return;
      seen.connected = connected;
      due = -Infinity;
    },
    judge: (device, monoMs) => judge(device, monoMs),
    dependants: (device) => following.get(device) ?? [],
    due(monoMs, known) {
      if (holding || monoMs < due) return [];
      const changed: { device: string; judged: Judgement }[] = [];
      due = Infinity;
      for (const seen of facts.values()) {
        const judged = judge(seen.watched.id, monoMs);
        if (!sameJudgement(judged, known(seen.watched.id) ?? { state: 'unknown', why: null }))
          changed.push({ device: seen.watched.id, judged });
        soonest(nextOf(seen, monoMs));
      }
      return changed;
    },
    nextDue: () => (holding ? Infinity : due),
    hold(failing, monoMs) {
      if (holding && !failing) {
        for (const seen of facts.values()) anew(seen, monoMs);
        due = -Infinity;
      }
      holding = failing;
    },
  };
}
