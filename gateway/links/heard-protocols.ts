import type { Link } from '../contract/site.ts';
import { createAdemco685Assembler } from '../protocols/ademco-685/assembler.ts';
import { ademco685Ack, ademco685Nak } from '../protocols/ademco-685/codec.ts';
import { createEm4100Assembler } from '../protocols/em4100/serial.ts';
import { createSurgardAssembler } from '../protocols/surgard/assembler.ts';
import { surgardAck, surgardNak } from '../protocols/surgard/codec.ts';
import type { HeardProtocol } from './heard-line.ts';

/** The lines on which the device speaks first. Sur-Gard: a receiver repeats after 4 s without ACK (MLR2 manual). */
export const heardProtocols: Record<'surgard-mlr2' | 'ademco-685' | 'rfid-em4100-serial', HeardProtocol> = {
  'surgard-mlr2': {
    assemble: createSurgardAssembler,
    acknowledge: Uint8Array.of(surgardAck),
    refuse: Uint8Array.of(surgardNak),
    repeatWithinMs: 12_000,
  },
  'ademco-685': {
    assemble: createAdemco685Assembler,
    acknowledge: Uint8Array.of(ademco685Ack),
    refuse: Uint8Array.of(ademco685Nak),
    repeatWithinMs: 12_000,
  },
  // A tag is sent over and over while it is held to the reader: one presence, one read.
  'rfid-em4100-serial': {
    assemble: createEm4100Assembler,
    acknowledge: null,
    refuse: null,
    repeatWithinMs: 2_000,
  },
};

/** Whether a sender on the link is told that its frame cannot be understood, and so sends it again. */
export const repeatsRefused = (link: Link): boolean =>
  'protocol' in link &&
  Object.entries(heardProtocols).some(([id, one]) => id === link.protocol && one.refuse);
