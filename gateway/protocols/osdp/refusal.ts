import type { OsdpSession, Protection } from './conversation.ts';
import type { NakReason } from './messages.ts';
import type { ChannelState } from './report.ts';

/**
 * What a refusal (NAK) means for the conversation. `again`: the command came broken. `begin`: it was refused before it was looked
 * at, and the conversation begins anew with it. `confused`: reader and controller have another idea of the channel. `refused`: this
 * command alone. `fault`: the channel cannot be had as the site wants it.
 */
export type RefusalMeans = 'again' | 'begin' | 'confused' | 'refused' | { fault: ChannelState };

/** @param outside it came in plain though a channel stands */
export function meaningOf(
  reason: NakReason,
  outside: boolean,
  phase: OsdpSession['phase'],
  mode: Protection['mode'],
): RefusalMeans {
  const security = reason === 'security-required' || reason === 'security-unsupported';
  if (reason === 'check') return 'again';
  if (reason === 'sequence') return 'begin';
  if (outside) return security ? 'begin' : 'confused';
  if (phase === 'challenge' || phase === 'proof')
    return { fault: reason === 'security-required' ? 'wrong-key' : 'unsupported' };
  if (!security) return 'refused';
  return mode === 'plain' ? { fault: 'key-required' } : 'begin';
}
