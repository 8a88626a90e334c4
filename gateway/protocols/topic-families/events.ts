import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { asMembers, payloadJson, payloadText } from './message.ts';

// Events that platforms of other makers push: for looking at, until a link takes them.

/** Dahua ICC, `patrol.position.record` (open-icc.dahuatech.com, evo-jpatrol event list). */
const dahuaResults = ['pending', 'normal', 'missed', 'out_of_order', 'wrong_interval'];

/** `patrol-dahua` */
export function inspectDahuaPatrol(input: FrameInput): Decoded {
  const told = asMembers(payloadJson(input));
  const info = asMembers(told?.info);
  if (told?.method !== 'patrol.position.record' || !info) return refused('format');
  const text = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  return {
    valid: true,
    record: text(info.recordId),
    checkpoint: text(info.channelId),
    card: text(info.cardNumber),
    guard: text(info.userName),
    time_local: text(info.swipeTime),
    result: dahuaResults[Number(info.stat) - 1] ?? null,
  };
}

/** No name of these has markup in it, so the tags need no parser of XML. */
function tag(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}>\\s*([^<]{1,200}?)\\s*</${name}>`).exec(xml);
  return found?.[1] ?? null;
}

/** `gb28181-alarm`: the body of a SIP MESSAGE (GB/T 28181-2016 annex A.2.5), GB 2312 where it says so. */
export function inspectGb28181Alarm(input: FrameInput): Decoded {
  const plain = payloadText(input);
  const recoded = input.text === null && /encoding="gb/i.test(plain);
  const xml = recoded ? new TextDecoder('gb18030').decode(input.bytes) : plain;
  const device = tag(xml, 'DeviceID');
  if (!xml.includes('<Notify>') || tag(xml, 'CmdType') !== 'Alarm' || device === null)
    return refused('format');
  const number = (name: string) => {
    const value = tag(xml, name);
    return value !== null && /^\d+$/.test(value) ? Number(value) : null;
  };
  return {
    valid: true,
    device,
    sequence: number('SN'),
    priority: number('AlarmPriority'),
    method: number('AlarmMethod'),
    time_local: tag(xml, 'AlarmTime'),
    description: tag(xml, 'AlarmDescription'),
  };
}
