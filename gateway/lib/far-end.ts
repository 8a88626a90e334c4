import { realpathSync } from 'node:fs';
import type { Link } from '../contract/site.ts';

const tcpPath = /^tcp:\/\/(.+):(\d{1,5})$/;

function endAt(host: string, port: number): string {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return `tcp://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/**
 * Where a line leads, the same however it is written: `tcp://host:port`, also of Modbus TCP, or the device behind the names of a
 * serial port. Null: nowhere that another line could lead.
 */
export function farEnd(link: Link): string | null {
  if (link.kind === 'modbus-tcp') return endAt(link.host, link.port);
  if (link.kind !== 'bus') return null;
  const [, host, port] = tcpPath.exec(link.path) ?? [];
  if (host !== undefined) return endAt(host, Number(port));
  try {
    return realpathSync(link.path);
  } catch {
    // Nothing is plugged in there now.
    return link.path;
  }
}
