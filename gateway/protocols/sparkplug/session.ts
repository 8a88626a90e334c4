import {
  decodeSparkplug,
  encodeRebirth,
  type SparkplugPayload,
  type SparkplugValue,
  sparkplugValue,
} from './codec.ts';

// A host's side of Sparkplug B (Eclipse Sparkplug 3.0.0, chapters 4 to 6): births declare names and aliases, data may come
// by alias alone, a gap in the numbers means that something was lost, and then the node is asked for its births anew.

/** Of a node or, with its name, of a device behind it. */
export interface SparkplugSubject {
  /** `group/node`. */
  node: string;
  device: string | null;
}

export interface SparkplugReading {
  name: string;
  value: SparkplugValue;
  /** UTC ms. */
  at: number | null;
  /** It was kept while the node was away: without its own time nobody knows when it held. */
  historical: boolean;
}

export type SparkplugOutput =
  | ({ type: 'online' } & SparkplugSubject)
  /** Of a node without a device: with all its devices. */
  | ({ type: 'offline' } & SparkplugSubject)
  | ({
      type: 'values';
      values: SparkplugReading[];
    } & SparkplugSubject);

/** A message of a node, by its topic. */
export interface SparkplugMessage extends SparkplugSubject {
  /** NBIRTH to DDEATH. */
  type: string;
  payload: Uint8Array;
}

interface Declared {
  name: string;
  datatype: number | null;
}

/** What the birth of a device, or of the node itself, has declared. */
interface Birth {
  aliases: ReadonlyMap<number, Declared>;
  metrics: ReadonlyMap<string, { datatype: number | null; alias: number | null }>;
}

interface NodeState {
  seq: number;
  bdSeq: SparkplugValue;
  /** When its birth came, ms. */
  bornAt: number;
  /** Something was lost or not understood: it must say its births anew. */
  owed: boolean;
  /** Devices that have been born, the node itself under an empty name. */
  born: ReadonlyMap<string, Birth>;
  /** Devices that have been told as gone, and have not been born since. */
  gone: ReadonlySet<string>;
}

export interface SparkplugState {
  /** Nodes can know that this host is there: before that none is asked for births (Sparkplug 3.0.0 §5.13). */
  mayAsk: boolean;
  nodes: ReadonlyMap<string, NodeState>;
  /** When a node was last asked for its births, and how long it may be silent until it is asked again, ms. */
  asked: ReadonlyMap<string, { at: number; waitMs: number }>;
}

export interface SparkplugStep {
  state: SparkplugState;
  outputs: SparkplugOutput[];
  send: { topic: string; payload: Uint8Array }[];
  problem: string | null;
}

export const sparkplugRoot = 'spBv1.0';
export function isSparkplug(topic: string): boolean {
  return topic.startsWith(`${sparkplugRoot}/`);
}

/** A node that does not hear us, or answers slowly, is not asked with every message. */
const askAgainMs = 10_000;
/** One that is silent may be switched off for weeks. */
const askSeldomMs = 300_000;
/** So long after its node's birth a device that lives has said its own. */
const deviceComesMs = 10_000;

export const emptySparkplug: SparkplugState = { mayAsk: true, nodes: new Map(), asked: new Map() };

const topicPattern = /^spBv1\.0\/([^/]+)\/([ND](?:BIRTH|DEATH|DATA))\/([^/]+)(?:\/([^/]+))?$/;

/** @returns null when it is not from a node: a command, STATE */
export function sparkplugMessage(topic: string, payload: Uint8Array): SparkplugMessage | null {
  const [, group, type = '', edge, device = null] = topicPattern.exec(topic) ?? [];
  if (group === undefined || edge === undefined || type.startsWith('D') !== (device !== null)) return null;
  return { type, node: `${group}/${edge}`, device, payload };
}

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

function among<V>(map: ReadonlyMap<string, V>, wanted: ReadonlyMap<string, unknown>): ReadonlyMap<string, V> {
  return new Map([...map].filter(([key]) => wanted.has(key)));
}

/** Asks a node for its births, unless it was asked a moment ago; `silent`: it has said nothing since. */
function ask(
  state: SparkplugState,
  node: string,
  silent: boolean,
  nowMs: number,
): Pick<SparkplugStep, 'state' | 'send'> {
  if (!state.mayAsk) return { state, send: [] };
  const last = state.asked.get(node);
  if (last && nowMs - last.at < (silent ? last.waitMs : askAgainMs)) return { state, send: [] };
  const waitMs = silent && last ? Math.min(2 * last.waitMs, askSeldomMs) : askAgainMs;
  const topic = `${sparkplugRoot}/${node.replace('/', '/NCMD/')}`;
  return {
    state: { ...state, asked: put(state.asked, node, { at: nowMs, waitMs }) },
    send: [{ topic, payload: encodeRebirth(nowMs) }],
  };
}

