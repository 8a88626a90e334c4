import { askedLinks } from '../contract/device-type.ts';
import { busLine, isAskedBus, type Link } from '../contract/site.ts';
import type { AskedProtocol } from '../protocols/asked-read.ts';
import type { LineUse } from './asked-line.ts';
import type { BusTiming } from './cycle.ts';

/** How a protocol uses a link; undefined: the link does not carry it. */
export function lineUse(link: Link, protocol: AskedProtocol): LineUse | undefined {
  if (link.kind === 'modbus-tcp')
    return protocol === 'modbus'
      ? {
          settings: undefined,
          timing: { baudRate: null, bitsPerCharacter: 0, timeoutMs: link.timeoutMs },
        }
      : undefined;
  const line = isAskedBus(link) ? busLine(link, protocol) : undefined;
  if (!line) return undefined;
  const { baudRate, dataBits, parity, stopBits, timeoutMs } = line;
  const bitsPerCharacter = 1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits;
  return {
    settings: { baudRate, dataBits, parity, stopBits },
    timing: { baudRate, bitsPerCharacter, timeoutMs },
  };
}

/** The longest that an answer is waited for on a link, ms: so long after it a late one may come. */
export function longestTimeoutMs(link: Link): number {
  const uses = askedLinks.map((speech) => lineUse(link, speech)?.timing.timeoutMs ?? 0);
  return Math.max(...uses);
}

/** There and back over a 4G network, typical; where it is slower the measured interval shows it, and `timeoutMs` bears it. */
const mobileWayMs = 200;

/** What counts on the wire of a link that is asked. */
export function busTiming(link: Link): BusTiming {
  return {
    gapMs: 'gapMs' in link ? link.gapMs : 0,
    wayMs: link.kind === 'dtu' ? mobileWayMs : 0,
    of: (protocol) => lineUse(link, protocol)?.timing,
  };
}
