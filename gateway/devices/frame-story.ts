import type { DeviceType } from '../contract/device-type.ts';
import type { ExplainedFrame } from '../contract/frame.ts';
import { type Misread, misread } from '../contract/misread.ts';
import { bytesToHex, hexToBytes } from '../protocols/bytes.ts';
import { rtuFrameEnds } from '../protocols/modbus/anatomy.ts';
import type { ModbusPdu } from '../protocols/modbus/pdu.ts';
import { decodeRtu, encodeRtu } from '../protocols/modbus/rtu.ts';
import { decodeTcp, splitTcp } from '../protocols/modbus/tcp.ts';
import { type KnownTypes, mostFrames, type Story, storySchema } from './case-play.ts';
import { buildDevice } from './live-device.ts';
import { modbusReads } from './modbus.ts';
import { addressOnTopic } from './stray-topic.ts';

// From bytes that somebody has pasted to a story that a device type can be tried with.

/** A Modbus answer whose registers are known by their addresses. */
export interface AskedBlock {
  fc: 1 | 2 | 3 | 4;
  /** First register or bit, as on the wire. */
  address: number;
  quantity: number;
  /** Where its first value begins in the pasted bytes. */
  dataAt: number;
  /** The answer as an RTU frame. */
  hex: string;
  unit: number;
}

export interface StoryHints {
  /** The first register or bit that was asked for, where the question is not among the bytes. */
  firstRegister?: number;
}

export type StoryResult =
  | { story: Story; address: string | null; blocks: AskedBlock[] }
  | { problem: Misread };

const protocolLinks: Readonly<Record<string, DeviceType['link']>> = {
  'modbus-rtu': 'modbus',
  'modbus-tcp': 'modbus',
  'dlt645-2007': 'dlt645',
  'dlt645-1997': 'dlt645',
  cjt188: 'cjt188',
  'surgard-mlr2': 'surgard-mlr2',
  'ademco-685': 'ademco-685',
  'sia-dc09': 'sia-dc09',
  'rfid-em4100-serial': 'rfid-em4100-serial',
};

interface HeardPdu {
  unit: number;
  pdu: ModbusPdu;
  raw: Uint8Array;
  dataAt: number;
}

/** The PDUs in the bytes, in their order. */
function pdusOf({ protocol, hex }: ExplainedFrame): HeardPdu[] {
  const bytes = hexToBytes(hex) ?? new Uint8Array(0);
  if (protocol === 'modbus-tcp') {
    const { adus } = decodeTcp(bytes);
    let at = 0;
    return splitTcp(bytes).adus.flatMap(({ unit, pdu: raw }, index) => {
      const dataAt = at + 9;
      at += 7 + raw.length;
      const decoded = adus[index];
      return decoded ? [{ unit, pdu: decoded.pdu, raw, dataAt }] : [];
    });
  }
  const ends = rtuFrameEnds(bytes) ?? [bytes.length];
  return ends.flatMap((end, index) => {
    const from = ends[index - 1] ?? 0;
    const frame = decodeRtu(bytes.subarray(from, end));
    return frame.ok
      ? [{ unit: frame.unit, pdu: frame.pdu, raw: bytes.slice(from + 1, end - 2), dataAt: from + 3 }]
      : [];
  });
}

function isReadFunction(fc: number): fc is 1 | 2 | 3 | 4 {
  return fc >= 1 && fc <= 4;
}

/** Reads of the type that such an answer can be of. */
function readsThatFit(type: DeviceType, known: KnownTypes, fc: number, values: number) {
  const kind = known.kinds.get(type.kind);
  if (!kind) return [];
  const live = buildDevice(
    { id: 'device', type: type.id, name: 'device', area: 'case', address: '1' },
    type,
    kind,
  );
  return modbusReads(live).filter(
    (read) =>
      read.fc === fc && (fc <= 2 ? Math.ceil(read.quantity / 8) * 8 === values : read.quantity === values),
  );
}

/** The answers of a Modbus device among the bytes, each with what was asked. */
function askedBlocks(
  explained: ExplainedFrame,
  type: DeviceType,
  known: KnownTypes,
  hints: StoryHints,
): AskedBlock[] | Misread {
  const blocks: AskedBlock[] = [];
  let asked: { fc: number; address: number; quantity: number } | null = null;
  for (const { unit, pdu, raw, dataAt } of pdusOf(explained)) {
    const { fc, address, quantity, registers, bits } = pdu;
    if (!isReadFunction(fc)) continue;
    if (address !== undefined && quantity !== undefined) {
      asked = { fc, address, quantity };
      continue;
    }
    const values = registers ?? bits;
    if (!values) continue;
    const [fitting, ...others] = readsThatFit(type, known, fc, values.length);
    const question: { address: number; quantity: number } | null =
      asked?.fc === fc
        ? asked
        : hints.firstRegister !== undefined
          ? { address: hints.firstRegister, quantity: values.length }
          : fitting && others.length === 0
            ? fitting
            : null;
    if (!question) return misread('try-no-question', { fc, count: values.length });
    blocks.push({ fc, ...pick(question), dataAt, hex: bytesToHex(encodeRtu(unit, raw)), unit });
    asked = null;
  }
  return blocks.length > 0 ? blocks : misread('try-no-registers');
}

