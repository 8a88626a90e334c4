import { z } from 'zod';
import type { Device, Link } from '../contract/site.ts';
import { fault, misunderstood } from '../lib/errors.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import { hexToBytes } from '../protocols/bytes.ts';
import { readCjt188Answer } from '../protocols/cjt188/session.ts';
import { beginReading, readAnswer as readMeterAnswer, refusalWords } from '../protocols/dlt645/session.ts';
import { readFireFrame } from '../protocols/gbt26875/frame.ts';
import { readFireUnit } from '../protocols/gbt26875/unit.ts';
import { readRtuAnswer } from '../protocols/modbus/rtu-answer.ts';
import { readOsdp } from '../protocols/osdp/frame.ts';
import { happeningOf, stateOf } from '../protocols/osdp/reply.ts';
import { logEntry, readHeader, readMessage } from '../protocols/uhppote/codec.ts';
import { firstReport, plainPanel } from './dc09-panels.ts';
import type { Devices } from './devices.ts';
import { fireUnitRefusal } from './fire-transmitters.ts';
import type { DeviceMessage } from './message.ts';
import { unusableMeter, unusableModbus } from './unusable-answer.ts';

/** A Modbus RTU answer with its CRC, and what was asked. */
const modbusAnswer = {
  function: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  address: z.number().int(),
  quantity: z.number().int(),
  hex: z.string(),
};

/** What came over the link, in the order in which it came. */
export const frameSchema = z.union([
  /**
   * An MQTT message, its payload as JSON or as bare text. The topic of a type with `link: mqtt` is whole; of a native one it
   * is what follows `gatehouse/{device}/`.
   */
  z.strictObject({
    device: z.string().default('device'),
    topic: z.string(),
    payload: z.unknown().optional(),
    /** Instead of it where the payload is bytes. */
    hex: z.string().optional(),
    retained: z.boolean().default(false),
  }),
  z.strictObject({ device: z.string().default('device'), ...modbusAnswer }),
  /** Modbus RTU answers of one poll, where values of one multiply those of another. */
  z.strictObject({
    device: z.string().default('device'),
    poll: z.array(z.strictObject(modbusAnswer)).min(1),
  }),
  /** A DL/T 645-2007 answer as it came, FE and all, and the data identifier that was asked for. */
  z.strictObject({ device: z.string().default('device'), di: z.string(), hex: z.string() }),
  /** A CJ/T 188 answer as it came, and the type of meter that was asked. */
  z.strictObject({ device: z.string().default('device'), meterType: z.string(), hex: z.string() }),
  /** A reply of an OSDP reader, not enciphered, with its address and CRC or sum. */
  z.strictObject({ device: z.string().default('device'), reply: z.string() }),
  /** A frame of a line on which the device speaks first, of a panel that reports to the alarm receiver, of a door controller. */
  z.strictObject({ hex: z.string() }),
]);
type CaseFrame = z.infer<typeof frameSchema>;

/** The one line that a case has, whatever is spoken on it. */
export const caseLine: Link = {
  id: 'case-line',
  kind: 'bus',
  path: 'case',
  protocol: 'modbus-rtu',
  baudRate: 9_600,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  timeoutMs: 500,
  gapMs: 5,
};

export const caseBroker: Extract<Link, { kind: 'mqtt' }> = {
  id: 'case-broker',
  kind: 'mqtt',
  url: 'mqtt://case',
  version: '5',
  prefixes: ['case'],
};

/** What a case has installed. */
export interface CaseHouse {
  docOf(id: string): Device | undefined;
  /** Panels that report to the alarm receiver: frames are theirs. */
  panels: boolean;
  /** Likewise transmission devices that report to the fire receiver. */
  fire: boolean;
  /** A door controller that is asked by UDP is under test. */
  controller: boolean;
}

