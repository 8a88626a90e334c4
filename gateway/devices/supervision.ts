import {
  anew,
  hear,
  hearBound,
  type Judgement,
  judgeBound,
  judgeOwn,
  type LifeSigns,
  lose,
  newLifeSigns,
  nextOf,
  settleBad,
  shift,
  sourceBack,
  type Watched,
  type Worth,
  watchAnew,
} from './life-signs.ts';

/** Why a way is lost, and what is told as the cause. */
export type WayLoss = { readonly why: string; readonly cause: string };

/** A device more than this many steps behind its first parent would be a ring; the site check refuses those. */
const deepest = 8;

export interface Supervision {
  /** Takes the devices anew; what is known of those that stay is kept, new ones get one full interval. */
  watch(devices: Iterable<Watched>, monoMs: number): void;
  /** Any traffic of the device. */
  heard(device: string, monoMs: number, worth: Worth): void;
  /** A composed device has a usable value by one of its bindings, or none. */
  bound(device: string, binding: string, good: boolean, monoMs: number): void;
  /** A point that always moves has changed. */
  moved(device: string, point: string, monoMs: number, stuckAfterMs: number): void;
  lost(device: string, why: string, monoMs: number): void;
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
  let facts = new Map<string, LifeSigns>();
  let following = new Map<string, string[]>();
  let behind = new Map<string, string[]>();
  const lostWays = new Map<string, WayLoss>();
  let holding = false;
  let due = -Infinity;

  function soonest(at: number): void {
    if (at < due) due = at;
  }

  /** Those that are bound to a device that is back. */
  function followersOf(device: string, monoMs: number): void {
    for (const follower of following.get(device) ?? []) {
      const signs = facts.get(follower);
      if (signs) sourceBack(signs, monoMs);
    }
  }

  /** A composed device is as well as the worst of its sources, and no better than its own points. */
  function ofSources(signs: LifeSigns, sources: readonly string[], monoMs: number, depth: number): Judgement {
    let worst: Judgement = { state: 'online', why: null };
    const rank = { online: 0, unknown: 1, stale: 2, offline: 3 };
    for (const source of sources) {
      const { state, cause } = judge(source, monoMs, depth + 1);
      if (rank[state] <= rank[worst.state]) continue;
      const why = state === 'stale' ? 'source stale' : 'source lost';
      worst = state === 'unknown' ? { state, why: null } : { state, why, cause: cause ?? source };
    }
    if (worst.state === 'offline' || worst.state === 'stale') return worst;
    return judgeBound(signs, monoMs) ?? worst;
  }

  function judge(device: string, monoMs: number, depth = 0): Judgement {
    const seen = facts.get(device);
    if (!seen || depth > deepest) return { state: 'unknown', why: null };
    const { watched } = seen;
    if (watched.unsupervised) return { state: seen.everSeen ? 'online' : 'unknown', why: null };
    if (watched.sources) return ofSources(seen, watched.sources, monoMs, depth);
    for (const way of watched.ways) {
      const loss = lostWays.get(way);
      if (loss) return { state: 'offline', ...loss };
    }
    if (watched.parent !== null) {
      const parent = judge(watched.parent, monoMs, depth + 1);
      if (parent.state === 'offline')
        return { state: 'offline', why: 'parent lost', cause: parent.cause ?? watched.parent };
      if (watched.throughParent && parent.state === 'stale')
        return { state: 'stale', why: 'parent stale', cause: parent.cause ?? watched.parent };
      if (watched.throughParent) return { state: parent.state, why: parent.why };
    }
    return judgeOwn(seen, monoMs);
  }

  return {
    watch(devices, monoMs) {
      const next = new Map<string, LifeSigns>();
      following = new Map();
      behind = new Map();
      for (const watched of devices) {
        const before = facts.get(watched.id);
        next.set(watched.id, before ? watchAnew(before, watched) : newLifeSigns(watched, monoMs));
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
    heard(device, monoMs, worth) {
      const seen = facts.get(device);
      if (!seen) return;
      if (hear(seen, monoMs, worth)) followersOf(device, monoMs);
      const { intervalMs, badAfterMs } = seen.watched;
      if (intervalMs !== null) soonest(monoMs + intervalMs);
      if (seen.badSince !== null) soonest(monoMs + badAfterMs);
    },
    bound(device, binding, good, monoMs) {
      const seen = facts.get(device);
      if (seen && hearBound(seen, binding, good, monoMs)) soonest(monoMs);
    },
    moved(device, point, monoMs, stuckAfterMs) {
      const seen = facts.get(device);
      if (!seen) return;
      seen.moved.set(point, { at: monoMs, stuckAfterMs });
      soonest(monoMs + stuckAfterMs);
    },
    lost(device, why, monoMs) {
      const seen = facts.get(device);
      if (!seen) return;
      lose(seen, why, monoMs);
      due = -Infinity;
    },
    way(way, loss, monoMs) {
      const there = behind.get(way) ?? [];
      const signs = there.flatMap((device) => facts.get(device) ?? []);
      if (loss) {
        if (!lostWays.has(way)) for (const seen of signs) settleBad(seen, monoMs);
        lostWays.set(way, loss);
      } else if (lostWays.delete(way))
        for (const seen of signs) {
          anew(seen, monoMs);
          followersOf(seen.watched.id, monoMs);
        }
      due = -Infinity;
      return there;
    },
    begun(device, monoMs) {
      const seen = facts.get(device);
      if (seen) anew(seen, monoMs);
    },
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
      if (!holding && failing) for (const seen of facts.values()) settleBad(seen, monoMs);
      if (holding && !failing) {
        for (const seen of facts.values()) anew(seen, monoMs);
        due = -Infinity;
      }
      holding = failing;
    },
  };
}