/** What a message of a node leads to. */
export function stepSparkplug(
  state: SparkplugState,
  { type, node, device, payload: bytes }: SparkplugMessage,
  nowMs: number,
): SparkplugStep {
  const nothing: SparkplugStep = { state, outputs: [], send: [], problem: null };
  const payload = decodeSparkplug(bytes);
  if (!payload) return { ...nothing, problem: 'the bytes are no Sparkplug B payload' };
  const subject = { node, device };
  const known = state.nodes.get(node);

  function settle(next: NodeState, outputs: SparkplugOutput[]): SparkplugStep {
    const after = { ...state, nodes: put(state.nodes, node, next) };
    const { send, state: asked } = next.owed ? ask(after, node, false, nowMs) : { send: [], state: after };
    return { ...nothing, state: asked, outputs, send };
  }

  if (type === 'NBIRTH') {
    const next: NodeState = {
      seq: payload.seq ?? 0,
      bdSeq: bdSeqOf(payload),
      bornAt: nowMs,
      owed: false,
      born: new Map([['', birthOf(payload)]]),
      gone: new Set(),
    };
    // Its long silence is over, but one whose numbers never fit must not be driven from birth to birth.
    const last = state.asked.get(node);
    const asked = last ? put(state.asked, node, { ...last, waitMs: askAgainMs }) : state.asked;
    const after = { ...state, nodes: put(state.nodes, node, next), asked };
    const { outputs } = valuesOf(next, subject, payload);
    return { ...nothing, state: after, outputs: [{ type: 'online', ...subject }, ...outputs] };
  }
  if (type === 'NDEATH') {
    const bdSeq = bdSeqOf(payload);
    // The will of a connection that was followed by another one says nothing of that.
    if (known && bdSeq !== null && known.bdSeq !== null && bdSeq !== known.bdSeq) return nothing;
    const nodes = without(state.nodes, node);
    return { ...nothing, state: { ...state, nodes }, outputs: [{ type: 'offline', ...subject }] };
  }
  // Without its birth nothing can be understood.
  if (!known) return { ...nothing, ...ask(state, node, false, nowMs) };
  const gap = payload.seq !== (known.seq + 1) % 256;
  const counted = { ...known, seq: payload.seq ?? known.seq, owed: known.owed || gap };
  const name = device ?? '';
  if (type === 'DBIRTH') {
    const gone = new Set(known.gone);
    gone.delete(name);
    const next = { ...counted, born: put(known.born, name, birthOf(payload)), gone };
    return settle(next, [{ type: 'online', ...subject }, ...valuesOf(next, subject, payload).outputs]);
  }
  if (type === 'DDEATH') {
    const next = { ...counted, born: without(known.born, name), gone: new Set(known.gone).add(name) };
    return settle(next, [{ type: 'offline', ...subject }]);
  }
  if (!known.born.has(name)) return settle({ ...counted, owed: true }, []);
  const { outputs, strange } = valuesOf(counted, subject, payload);
  return settle({ ...counted, owed: counted.owed || strange }, outputs);
}

/**
 * What time alone leads to: nodes are asked for births that are missing, and a device that its node did not bring is gone.
 * @param wanted names of devices by node, the node itself under an empty name
 */
export function waitSparkplug(
  state: SparkplugState,
  wanted: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  nowMs: number,
): Omit<SparkplugStep, 'problem'> {
  // A node that the site no longer has begins anew, should it be back one day.
  let after: SparkplugState = {
    ...state,
    nodes: among(state.nodes, wanted),
    asked: among(state.asked, wanted),
  };
  const outputs: SparkplugOutput[] = [];
  const send: SparkplugStep['send'] = [];
  for (const [node, devices] of wanted) {
    const known = after.nodes.get(node);
    if (!known || known.owed) {
      const asked = ask(after, node, true, nowMs);
      after = asked.state;
      send.push(...asked.send);
    }
    if (!known || nowMs - known.bornAt < deviceComesMs) continue;
    const missing = [...devices.keys()].filter((name) => !known.born.has(name) && !known.gone.has(name));
    if (missing.length === 0) continue;
    const gone = new Set([...known.gone, ...missing]);
    after = { ...after, nodes: put(after.nodes, node, { ...known, gone }) };
    for (const device of missing) outputs.push({ type: 'offline', node, device });
  }
  return { state: after, outputs, send };
}

function bdSeqOf({ metrics }: SparkplugPayload): SparkplugValue {
  return sparkplugValue(metrics.find(({ name }) => name === 'bdSeq')?.raw ?? null, null);
}

/** The names, aliases and datatypes of a birth. */
function birthOf({ metrics }: SparkplugPayload): Birth {
  const aliases = new Map<number, Declared>();
  const declared = new Map<string, { datatype: number | null; alias: number | null }>();
  for (const { name, alias, datatype } of metrics) {
    if (name === null) continue;
    declared.set(name, { datatype, alias });
    if (alias !== null) aliases.set(alias, { name, datatype });
  }
  return { aliases, metrics: declared };
}

/** `strange`: a metric that no birth has declared. */
function valuesOf(
  { born }: NodeState,
  { node, device }: SparkplugSubject,
  payload: SparkplugPayload,
): { outputs: SparkplugOutput[]; strange: boolean } {
  const own = born.get(device ?? '');
  let strange = false;
  const values = payload.metrics.flatMap(({ name, alias, datatype, raw, at, historical }) => {
    // Aliases are unique within a node by the book; where they are not, a device means its own.
    const aliased =
      alias === null ? undefined : (own?.aliases.get(alias) ?? born.get('')?.aliases.get(alias));
    const declared = name === null ? aliased : undefined;
    const called = name ?? declared?.name;
    if (called === undefined) {
      strange = true;
      return [];
    }
    const type = datatype ?? declared?.datatype ?? own?.metrics.get(called)?.datatype ?? null;
    // The time of the message is when it was sent, which says nothing of a value from before.
    const when = at ?? (historical ? null : payload.at);
    return [{ name: called, value: sparkplugValue(raw, type), at: when, historical }];
  });
  return { outputs: values.length > 0 ? [{ type: 'values', node, device, values }] : [], strange };
}
