import { accessSync, constants, existsSync } from 'node:fs';
import type { LinkDown, LinkTrouble } from '../contract/link-trouble.ts';

/** The far end ended a connection that stood. */
export const closedByPeer: LinkDown = {
  error: 'the far end closed the connection',
  trouble: { code: 'closed-by-peer' },
};

type Named = Error & { code?: unknown; hostname?: unknown };

/** Why a connection to a host failed, by the code that the system gave. */
export function socketTrouble(error: Error): LinkTrouble {
  const { code, hostname } = error as Named;
  switch (code) {
    case 'ECONNREFUSED':
      return { code: 'refused' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return { code: 'unreachable' };
    case 'ETIMEDOUT':
      return { code: 'timeout' };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { code: 'name-unknown', name: typeof hostname === 'string' ? hostname : '' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { code: 'closed-by-peer' };
    default:
      return { code: 'other' };
  }
}

/**
 * Why a serial device cannot be used. The library tells it in words only, which differ from system to system, so the device
 * itself is looked at.
 */
export function portTrouble(path: string): LinkTrouble {
  if (!existsSync(path)) return { code: 'no-device', path };
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    return { code: 'no-permission', path };
  }
  return { code: 'other' };
}
