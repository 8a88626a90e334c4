import type { PeripheralId } from './messages.ts';

/**
 * How it is spoken with a reader, and why it is not: `wrong-key` it does not have our key, `key-required` it will not speak in
 * plain, `unsupported` it cannot encrypt, `no-key` the key of the site is missing or none.
 */
export type ChannelState =
  | 'plain'
  | 'installation'
  | 'secure'
  | 'wrong-key'
  | 'key-required'
  | 'unsupported'
  | 'no-key';

/** What a reader says of itself, as often as it is asked. */
export type OsdpState =
  | { type: 'channel'; channel: ChannelState }
  | { type: 'identity'; identity: PeripheralId }
  | { type: 'status'; tamper: boolean; powerFail: boolean }
  | { type: 'inputs'; on: readonly boolean[] }
  | { type: 'outputs'; on: readonly boolean[] };

/** What has happened at a reader: it is acknowledged only when it is on disk. */
export type OsdpHappening =
  | { type: 'card'; bits: string }
  | { type: 'card-text'; text: string }
  /** How many keys were pressed; which ones nobody needs to know. */
  | { type: 'keys'; count: number }
  | { type: 'unreadable'; reply: string };
