import type { PayloadCodec } from '../contract/device-type.ts';
import { decodeMilesight } from '../protocols/milesight/codec.ts';

/** What a codec has read in bytes, by the names under which paths find it, and what it could not. */
export interface PayloadRead {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problem: string | null;
}

const readers: Readonly<Record<PayloadCodec, (bytes: Uint8Array) => PayloadRead>> = {
  milesight: decodeMilesight,
};

export function readPayload(codec: PayloadCodec, bytes: Uint8Array): PayloadRead {
  return readers[codec](bytes);
}