const pick = ({ address, quantity }: { address: number; quantity: number }) => ({ address, quantity });

function storyWith(fields: Record<string, unknown>): Story {
  return storySchema.parse({ source: 'inspected', ...fields });
}

function textOf(decoded: Record<string, unknown>, name: string): string | null {
  const value = Object.hasOwn(decoded, name) ? decoded[name] : undefined;
  return typeof value === 'string' ? value : null;
}

/** A frame as the link of a type would hand it over; or why a device of this type is not met by it. */
export function storyOfFrame(
  explained: ExplainedFrame,
  type: DeviceType,
  known: KnownTypes,
  hints: StoryHints,
): StoryResult {
  const { protocol, hex, decoded } = explained;
  const link = protocolLinks[protocol];
  if (link === undefined) return { problem: misread('try-no-line', { protocol }) };
  if (link !== type.link)
    return { problem: misread('try-other-link', { type: type.id, link: type.link, protocol }) };
  if (!explained.valid) return { problem: misread('try-broken') };
  switch (link) {
    case 'modbus': {
      const blocks = askedBlocks(explained, type, known, hints);
      if ('code' in blocks) return { problem: blocks };
      if (blocks.length > mostFrames)
        return {
          problem: misread('try-many', { count: blocks.length, most: mostFrames }),
        };
      const poll = blocks.map(({ fc, address, quantity, hex: answer }) => ({
        function: fc,
        address,
        quantity,
        hex: answer,
      }));
      const address = String(blocks[0]?.unit ?? 1);
      const frames = poll.length === 1 ? poll : [{ poll }];
      return { story: storyWith({ device: { address }, frames }), address, blocks };
    }
    case 'dlt645': {
      const address = textOf(decoded, 'address');
      const di = textOf(decoded, 'di');
      if (di === null || decoded.from_meter !== true) return { problem: misread('try-no-data') };
      return { story: storyWith({ device: { address }, frames: [{ di, hex }] }), address, blocks: [] };
    }
    case 'cjt188': {
      if (decoded.op !== 'data') return { problem: misread('try-no-measurements') };
      const address = `${textOf(decoded, 'maker') ?? ''}${textOf(decoded, 'address') ?? ''}`;
      const frames = [{ meterType: textOf(decoded, 'type'), hex }];
      return { story: storyWith({ device: { address }, frames }), address, blocks: [] };
    }
    case 'sia-dc09': {
      const address = textOf(decoded, 'account');
      return {
        story: storyWith({ device: address === null ? {} : { address }, frames: [{ hex }] }),
        address,
        blocks: [],
      };
    }
    default:
      return storyOfLine(explained, type, known);
  }
}

/** A frame of a line where the device speaks first: of its receiver or reader, or of an account behind a receiver. */
function storyOfLine(
  { protocol, hex, decoded }: ExplainedFrame,
  type: DeviceType,
  known: KnownTypes,
): StoryResult {
  const frames = [{ hex }];
  const account = textOf(decoded, 'account');
  if (type.kind !== 'home-alarm-panel' || account === null)
    return { story: storyWith({ frames }), address: null, blocks: [] };
  const receiver = [...known.types.values()].find(
    ({ kind, link }) => kind === 'home-alarm-receiver' && link === protocolLinks[protocol],
  );
  if (!receiver) return { problem: misread('try-no-receiver', { protocol }) };
  const device = { parent: 'receiver', address: account };
  const others = [{ id: 'receiver', type: receiver.id }];
  return { story: storyWith({ device, others, frames }), address: account, blocks: [] };
}

/** An MQTT message as a device of this type would take it. */
export function storyOfMessage(type: DeviceType, topic: string, payload: string): StoryResult {
  let value: unknown = payload;
  try {
    const parsed: unknown = JSON.parse(payload);
    if (typeof parsed === 'object' && parsed !== null) value = parsed;
  } catch {
    // A bare word, or broken JSON: the type says what it makes of it.
  }
  if (type.link === 'native') {
    const [, tail] = /^(?:gatehouse\/[^/]+\/)?(readings|events|status|commands\/ack)$/.exec(topic) ?? [];
    if (tail === undefined) return { problem: misread('try-native-topic', { topic }) };
    return { story: storyWith({ frames: [{ topic: tail, payload: value }] }), address: null, blocks: [] };
  }
  if (type.link !== 'mqtt') return { problem: misread('try-no-topics', { type: type.id, link: type.link }) };
  const address = addressOnTopic(type, topic);
  if (address === null) return { problem: misread('try-topic', { type: type.id, topic }) };
  return {
    story: storyWith({ device: { address }, frames: [{ topic, payload: value }] }),
    address,
    blocks: [],
  };
}