/** The message that a frame becomes, as the link would hand it over. @throws Fault when it is no such message */
export function decodeCaseFrame(
  devices: Devices,
  frame: CaseFrame,
  house: CaseHouse,
  now: number,
): DeviceMessage[] {
  const linkOf = (id: string) => house.docOf(id)?.link;
  const addressOf = (id: string) => String(house.docOf(id)?.address ?? 1);
  if ('topic' in frame) {
    const { topic, retained } = frame;
    const text = typeof frame.payload === 'string' ? frame.payload : JSON.stringify(frame.payload ?? '');
    const payload = Buffer.from((frame.hex === undefined ? null : hexToBytes(frame.hex)) ?? text);
    if (linkOf(frame.device) !== caseBroker.id)
      return [devices.decodeNative(frame.device, topic, payload, now)];
    const decoded = devices.decodeTopic(caseBroker.id, { topic, payload, retained, receivedAt: now });
    if (!decoded) throw misunderstood([devices.strayTopic(caseBroker.id, { topic, payload }).why]);
    if (decoded.offer) throw misunderstood([decoded.offer.why]);
    const [stranger] = decoded.strangers;
    if (stranger !== undefined) throw misunderstood([devices.strayName(caseBroker.id, topic, stranger).why]);
    return decoded.messages;
  }
  if ('poll' in frame || 'function' in frame) {
    const unit = Number(addressOf(frame.device));
    const answers = ('poll' in frame ? frame.poll : [frame]).map((one) => decodeModbus(unit, one));
    return [devices.decodePoll(frame.device, answers, now)];
  }
  if ('reply' in frame) return [decodeReply(devices, frame.device, bytesOf(frame.reply), now)];
  const bytes = bytesOf(frame.hex);
  if ('di' in frame) {
    const { device, di } = frame;
    const meter = addressOf(device);
    const read = { protocol: 'dlt645', meter, di, dataBytes: 0 } as const;
    const answer = readMeterAnswer(beginReading(meter, di), bytes, { timeOver: true });
    if (answer.state === 'refused')
      return [devices.decodePoll(device, [{ read, refused: refusalWords(answer.code) }], now)];
    if (answer.state !== 'answer') throw new Error(unusableMeter('dlt645-2007', bytes, answer));
    return [devices.decodePoll(device, [{ read, data: answer.data }], now)];
  }
  if ('meterType' in frame) {
    const { device, meterType: meter } = frame;
    const reading = { type: meter, address: addressOf(device).toUpperCase(), highFirst: false };
    const answer = readCjt188Answer(reading, bytes, { timeOver: true });
    if (answer.state !== 'answer') throw new Error(unusableMeter('cjt188', bytes, answer));
    return [devices.decodePoll(device, [{ read: { protocol: 'cjt188', reading }, data: answer.data }], now)];
  }
  if (house.fire) return decodeTransmitterFrame(devices, bytes, now);
  if (house.controller) return decodeControllerFrame(devices, bytes, now);
  return house.panels ? decodePanelFrame(devices, bytes, now) : devices.decodeFrame(caseLine.id, bytes, now);
}

/** A datagram of the controller under test, on a site in China: an event, or its status with one. */
function decodeControllerFrame(devices: Devices, bytes: Uint8Array, now: number): DeviceMessage[] {
  const header = readHeader(bytes);
  if (!header.ok) throw fault('message.invalid', `the datagram is refused (${header.error})`);
  const event = logEntry(readMessage(bytes, 'getEvent', 'reply'));
  const news = event === 'none' || event === 'overwritten' ? [] : [{ kind: 'event' as const, event }];
  const told = devices.decodeControllerNews('device', news, now, 'Asia/Shanghai');
  if (header.name !== 'status') return told;
  const status = readMessage(bytes, 'status', 'reply');
  return [...told, ...devices.decodeControllerStatus('device', status, null, now)];
}

function bytesOf(hex: string): Uint8Array {
  const bytes = hexToBytes(hex);
  if (!bytes) throw new Error(`${JSON.stringify(hex)} is not hex`);
  return bytes;
}

function decodeModbus(
  unit: number,
  { function: fc, address, quantity, hex }: z.infer<z.ZodObject<typeof modbusAnswer>>,
): AskedAnswer {
  const bytes = bytesOf(hex);
  const answer = readRtuAnswer(unit, { fc, address, quantity }, bytes, { timeOver: true });
  if (answer.state !== 'answer')
    throw new Error(unusableModbus(bytes, answer, { unit, function: fc, quantity }));
  const words = answer.pdu.registers ?? answer.pdu.bits ?? [];
  return { read: { protocol: 'modbus', unit, fc, address, quantity }, words };
}

function decodeReply(devices: Devices, device: string, bytes: Uint8Array, now: number): DeviceMessage {
  const read = readOsdp(bytes);
  if (!read.ok || !read.frame.reply) throw new Error('the OSDP reply is unusable');
  const state = stateOf(read.frame);
  if (state) return devices.decodeReaderState(device, state, now);
  const happening = happeningOf(read.frame);
  if (!happening) throw new Error('the OSDP reply says nothing');
  return devices.decodeReaderHappening(device, happening, now);
}

function decodePanelFrame(devices: Devices, bytes: Uint8Array, now: number): DeviceMessage[] {
  const read = firstReport(bytes, plainPanel, now);
  if ('refused' in read) throw fault('message.invalid', `the frame is refused (${read.refused})`);
  return read.report ? devices.decodePanelReport(read.report, now) : [];
}

/** A transmission device with a clock that is right, while no alarm is open. @throws message.invalid */
export function decodeTransmitterFrame(devices: Devices, bytes: Uint8Array, now: number): DeviceMessage[] {
  const read = readFireFrame(bytes);
  if (!read.ok) throw fault('message.invalid', `the frame is refused (${read.error})`);
  const { source, unit } = read.frame;
  const device = devices.fireTransmitter(source);
  if (device === undefined) throw fault('message.invalid', `no device has the address ${source}`);
  const told = readFireUnit(unit);
  if (told?.ok === false) throw misunderstood([fireUnitRefusal(unit)]);
  const momentOf = (shown: number | null) => shown;
  const report = { device, unit: told?.unit ?? null, identity: null, momentOf };
  return devices.decodeFireReport(report, () => [], now);
}
