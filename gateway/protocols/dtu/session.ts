import { concatBytes } from '../bytes.ts';
import { type DtuIdentity, findRegistration, stripSignals } from './codec.ts';

// One connection of a dial-in unit, from its first byte to its last.

/** A unit that is expected. */
export interface ExpectedDtu extends DtuIdentity {
  /** No byte for so long: the connection is dead, whatever TCP thinks of it. */
  silenceMs: number;
}

export type DtuState =
  | { phase: 'waiting'; bytes: Uint8Array; openedMono: number; heardMono: number; told: boolean }
  | { phase: 'registered'; unit: ExpectedDtu; open: Uint8Array; heardMono: number }
  | { phase: 'ended' };

export type DtuInput =
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'tick' }
  /** The site has changed, and with it who is expected. */
  | { type: 'expected' };

export type DtuOutput =
  | { type: 'registered'; unit: ExpectedDtu }
  /** It says who it is, and nobody of this name is expected. */
  | { type: 'unknown'; bytes: Uint8Array }
  /** Serial bytes. */
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'close'; why: string };

export interface DtuStep {
  state: DtuState;
  outputs: DtuOutput[];
  /** When to `tick`, monotonic ms; null: not before the next input. */
  wakeMono: number | null;
}

/** A registration may come in pieces: it is read when nothing has come for so long. */
export const settleMs = 200;
/** Bytes of nobody known are told when nothing has followed for so long. */
const tellMs = 2_000;
/** Who has not said by then who it is gets its connection closed. */
export const registerMs = 30_000;
/** A registration is not longer. */
const longestRegistration = 512;
/** The beginning of a signal is held for so long before it is taken for serial bytes. */
const holdMs = 100;

export function openDtuSession(nowMono: number): DtuStep {
  return {
    state: {
      phase: 'waiting',
      bytes: new Uint8Array(0),
      openedMono: nowMono,
      heardMono: nowMono,
      told: false,
    },
    outputs: [],
    wakeMono: nowMono + registerMs,
  };
}

const ended = (outputs: DtuOutput[], why: string): DtuStep => ({
  state: { phase: 'ended' },
  outputs: [...outputs, { type: 'close', why }],
  wakeMono: null,
});

/** @param expected the units that the site knows now */
export function stepDtu(
  state: DtuState,
  input: DtuInput,
  nowMono: number,
  expected: readonly ExpectedDtu[],
): DtuStep {
  switch (state.phase) {
    case 'waiting':
      return stepWaiting(state, input, nowMono, expected);
    case 'registered':
      return stepRegistered(state, input, nowMono);
    case 'ended':
      return { state, outputs: [], wakeMono: null };
  }
}

function stepWaiting(
  state: Extract<DtuState, { phase: 'waiting' }>,
  input: DtuInput,
  nowMono: number,
  expected: readonly ExpectedDtu[],
): DtuStep {
  const came = input.type === 'bytes';
  const bytes = came ? concatBytes(state.bytes, input.bytes) : state.bytes;
  const heardMono = came ? nowMono : state.heardMono;
  const endMono = state.openedMono + registerMs;
  const tooLong = bytes.length > longestRegistration;
  const over = tooLong || nowMono >= endMono;
  const quietMs = nowMono - heardMono;
  // Looked for in so much only, however much came in one piece.
  const head = bytes.subarray(0, longestRegistration);
  const found = bytes.length > 0 && (over || quietMs >= settleMs) ? findRegistration(head, expected) : null;
  if (found) {
    const { identity: unit } = found;
    const rest = concatBytes(found.rest, bytes.subarray(head.length));
    const begun: DtuState = { phase: 'registered', unit, open: new Uint8Array(0), heardMono };
    const more = stepRegistered(begun, { type: 'bytes', bytes: rest }, nowMono);
    return { ...more, outputs: [{ type: 'registered', unit }, ...more.outputs] };
  }
  const tell = bytes.length > 0 && !state.told && (over || quietMs >= tellMs);
  const outputs: DtuOutput[] = tell ? [{ type: 'unknown', bytes: bytes.slice(0, longestRegistration) }] : [];
  if (over) return ended(outputs, tooLong ? 'what it sends is no registration' : 'it did not say who it is');
  const told = state.told || tell;
  const looks = [settleMs, ...(told ? [] : [tellMs])].filter((ms) => bytes.length > 0 && ms > quietMs);
  return {
    state: { ...state, bytes, heardMono, told },
    outputs,
    wakeMono: Math.min(endMono, ...looks.map((ms) => heardMono + ms)),
  };
}

function stepRegistered(
  state: Extract<DtuState, { phase: 'registered' }>,
  input: DtuInput,
  nowMono: number,
): DtuStep {
  const { unit } = state;
  const came = input.type === 'bytes' && input.bytes.length > 0;
  const heardMono = came ? nowMono : state.heardMono;
  const outputs: DtuOutput[] = [];
  let { open } = state;
  if (came) {
    const stripped = stripSignals(concatBytes(open, input.bytes), unit);
    if (stripped.payload.length > 0) outputs.push({ type: 'bytes', bytes: stripped.payload });
    open = stripped.open;
  } else if (open.length > 0 && nowMono >= heardMono + holdMs) {
    outputs.push({ type: 'bytes', bytes: open });
    open = new Uint8Array(0);
  }
  const deadMono = heardMono + unit.silenceMs;
  if (nowMono >= deadMono) return ended(outputs, `no byte for ${Math.round(unit.silenceMs / 1_000)} s`);
  return {
    state: { phase: 'registered', unit, open, heardMono },
    outputs,
    wakeMono: open.length > 0 ? Math.min(heardMono + holdMs, deadMono) : deadMono,
  };
}
