import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { asMembers, levelsOf, payloadJson, payloadText } from './message.ts';

// Homie 5 (homieiot.github.io/specification): `<domain>/5/<device>/…`, bare text; what a property is stands in `$description`.

const states = new Set(['init', 'ready', 'disconnected', 'sleeping', 'lost']);

/** Without the description a value is what it looks like. */
function value(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** `mqtt-homie5` */
export function inspectHomie5(input: FrameInput): Decoded {
  const levels = levelsOf(input);
  const [, version, device, ...rest] = levels ?? [];
  if (version !== '5' || device === undefined || device === '' || rest.length === 0) return refused('topic');
  const text = payloadText(input);
  const [attribute = '', second] = rest;
  // An empty payload takes the topic away.
  if (text === '') return { valid: true, device, removed: rest.join('/') };
  if (attribute === '$state')
    return states.has(text) ? { valid: true, device, state: text } : refused('format', { device });
  if (attribute === '$description') {
    const description = asMembers(payloadJson(input));
    return description ? { valid: true, device, description } : refused('format', { device });
  }
  if (attribute === '$alert') return { valid: true, device, alert: { id: second ?? '', text } };
  if (attribute.startsWith('$')) return { valid: true, device, [attribute.slice(1)]: text };
  if (second === undefined) return refused('topic', { device });
  const property = `${attribute}/${second}`;
  if (rest[2] === 'set') return refused('command', { device, property });
  if (rest[2] === '$target') return { valid: true, device, target: { point: property, value: value(text) } };
  return rest.length > 2
    ? refused('topic', { device })
    : { valid: true, points: [{ device, point: property, value: value(text) }] };
}
