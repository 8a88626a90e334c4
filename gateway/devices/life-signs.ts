import type { DeviceState } from '../contract/device-state.ts';

/** How one device is watched. */
export interface Watched {
  readonly id: string;
  /** Silence longer than this is loss, ms; null: silence says nothing (a tag reader, a camera that is only linked). */
  readonly intervalMs: number | null;
  /** What silence makes of it: `stale` where its readings are what counts, else `offline`. */
  readonly silence: 'stale' | 'offline';
  /** What silence is called: of what is asked it is that it does not answer. */
  readonly silentWhy: 'silence' | 'poll timeout';
  /** Without a usable value for so long it is stale, ms. */
  readonly badAfterMs: number;
  /** Never lost: its kind is not supervised. */
  readonly unsupervised: boolean;
  readonly parent: string | null;
  /** Its parent speaks for it: it has no life of its own. */
  readonly throughParent?: boolean;
  /** The devices a composed one is bound to; it has no life of its own. */
  readonly sources: readonly string[] | null;
  /** The names of its bindings. */
  readonly bindings: readonly string[];
  /** The ways by which it is reached (a broker, a bridge): with one of them it is lost, and comes back with it. */
  readonly ways: readonly string[];
}

export type Judgement = Pick<DeviceState, 'state' | 'why' | 'cause'>;

/** What traffic was worth: a usable value or an event, nothing but bad values, a refusal, or neither of them. */
export type Worth = 'good' | 'bad' | 'refused' | null;

/** What a composed device is bound to by one name. */
interface Bound {
  badSince: number | null;
  everGood: boolean;
}

/** What has been observed of one device. Times are monotonic ms. */
export interface LifeSigns {
  watched: Watched;
  /** Last traffic, or when watching began. */
  lastSeen: number;
  everSeen: boolean;
  /** Its link, its will or its polls say that it is gone. */
  lost: string | null;
  /** A connection with a keep-alive of at most 60 s stands: silence on it is no loss. */
  connected: boolean;
  /** It has sent no usable value since watching began, or since it was lost; null: it has. */
  owes: 'since-start' | 'since-loss' | null;
  /** Since when all that it sent was bad; `-Infinity`: it is stale for that, and only a usable value ends it. */
  badSince: number | null;
  badWhy: 'bad values' | 'poll refused';
  /** Points that should move: when they last did. */
  moved: Map<string, { at: number; stuckAfterMs: number }>;
  /** What comes over the bindings of a composed device, by their names. */
  bound: Map<string, Bound>;
}

const unknown: Judgement = { state: 'unknown', why: null };

export function newLifeSigns(watched: Watched, monoMs: number): LifeSigns {
  return {
    ...{ watched, lastSeen: monoMs, everSeen: false, lost: null, connected: false },
    ...{ owes: 'since-start', badSince: null, badWhy: 'bad values', moved: new Map(), bound: new Map() },
  };
}

function isSilent({ watched, lastSeen, connected }: LifeSigns, monoMs: number): boolean {
  const { intervalMs, silence } = watched;
  return intervalMs !== null && monoMs - lastSeen >= intervalMs && !(connected && silence === 'offline');
}

function isBadFor(badSince: number | null, { badAfterMs }: Watched, monoMs: number): boolean {
  return badSince !== null && monoMs - badSince >= badAfterMs;
}

/** What is stale for want of usable values stays so over whatever comes between, until there is one. */
export function settleBad(signs: LifeSigns, monoMs: number): void {
  if (isBadFor(signs.badSince, signs.watched, monoMs)) signs.badSince = -Infinity;
}

/** It is gone. Bad values that did not count yet are forgotten; those that come after it is back count at once. */
function gone(signs: LifeSigns, monoMs: number): void {
  settleBad(signs, monoMs);
  if (signs.badSince !== -Infinity) signs.badSince = null;
  signs.owes = 'since-loss';
}

export function lose(signs: LifeSigns, why: string, monoMs: number): void {
  if (signs.lost === null) gone(signs, monoMs);
  signs.lost = why;
  signs.connected = false;
}

/** Any traffic. @returns whether it had been lost or silent */
export function hear(signs: LifeSigns, monoMs: number, worth: Worth): boolean {
  const { intervalMs } = signs.watched;
  const silent = signs.lost === null && intervalMs !== null && isSilent(signs, monoMs);
  const back = signs.lost !== null || silent;
  if (silent) gone(signs, signs.lastSeen + intervalMs);
  signs.lastSeen = monoMs;
  signs.everSeen = true;
  signs.lost = null;
  if (worth === 'good') {
    signs.owes = null;
    signs.badSince = null;
  } else if (worth !== null) {
    // Between its loss and its staleness there is no moment in which it passes for well.
    signs.badSince ??= signs.owes === 'since-loss' ? -Infinity : monoMs;
    signs.badWhy = worth === 'refused' ? 'poll refused' : 'bad values';
  }
  return back;
}

