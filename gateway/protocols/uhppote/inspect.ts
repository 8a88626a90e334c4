import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { type FunctionName, layouts, readHeader, readMessage, type Side } from './codec.ts';
import { reasonOf } from './reasons.ts';

/** Names that the vectors have otherwise than by rule. */
const renamed: Readonly<Record<string, string>> = {
  index: 'event_index',
  type: 'event_type',
};

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A question is zeros behind its own few fields; whatever has more is a reply. */
function sideOf(bytes: Uint8Array, name: FunctionName, direction: FrameInput['direction']): Side {
  if (direction !== null) return direction === 'request' ? 'request' : 'reply';
  const own = Object.values(layouts[name].request as Record<string, readonly [string, number]>);
  const end = own.length === 0 ? 8 : Math.max(...own.map(([, at]) => at)) + 4;
  return bytes.subarray(end).some((byte) => byte !== 0) ? 'reply' : 'request';
}

/** `uhppote`: a datagram from or to a door controller. */
export function inspectUhppote({ bytes, direction }: FrameInput): Decoded {
  const header = readHeader(bytes);
  if (!header.ok) return refused(header.error);
  const { name, serial, pushed } = header;
  const side = sideOf(bytes, name, direction);
  const fields: Record<string, unknown> = readMessage(bytes, name, side);
  const shown: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    const isEvent = name === 'status' || name === 'getEvent' || name.endsWith('EventIndex');
    shown[(isEvent ? renamed[field] : undefined) ?? snake(field)] = value;
  }
  if (side === 'reply' && (name === 'status' || name === 'getEvent')) {
    const { reason, type, granted, direction: way } = readMessage(bytes, 'getEvent', 'reply');
    shown.reason_name = reason === 0 ? null : reasonOf({ reason, type, granted }).name;
    shown.direction = way === 1 ? 'in' : way === 2 ? 'out' : null;
  }
  // Which of both it is cannot be seen in it.
  if (name === 'openDoor') shown.door_or_result = bytes[8] ?? 0;
  return {
    valid: true,
    function: bytesToHex(bytes.subarray(1, 2)),
    name: snake(name),
    message: side,
    serial,
    ...(pushed ? { pushed } : {}),
    ...shown,
  };
}
