import type { Chance } from './chance.ts';

// What a line does to frames, and what nobody has thought of.

/** Longer than any frame of any protocol here. */
const longest = 4_096;
/** Values at the edges of lengths, counts and characters. */
const edges = [0x00, 0x01, 0x02, 0x03, 0x0a, 0x0d, 0x10, 0x16, 0x20, 0x68, 0x7f, 0x80, 0xfe, 0xff];

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

type Mutation = (bytes: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array;

const flipped: Mutation = (bytes, chance) => {
  const out = bytes.slice();
  for (let times = 1 + chance.below(4); times > 0; times--) {
    const at = chance.below(out.length);
    out[at] = (out[at] ?? 0) ^ (1 << chance.below(8));
  }
  return out;
};

/** By a byte of another frame, by one at an edge, by any. */
const replaced: Mutation = (bytes, chance, other) => {
  const out = bytes.slice();
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const kin = other[chance.below(other.length)] ?? 0;
    out[chance.below(out.length)] = chance.pick([kin, kin, chance.pick(edges), chance.next()]);
  }
  return out;
};

/** One more or one less: of a length, a count, a digit. */
const counted: Mutation = (bytes, chance) => {
  const out = bytes.slice();
  const at = chance.below(out.length);
  out[at] = (out[at] ?? 0) + (chance.oneIn(2) ? 1 : -1);
  return out;
};

const cutShort: Mutation = (bytes, chance) =>
  chance.oneIn(3) ? bytes.slice(chance.below(bytes.length)) : bytes.slice(0, chance.below(bytes.length));

const removed: Mutation = (bytes, chance) => {
  const at = chance.below(bytes.length);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + chance.below(8)));
};

const inserted: Mutation = (bytes, chance) => {
  const at = chance.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), chance.bytes(1 + chance.below(8)), bytes.subarray(at));
};

const doubled: Mutation = (bytes) => joined(bytes, bytes);
const joinedTo: Mutation = (bytes, _, other) => joined(bytes, other);
const noiseBefore: Mutation = (bytes, chance) => joined(chance.bytes(1 + chance.below(20)), bytes);
const noiseBehind: Mutation = (bytes, chance) => joined(bytes, chance.bytes(1 + chance.below(20)));

/** The beginning of one frame and the end of another: two have spoken at once. */
const spliced: Mutation = (bytes, chance, other) =>
  joined(bytes.subarray(0, chance.below(bytes.length + 1)), other.subarray(chance.below(other.length + 1)));

/** A part over and over. */
const repeated: Mutation = (bytes, chance) => {
  const from = chance.below(bytes.length);
  const part = bytes.subarray(from, from + 1 + chance.below(12));
  const times = 1 + chance.below(chance.oneIn(20) ? 200 : 6);
  return joined(bytes.subarray(0, from), ...Array<Uint8Array>(times).fill(part), bytes.subarray(from));
};

const swapped: Mutation = (bytes, chance) => {
  const out = bytes.slice();
  const [a, b] = [chance.below(out.length), chance.below(out.length)];
  [out[a], out[b]] = [out[b] ?? 0, out[a] ?? 0];
  return out;
};

const mutations: readonly Mutation[] = [
  ...[flipped, flipped, replaced, replaced, counted, cutShort, removed, inserted, doubled, joinedTo],
  ...[noiseBefore, noiseBehind, spliced, repeated, swapped],
];

/** A frame with one to three things done to it. @param other another frame of the same protocol */
export function mutated(frame: Uint8Array, chance: Chance, other: Uint8Array): Uint8Array {
  let out = frame;
  for (let times = 1 + chance.below(3); times > 0 && out.length > 0; times--)
    out = chance.pick(mutations)(out, chance, other);
  return out.length > longest ? out.slice(0, longest) : out;
}

/** Bytes of no frame: any, or only such as frames of this protocol consist of. */
export function noise(chance: Chance, alphabet: Uint8Array): Uint8Array {
  const length = chance.below(chance.oneIn(8) ? 300 : 40);
  if (chance.oneIn(2) || alphabet.length === 0) return chance.bytes(length);
  return chance.bytes(length).map((byte) => alphabet[byte % alphabet.length] ?? 0);
}

/** The same bytes as a stream brings them. */
export function inPieces(bytes: Uint8Array, chance: Chance): Uint8Array[] {
  if (chance.oneIn(12)) return [...bytes].map((byte) => Uint8Array.of(byte));
  const cuts = Array.from({ length: chance.below(6) }, () => chance.below(bytes.length + 1));
  cuts.sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, i) => bytes.slice(cuts[i - 1] ?? 0, end));
}

const odd: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    255,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    1e-308,
    0.1,
    '',
    ' ',
    '0',
    'ON',
  ],
  ...[
    'NaN',
    '1e999',
    '-',
    'null',
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '😀',
    '\u202e',
    '{{',
    '}}',
  ],
  ...['2026-02-30T25:61:61Z', '9'.repeat(40), 'x'.repeat(300), [], {}, [null], [[]], { '': '' }],
];

/** JSON with values, members and names that are others than expected; null for what is no list or object. */
export function mutatedJson(text: string, chance: Chance): string | null {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof root !== 'object' || root === null) return null;
  const change = (value: unknown, depth: number): unknown => {
    const here = chance.oneIn(depth === 0 ? 12 : 5);
    if (typeof value !== 'object' || value === null) return here ? chance.pick(odd) : value;
    if (here) return chance.pick(odd);
    if (Array.isArray(value)) {
      const items = value.map((item) => change(item, depth + 1));
      return chance.oneIn(6) ? [...items, ...items, chance.pick(odd)] : items;
    }
    const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (chance.oneIn(16)) return [];
      const called = chance.oneIn(24) ? String(chance.pick(odd)) : name;
      return [[called, change(member, depth + 1)]];
    });
    if (chance.oneIn(12)) members.push([String(chance.pick(odd)), chance.pick(odd)]);
    // Not by assignment: `__proto__` is a name like any other on the wire.
    return Object.fromEntries(members);
  };
  return JSON.stringify(change(root, 0)) ?? 'null';
}
