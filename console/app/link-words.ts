import type { Link } from '../../gateway/contract/site.ts';

/** Where the far side of a link is, as the site has it: of a bridge that comes to us, the topics it may use. */
export function linkAddress(link: Link): string {
  switch (link.kind) {
    case 'bus':
      return link.path;
    case 'dtu':
      return link.registration;
    case 'modbus-tcp':
      return `${link.host}:${link.port}`;
    case 'uhppote':
      return link.broadcast;
    case 'mqtt':
      return link.url;
    case 'mqtt-bridge':
      return link.prefixes.join(', ');
  }
}

/** What is spoken on a link. */
export function linkProtocol(link: Link): string {
  switch (link.kind) {
    case 'bus':
    case 'dtu':
      // Several may share one pair of wires.
      return [link.protocol, ...('also' in link ? Object.keys(link.also ?? {}) : [])].join(', ');
    case 'mqtt':
      return `mqtt ${link.version}`;
    default:
      return link.kind;
  }
}
