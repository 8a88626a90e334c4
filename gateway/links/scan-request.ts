import type { ScanRequest } from '../contract/scan.ts';
import { isMqttLink, type Link } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import { lineUse } from './line-use.ts';

/** In this order: the first that a link carries is what it is for. */
const protocols = ['modbus', 'dlt645', 'cjt188'] as const;

function carries(link: Link, protocol: ScanRequest['protocol']): boolean {
  if (protocol === 'uhppote' || link.kind === 'uhppote') return protocol === link.kind;
  return !isMqttLink(link) && lineUse(link, protocol) !== undefined;
}

/** What is asked on a link where nothing is said. @throws state.conflict when there is nobody to ask */
export function usualRequest(link: Link): ScanRequest {
  if (link.kind === 'uhppote') return { protocol: 'uhppote' };
  const protocol = protocols.find((one) => carries(link, one));
  if (protocol === undefined)
    throw fault(
      'state.conflict',
      `on link "${link.id}" devices speak first: there is nobody to ask; a scan is for modbus, dlt645, cjt188 and uhppote`,
    );
  return protocol === 'modbus' ? { protocol, from: 1, to: 32 } : { protocol };
}

/** @throws request.invalid at the end that is wrong */
function checkRange(link: Link, { from, to }: { from: number; to: number }): void {
  const [least, most] = link.kind === 'modbus-tcp' ? [0, 255] : [1, 247];
  const words =
    from > to
      ? `"from" (${from}) lies above "to" (${to})`
      : from < least || to > most
        ? `unit ids on link "${link.id}" go from ${least} to ${most}`
        : null;
  if (words !== null)
    throw fault('request.invalid', words, {
      errors: [{ path: from > to ? 'from' : 'to', message: words }],
    });
}

/** @throws state.conflict when the link does not carry it, request.invalid */
export function checkRequest(link: Link, request: ScanRequest): void {
  if (!carries(link, request.protocol))
    throw fault(
      'state.conflict',
      `link "${link.id}" does not carry ${request.protocol}; see its "protocol" and "also"`,
    );
  if (request.protocol === 'modbus') checkRange(link, request);
}
