import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { asMembers, isScalar, payloadJson, type TopicPoint } from './message.ts';

// King Pigeon RTUs and gateways (BL/M/S series manuals, "MQTT data format"): one list of channels by their flags.

/** `07:16:17 06/16/2021 UTC` as ISO 8601; null when it is no such time. */
function isoOf(time: unknown): string | null {
  const parts = /^(\d\d):(\d\d):(\d\d) (\d\d)\/(\d\d)\/(\d{4})( UTC)?$/.exec(
    typeof time === 'string' ? time : '',
  );
  if (!parts) return null;
  const [, hour, minute, second, month, day, year] = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return Number.isNaN(Date.parse(text)) ? null : text;
}

/** `mqtt-kingpigeon`; a value is as the unit's point table scales it. */
export function inspectKingPigeon(input: FrameInput): Decoded {
  const told = asMembers(payloadJson(input));
  if (!told || !Array.isArray(told.sensorDatas)) return refused('format');
  const device = input.topic ?? '';
  const ts = isoOf(told.time);
  const points = told.sensorDatas.flatMap((each: unknown): TopicPoint[] => {
    const channel = asMembers(each);
    const { flag, value, switcher } = channel ?? {};
    if (typeof flag !== 'string') return [];
    const switched = switcher === undefined ? undefined : Number(switcher) === 1;
    const found = switched ?? (isScalar(value) ? value : undefined);
    if (found === undefined) return [];
    return [
      {
        ...{ device, point: flag, value: found },
        ...(ts === null ? {} : { ts }),
        alarm: told.state === 'alarm',
      },
    ];
  });
  return { valid: true, points, historical: told.retransmit === 'enable' };
}