/**
 * A source of this composed device is back. What it had not delivered while it was lost is no fault of the binding: until it comes, or
 * for so long as a value may be wanting, nobody knows.
 */
export function sourceBack(signs: LifeSigns, monoMs: number): void {
  for (const [binding, { badSince }] of signs.bound)
    if (badSince !== null) signs.bound.set(binding, { badSince: monoMs, everGood: false });
}

/** It is watched in another way from now on; a binding that is no more says nothing. */
export function watchAnew(signs: LifeSigns, watched: Watched): LifeSigns {
  const bound = new Map([...signs.bound].filter(([name]) => watched.bindings.includes(name)));
  return { ...signs, watched, bound };
}

/** A composed device has a usable value by one of its bindings, or none. @returns whether that is news */
export function hearBound(signs: LifeSigns, binding: string, good: boolean, monoMs: number): boolean {
  const known = signs.bound.get(binding);
  if (known && good === (known.badSince === null)) return false;
  signs.bound.set(binding, { badSince: good ? null : monoMs, everGood: good || known?.everGood === true });
  return true;
}

/** What becomes of it by itself, its ways, sources and parents left aside. */
export function judgeOwn(signs: LifeSigns, monoMs: number): Judgement {
  const { watched, lost, badSince, badWhy, owes } = signs;
  if (lost !== null) return { state: 'offline', why: lost };
  if (isSilent(signs, monoMs)) return { state: watched.silence, why: watched.silentWhy };
  if (isBadFor(badSince, watched, monoMs)) return { state: 'stale', why: badWhy };
  for (const [point, { at, stuckAfterMs }] of signs.moved)
    if (monoMs - at >= stuckAfterMs) return { state: 'stale', why: `no change: ${point}` };
  // Nothing but bad values so far: what stood before the start of the gateway stands until it is known better.
  if (badSince !== null && owes === 'since-start') return unknown;
  return signs.everSeen || signs.connected ? { state: 'online', why: null } : unknown;
}

/** What the bindings of a composed device make of it while its sources are well; each is one that somebody bound on purpose. */
export function judgeBound({ bound, watched }: LifeSigns, monoMs: number): Judgement | null {
  let doubtful = false;
  for (const [binding, { badSince, everGood }] of bound) {
    if (isBadFor(badSince, watched, monoMs)) return { state: 'stale', why: `no value: ${binding}` };
    if (badSince !== null && !everGood) doubtful = true;
  }
  return doubtful ? unknown : null;
}

/** When its own judgement can next change by nothing happening. */
export function nextOf(signs: LifeSigns, monoMs: number): number {
  const { watched, lastSeen, badSince, moved, lost, connected, bound } = signs;
  let next = Infinity;
  const candidate = (at: number) => {
    if (at > monoMs && at < next) next = at;
  };
  for (const one of bound.values()) if (one.badSince !== null) candidate(one.badSince + watched.badAfterMs);
  if (watched.unsupervised || watched.sources || lost !== null) return next;
  const { intervalMs } = watched;
  if (intervalMs !== null && !(connected && watched.silence === 'offline')) candidate(lastSeen + intervalMs);
  if (badSince !== null) candidate(badSince + watched.badAfterMs);
  for (const { at, stuckAfterMs } of moved.values()) candidate(at + stuckAfterMs);
  return next;
}

/** Every time that counts is put off. */
function putOff(signs: LifeSigns, later: (at: number) => number): void {
  signs.lastSeen = later(signs.lastSeen);
  if (signs.badSince !== null && signs.badSince !== -Infinity) signs.badSince = later(signs.badSince);
  for (const [point, { at, stuckAfterMs }] of signs.moved)
    signs.moved.set(point, { at: later(at), stuckAfterMs });
  for (const [binding, { badSince, everGood }] of signs.bound)
    if (badSince !== null) signs.bound.set(binding, { badSince: later(badSince), everGood });
}

/** One full interval anew: for a time in which nothing could be heard. */
export function anew(signs: LifeSigns, monoMs: number): void {
  putOff(signs, () => monoMs);
}

/** The last `ms` are not counted; what was heard since stays as it is. */
export function shift(signs: LifeSigns, ms: number, monoMs: number): void {
  settleBad(signs, monoMs - ms);
  putOff(signs, (at) => Math.min(at + ms, monoMs));
}
