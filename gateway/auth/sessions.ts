import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { readSessions, type Session, writeSession } from './store.ts';

/** Idle for a whole shift, and signing in again after a day whatever one does. */
export const sessionLimits = {
  idleMs: 12 * 3_600_000,
  absoluteMs: 24 * 3_600_000,
  /** "Seen" is written at most this often. */
  seenEveryMs: 60_000,
  /** Of one user; a further sign-in ends the oldest. */
  perUser: 20,
};

/** What signs a request in. A websocket lives as long as its credential. */
export type Credential = { kind: 'session' | 'token'; sha256: string };

export type RevokedListener = (credential: Credential) => void;

/** When a session ends by itself, UTC ms. */
export function endsAt(session: Session): number {
  return Math.min(session.createdAt + sessionLimits.absoluteMs, session.seenAt + sessionLimits.idleMs);
}

function isOver(session: Session, now: number): boolean {
  // A session from more than a day ahead was made while the wall clock was wrong; it would outlive its limit by as much.
  return now >= endsAt(session) || session.createdAt - now >= sessionLimits.absoluteMs;
}

export interface Sessions {
  load(): Promise<void>;
  open(turn: Turn, made: { user: string; sha256: string; address: string }): Session;
  end(turn: Turn, sha256: string): void;
  /** Ends all of a user's sessions but one. */
  endAllOf(turn: Turn, user: string, except?: string): void;
  /** A committed session that has not run out. */
  find(sha256: string): Session | undefined;
  /** Notes that it was used; written lazily, since being a minute out matters to nobody. */
  touch(session: Session): void;
  /** Told after the commit that ended a session or token. Answers how to stop listening. */
  onRevoked(listener: RevokedListener): () => void;
  revoke(turn: Turn, credential: Credential): void;
  count(): number;
}

export function createSessions(deps: {
  memory: Memory;
  query: Query;
  operate: Operate;
  clock: Clock;
  log: Logger;
}): Sessions {
  const { clock, log } = deps;
  const sessions = deps.memory.table<Session>('sessions');
  const listeners = new Set<RevokedListener>();
  const touching = new Set<string>();

  function revoke(turn: Turn, credential: Credential): void {
    turn.after(() => {
      for (const listener of listeners) listener(credential);
    });
  }

  function end(turn: Turn, sha256: string): void {
    if (!sessions.get(sha256)) return;
    sessions.set(sha256, undefined);
    turn.write('auth.session-end', sha256);
    revoke(turn, { kind: 'session', sha256 });
  }

  function makeRoom(turn: Turn, user: string): void {
    const all = [...sessions.values()];
    for (const session of all) if (isOver(session, turn.now)) end(turn, session.sha256);
    const own = all.filter((session) => session.user === user && sessions.get(session.sha256));
    own.sort((a, b) => a.seenAt - b.seenAt);
    for (const session of own.slice(0, Math.max(0, own.length - sessionLimits.perUser + 1)))
      end(turn, session.sha256);
  }

  return {
    async load() {
      for (const session of await readSessions(deps.query)) sessions.load(session.sha256, session);
    },
    open(turn, made) {
      makeRoom(turn, made.user);
      const session: Session = { ...made, createdAt: turn.now, seenAt: turn.now };
      sessions.set(session.sha256, session);
      writeSession(turn, session);
      return session;
    },
    end,
    endAllOf(turn, user, except) {
      for (const session of [...sessions.values()])
        if (session.user === user && session.sha256 !== except) end(turn, session.sha256);
    },
    find(sha256) {
      const session = sessions.committed.get(sha256);
      return session && !isOver(session, clock.now().wallMs) ? session : undefined;
    },
    touch(session) {
      if (Math.abs(clock.now().wallMs - session.seenAt) < sessionLimits.seenEveryMs) return;
      if (touching.has(session.sha256)) return;
      touching.add(session.sha256);
      deps
        .operate('auth.seen', null, (turn) => {
          const current = sessions.get(session.sha256);
          if (!current) return;
          const seen = { ...current, seenAt: turn.now };
          sessions.set(seen.sha256, seen);
          writeSession(turn, seen);
        })
        .catch((error: unknown) => log.debug({ error }, 'when a session was seen could not be written'))
        .finally(() => touching.delete(session.sha256));
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revoke,
    count: () => sessions.committed.size,
  };
}
