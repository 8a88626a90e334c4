import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { concatBytes } from '../gateway/protocols/bytes.ts';
import { encodeOsdp, markByte, type OsdpFrame, readOsdp } from '../gateway/protocols/osdp/frame.ts';
import { commands, replies } from '../gateway/protocols/osdp/messages.ts';
import {
  clientCryptogram,
  firstMac,
  installationKey,
  type SecureChannel,
  type SessionKeys,
  sameBytes,
  seal,
  serverCryptogram,
  sessionKeys,
  unseal,
} from '../gateway/protocols/osdp/secure-channel.ts';

/** A card reader by OSDP: what it answers to one command. */
export interface SimulatedReader {
  readonly address: number;
  /** A card is held to it; it says so until the next sequence number. @param bits of 0 and 1 */
  hold(bits: string): void;
  tamper: boolean;
  /** It does not answer. */
  dead: boolean;
  /** It knows the sum of one byte alone, and passes over what has a CRC. */
  sumOnly: boolean;
  /** Codes of the commands that it has carried out, repeats aside, polls as well. */
  readonly heard: number[];
  /** Without power for a moment: it knows nothing of a session any more. */
  reboot(): void;
  /** The reply to a command, byte for byte the same when it comes again; null when it is not addressed or dead. */
  answer(command: Uint8Array): Uint8Array | null;
}

type Reply = [code: number, data: Uint8Array];
const none = new Uint8Array(0);

/** @param key its base key; null: it speaks in plain */
export function simulateReader(address: number, key: Uint8Array | null = null): SimulatedReader {
  const held: Uint8Array[] = [];
  const outputs = [0, 0];
  let sequence: number | null = null;
  let last: Uint8Array | null = null;
  let told = false;
  /** As the command came. */
  let crc = true;
  let keys: SessionKeys | null = null;
  let randoms: [Uint8Array, Uint8Array] = [none, none];
  let channel: SecureChannel | null = null;

  function encode(
    code: number,
    data: Uint8Array,
    security: OsdpFrame['security'],
    number: number,
  ): Uint8Array {
    const plain: OsdpFrame = {
      ...{ address, reply: true, sequence: number, crc, code, data, security, mac: null },
    };
    if (!channel || security) return encodeOsdp(plain);
    const sealed = seal(channel, plain);
    channel = sealed.channel;
    return encodeOsdp(sealed.frame);
  }

  function refuse(number: number, why: number): Uint8Array {
    channel = null;
    return encode(replies.NAK, Uint8Array.of(why), null, number);
  }

  function handshake({ code, data, security, sequence: number }: OsdpFrame): Uint8Array {
    const which = security?.data[0] ?? 0;
    const installing = key !== null && sameBytes(key, installationKey);
    if (!key) return refuse(number, 5);
    if (installing !== (which === 0)) return refuse(number, 6);
    if (code === commands.CHLNG) {
      keys = sessionKeys(key, data);
      randoms = [data, new Uint8Array(randomBytes(8))];
      const proof = clientCryptogram(keys, ...randoms);
      const block = { type: 0x12, data: Uint8Array.of(which) };
      return encode(replies.CCRYPT, concatBytes(new Uint8Array(8), randoms[1], proof), block, number);
    }
    if (!keys || !sameBytes(data, serverCryptogram(keys, ...randoms))) return refuse(number, 6);
    const first = firstMac(keys, data);
    const reply = encode(replies.RMAC_I, first, { type: 0x14, data: Uint8Array.of(1) }, number);
    channel = { keys, command: first, reply: first };
    return reply;
  }

  function act({ code, data }: OsdpFrame): Reply {
    switch (code) {
      case commands.POLL: {
        const [card] = held;
        told = card !== undefined;
        return card ? [replies.RAW, card] : [replies.ACK, none];
      }
      case commands.ID:
        return [replies.PDID, Uint8Array.of(0, 0x0e, 0xe3, 1, 1, 7, 0, 0, 0, 1, 0, 0)];
      case commands.CAP:
        return [replies.PDCAP, Uint8Array.of(2, 2, 2, 9, 1, 1)];
      case commands.LSTAT:
        return [replies.LSTATR, Uint8Array.of(Number(reader.tamper), 0)];
      case commands.OSTAT:
        return [replies.OSTATR, Uint8Array.from(outputs)];
      case commands.OUT:
        outputs[data[0] ?? 0] = Number(data[1] === 2 || data[1] === 5);
        return [replies.ACK, none];
      case commands.LED:
      case commands.BUZ:
        return [replies.ACK, none];
      default:
        return [replies.NAK, Uint8Array.of(3)];
    }
  }

  function carryOut(frame: OsdpFrame): Uint8Array {
    const { code, sequence: number } = frame;
    reader.heard.push(code);
    if (code === commands.CHLNG || code === commands.SCRYPT) return handshake(frame);
    let clear = frame;
    if (channel) {
      const opened = unseal(channel, frame);
      if (!opened) return refuse(number, 6);
      channel = opened.channel;
      clear = opened.frame;
    } else if (key || frame.security) return refuse(number, 6);
    return encode(...act(clear), null, number);
  }

  const reader: SimulatedReader = {
    ...{ address, tamper: false, dead: false, sumOnly: false, heard: [] },
    hold(bits) {
      const bytes = (bits.match(/.{1,8}/g) ?? []).map((part) => Number.parseInt(part.padEnd(8, '0'), 2));
      held.push(Uint8Array.of(0, 1, bits.length & 0xff, bits.length >> 8, ...bytes));
    },
    reboot() {
      sequence = null;
      channel = null;
    },
    answer(command) {
      const read = readOsdp(command);
      if (!read.ok || read.frame.reply || read.frame.address !== address || reader.dead) return null;
      if (reader.sumOnly && read.frame.crc) return null;
      crc = read.frame.crc;
      const number = read.frame.sequence;
      if (number === 0) channel = null;
      else if (number === sequence) return last;
      else if (sequence === null || number !== (sequence % 3) + 1) return refuse(number, 4);
      // The next sequence number says that the last reply has come.
      if (told) held.shift();
      told = false;
      sequence = number;
      last = carryOut(read.frame);
      return last;
    },
  };
  return reader;
}

/** Readers behind a serial server: whoever connects has them on its pair of wires. */
export async function serveReaders(readers: readonly SimulatedReader[]) {
  let peer: Socket | undefined;
  const server = createServer((socket) => {
    peer?.destroy();
    peer = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    // On loopback a command comes in one piece.
    socket.on('data', (bytes) => {
      for (const reader of readers) {
        const reply = reader.answer(bytes);
        if (reply) socket.write(concatBytes(Uint8Array.of(markByte), reply));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close() {
      peer?.destroy();
      server.close();
    },
  };
}
