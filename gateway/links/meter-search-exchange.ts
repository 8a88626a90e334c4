import { cjt188AddressRequest, readCjt188Addresses } from '../protocols/cjt188/session.ts';
import { addressRequest, addressRequest1997, readAddresses } from '../protocols/dlt645/session.ts';
import type { HeardMeters } from '../protocols/meter-frame.ts';
import { type Exchange, heardSoFar } from './exchange.ts';

/** A question that any meter answers with its address, in one of the two forms that the editions of its standard have. */
export type MeterSearch =
  | { protocol: 'dlt645'; edition: 2007 | 1997 }
  | { protocol: 'cjt188'; identifierHighFirst: boolean };

function requestOf(search: MeterSearch): Uint8Array {
  if (search.protocol === 'cjt188') return cjt188AddressRequest(search.identifierHighFirst);
  return search.edition === 2007 ? addressRequest() : addressRequest1997();
}

/** The question who is there. It is over with its time only: a second meter may answer after the first. */
export function meterSearchExchange(search: MeterSearch): Exchange<HeardMeters> {
  const request = requestOf(search);
  const read = search.protocol === 'dlt645' ? readAddresses : readCjt188Addresses;
  let received: Buffer = Buffer.alloc(0);
  return {
    request,
    answerBytes: request.length,
    take(bytes) {
      received = heardSoFar(received, bytes);
      return { state: 'waiting' };
    },
    timeOver: () => ({ ok: true, value: read(received) }),
  };
}
