import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { modbusRtu } from '../fuzz/checksums.ts';

// A Modbus server that answers wrongly when it is told to, over TCP or, as behind a serial server, in RTU frames. It builds its bytes
// by hand. Every register holds a value that names its unit and its address, so that no mix-up goes unseen.

export const faults = {
  both: [
    'silent',
    'truncated',
    'split',
    'wrong-unit',
    'wrong-function',
    'wrong-length',
    'late',
    'garbage-before',
  ],
  tcp: ['wrong-transaction', 'merged'],
  rtu: ['wrong-crc', 'garbage', 'merged'],
} as const;
export type ModbusFault = (typeof faults)[keyof typeof faults][number];
export type Framing = 'tcp' | 'rtu';

/** What a register of a unit holds. */
export const namedValue = (unit: number, address: number): number => 10_000 * unit + address;
/** In answers that must not be taken. */
const foreign = 64_999;
/** Between the bytes of an answer that is sent byte by byte, and of the whole of such an answer to a question for one register, ms. */
const splitStepMs = 2;
export const splitMs = 12 * splitStepMs;

interface Question {
  /** Over TCP. */
  transaction: number;
  unit: number;
  fc: number;
  address: number;
  quantity: number;
}

export interface FaultyServer {
  port: number;
  /** How questions are answered from now on; null: right. */
  answers(how: (question: { unit: number }) => ModbusFault | null): void;
  /** How often each has been done so far. */
  readonly done: ReadonlyMap<ModbusFault, number>;
  close(): Promise<void>;
}

const words = (values: readonly number[]) => values.flatMap((value) => [value >> 8, value & 0xff]);
const valuesOf = ({ unit, address, quantity }: Question) =>
  Array.from({ length: quantity }, (_, i) => namedValue(unit, address + i));

function answerBytes(
  framing: Framing,
  { transaction, unit, fc }: Pick<Question, 'transaction' | 'unit' | 'fc'>,
  values: readonly number[],
): Buffer {
  const pdu = [fc, 2 * values.length, ...words(values)];
  if (framing === 'rtu') return Buffer.from(modbusRtu.seal(Uint8Array.from([unit, ...pdu, 0, 0])));
  return Buffer.from([...words([transaction, 0, pdu.length + 1]), unit, ...pdu]);
}

/** The questions in what has come, and the rest. */
function questionsIn(framing: Framing, bytes: Buffer): { questions: Question[]; rest: Buffer } {
  const [length, head] = framing === 'tcp' ? [12, 6] : [8, 0];
  const questions: Question[] = [];
  let at = 0;
  for (; at + length <= bytes.length; at += length) {
    const pdu = at + head;
    questions.push({
      transaction: framing === 'tcp' ? bytes.readUInt16BE(at) : 0,
      unit: bytes.readUInt8(pdu),
      fc: bytes.readUInt8(pdu + 1),
      address: bytes.readUInt16BE(pdu + 2),
      quantity: bytes.readUInt16BE(pdu + 4),
    });
  }
  return { questions, rest: bytes.subarray(at) };
}

/** @param lateMs after a question, for what comes late: after its time-out, and before the unit is asked again */
export async function startFaultyModbus(framing: Framing, lateMs: number): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const done = new Map<ModbusFault, number>();
  let how: (question: { unit: number }) => ModbusFault | null = () => null;
  /** An answer that is sent together with the next one. */
  let kept: Buffer = Buffer.alloc(0);

  function answer(socket: Socket, question: Question, fault: ModbusFault | null): void {
    const { transaction, unit, fc } = question;
    const values = valuesOf(question);
    const others = values.map(() => foreign);
    const good = answerBytes(framing, question, values);
    const send = (...parts: Buffer[]) => void socket.write(Buffer.concat([...parts, kept]));
    switch (fault) {
      case null:
        // Before its own: who takes the first that comes takes the wrong one.
        socket.write(Buffer.concat([kept, good]));
        break;
      case 'silent':
        return;
      case 'truncated':
        send(good.subarray(0, -3));
        break;
      case 'split':
        for (const [i, byte] of good.entries())
          setTimeout(() => socket.write(Buffer.of(byte)), splitStepMs * i);
        return;
      case 'wrong-unit':
        send(answerBytes(framing, { ...question, unit: unit + 1 }, others));
        break;
      case 'wrong-function':
        send(answerBytes(framing, { ...question, fc: fc === 3 ? 4 : 3 }, others));
        break;
      case 'wrong-length':
        send(answerBytes(framing, question, [...others, foreign]));
        break;
      case 'wrong-transaction':
        send(answerBytes(framing, { ...question, transaction: (transaction + 500) & 0xffff }, others));
        break;
      case 'late':
        setTimeout(() => socket.write(answerBytes(framing, question, others)), lateMs);
        return;
      case 'merged':
        // Two answers in one segment: over TCP an old one and this one; on a bus, where nothing tells them apart but the unit, this one
        // with that to the next question, whoever is asked.
        if (framing === 'tcp')
          send(
            answerBytes(framing, { ...question, transaction: (transaction + 65_535) & 0xffff }, others),
            good,
          );
        else {
          kept = answerBytes(framing, question, others);
          return;
        }
        break;
      case 'wrong-crc': {
        const broken = answerBytes(framing, question, others);
        broken.writeUInt8((broken.at(-1) ?? 0) ^ 0x5a, broken.length - 1);
        send(broken);
        break;
      }
      case 'garbage-before':
        send(Buffer.from([0x00, 0xff, 0x55, 0xaa, 0x00]), good);
        break;
      case 'garbage':
        send(Buffer.from('Login incorrect\r\n'));
        break;
    }
    kept = Buffer.alloc(0);
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      const { questions, rest } = questionsIn(framing, Buffer.concat([held, bytes]));
      held = rest;
      for (const question of questions) {
        const fault = how(question);
        if (fault) done.set(fault, (done.get(fault) ?? 0) + 1);
        answer(socket, question, fault);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    answers(next) {
      how = next;
    },
    done,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
