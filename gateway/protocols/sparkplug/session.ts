import {
  decodeSparkplug,
  encodeRebirth,
  type SparkplugMetric,
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

export type SparkplugOutput =
  | ({ type: 'online' } & SparkplugSubject)
  /** Of a node without a device: with all its devices. */
  | ({ type: 'offline' } & SparkplugSubject)
  | ({
      type: 'values';
      values: { name: string; value: SparkplugValue; at: number | null }[];
    } & SparkplugSubject);

interface Declared {
  name: string;
  datatype: number | null;
}

interface NodeState {
  seq: number;
  bdSeq: SparkplugValue;
  /** By `device alias`, the node's own under an empty name: aliases are unique within a node. */
  aliases: ReadonlyMap<number, Declared>;
  /** Datatypes by `device/name`. */
  types: ReadonlyMap<string, number | null>;
  /** Devices that have been born, the node itself under an empty name. */
  born: ReadonlySet<string>;
}

export interface SparkplugState {
  nodes: ReadonlyMap<string, NodeState>;
  /** When a node was last asked for its births, ms. */
  askedAt: ReadonlyMap<string, number>;
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

export const emptySparkplug: SparkplugState = { nodes: new Map(), askedAt: new Map() };

const topicPattern = /^spBv1\.0\/([^/]+)\/([ND](?:BIRTH|DEATH|DATA))\/([^/]+)(?:\/([^/]+))?$/;

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** What a message on a topic of Sparkplug B leads to. Messages that are not from nodes (commands, STATE) lead to nothing. */
export function stepSparkplug(
  state: SparkplugState,
  { topic, payload: bytes }: { topic: string; payload: Uint8Array },
  nowMs: number,
): SparkplugStep {
  const nothing: SparkplugStep = { state, outputs: [], send: [], problem: null };
  const [, group, type = '', edge, device = null] = topicPattern.exec(topic) ?? [];
  if (group === undefined || edge === undefined || type.startsWith('D') !== (device !== null)) return nothing;
  const payload = decodeSparkplug(bytes);
  if (!payload) return { ...nothing, problem: `${topic}: the bytes are no Sparkplug B payload` };
  const node = `${group}/${edge}`;
  const subject = { node, device };
  const known = state.nodes.get(node);

  function settle(next: NodeState, outputs: SparkplugOutput[], rebirth: boolean): SparkplugStep {
    return ask({ ...state, nodes: put(state.nodes, node, next) }, outputs, rebirth);
  }

  function ask(after: SparkplugState, outputs: SparkplugOutput[], rebirth: boolean): SparkplugStep {
    const last = after.askedAt.get(node);
    if (!rebirth || (last !== undefined && nowMs - last < askAgainMs))
      return { ...nothing, state: after, outputs };
    const send = [{ topic: `${sparkplugRoot}/${group}/NCMD/${edge}`, payload: encodeRebirth(nowMs) }];
    return { ...nothing, state: { ...after, askedAt: put(after.askedAt, node, nowMs) }, outputs, send };
  }

  if (type === 'NBIRTH') {
    const bdSeq = payload.metrics.find(({ name }) => name === 'bdSeq')?.raw ?? null;
    const blank = { seq: payload.seq ?? 0, bdSeq: plain(bdSeq), aliases: new Map(), types: new Map() };
    const next = declare({ ...blank, born: new Set(['']) }, '', payload);
    return settle(next, [{ type: 'online', ...subject }, ...valuesOf(next, subject, payload).outputs], false);
  }
  if (type === 'NDEATH') {
    const bdSeq = payload.metrics.find(({ name }) => name === 'bdSeq')?.raw ?? null;
    // The will of a connection that was followed by another one says nothing of that.
    if (known && bdSeq !== null && known.bdSeq !== null && plain(bdSeq) !== known.bdSeq) return nothing;
    const nodes = new Map(state.nodes);
    nodes.delete(node);
    return { ...nothing, state: { ...state, nodes }, outputs: [{ type: 'offline', ...subject }] };
  }
  // Without its birth nothing can be understood.
  if (!known) return ask(state, [], true);
  const gap = payload.seq !== (known.seq + 1) % 256;
  const counted = { ...known, seq: payload.seq ?? known.seq };
  const name = device ?? '';
  if (type === 'DBIRTH') {
    const next = declare({ ...counted, born: new Set([...known.born, name]) }, name, payload);
    return settle(next, [{ type: 'online', ...subject }, ...valuesOf(next, subject, payload).outputs], gap);
  }
  if (type === 'DDEATH') {
    const born = new Set(known.born);
    born.delete(name);
    return settle({ ...counted, born }, [{ type: 'offline', ...subject }], gap);
  }
  if (!known.born.has(name)) return settle(counted, [], true);
  const { outputs, strange } = valuesOf(counted, subject, payload);
  return settle(counted, outputs, gap || strange);
}

function plain(raw: SparkplugMetric['raw']): SparkplugValue {
  return sparkplugValue(raw, null);
}

/** Notes the names, aliases and datatypes of a birth. */
function declare(state: NodeState, device: string, payload: SparkplugPayload): NodeState {
  const aliases = new Map(state.aliases);
  const types = new Map(state.types);
  for (const { name, alias, datatype } of payload.metrics) {
    if (name === null) continue;
    types.set(`${device}/${name}`, datatype);
    if (alias !== null) aliases.set(alias, { name, datatype });
  }
  return { ...state, aliases, types };
}

/** `strange`: a metric that no birth has declared. */
function valuesOf(
  { aliases, types }: NodeState,
  { node, device }: SparkplugSubject,
  payload: SparkplugPayload,
): { outputs: SparkplugOutput[]; strange: boolean } {
  let strange = false;
  const values = payload.metrics.flatMap(({ name, alias, datatype, raw, at }) => {
    const declared = name === null && alias !== null ? aliases.get(alias) : undefined;
    const called = name ?? declared?.name;
    if (called === undefined) {
      strange = true;
      return [];
    }
    const type = datatype ?? declared?.datatype ?? types.get(`${device ?? ''}/${called}`) ?? null;
    return [{ name: called, value: sparkplugValue(raw, type), at: at ?? payload.at }];
  });
  return { outputs: values.length > 0 ? [{ type: 'values', node, device, values }] : [], strange };
}
