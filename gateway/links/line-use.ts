import type { Link } from '../contract/site.ts';
import type { AskedProtocol } from '../protocols/asked-read.ts';
import type { LineUse } from './asked-line.ts';
import type { BusTiming } from './cycle.ts';

/** How a protocol uses a link; undefined: the link does not carry it. */
export function lineUse(link: Link, protocol: AskedProtocol): LineUse | undefined {
  const { timeoutMs } = link;
  if (link.kind === 'modbus-tcp')
    return protocol === 'modbus'
      ? { settings: undefined, timing: { baudRate: null, bitsPerCharacter: 0, timeoutMs } }
      : undefined;
  if (link.protocol !== 'modbus-rtu') return undefined;
  const { baudRate, dataBits, parity, stopBits } = link;
  return {
    settings: { baudRate, dataBits, parity, stopBits },
    timing: {
      baudRate,
      bitsPerCharacter: 1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits,
      timeoutMs,
    },
  };
}

/** What counts on the wire of a link that is asked. */
export function busTiming(link: Link): BusTiming {
  return {
    gapMs: link.kind === 'bus' ? link.gapMs : 0,
    of: (protocol) => lineUse(link, protocol)?.timing,
  };
}
