import { registerBytes } from './modbus/registers.ts';
import { answerBytes as rtuAnswerBytes } from './modbus/rtu-answer.ts';

// What the devices room wants to know of a device on an asked line, and what the links room brings back. A protocol that is asked
// joins here: its read, its answer, and how many bytes they are.

/** Registers or bits of a Modbus unit. */
export interface ModbusRead {
  protocol: 'modbus';
  unit: number;
  fc: 1 | 2 | 3 | 4;
  address: number;
  quantity: number;
}

export type AskedRead = ModbusRead;

/** What came of one read: its values, or the words in which the device refused it. */
export type AskedAnswer =
  /** Bits of functions 1 and 2 as 0/1, else registers. */
  { read: ModbusRead; words: readonly number[] } | { read: AskedRead; refused: string };

/** The protocols that take turns on an asked bus, by the names that device types have for their links. */
export type AskedProtocol = AskedRead['protocol'];

/** The bytes of an answer that could not be taken, for a person to look at. */
export function answerBytes(answer: AskedAnswer): Uint8Array {
  return 'words' in answer ? registerBytes(answer.words) : new Uint8Array(0);
}

const rtuReadBytes = 8;

/** How many bytes a read puts on the wire, there and back, when it is answered. */
export function readBytes(read: AskedRead): { request: number; answer: number } {
  return { request: rtuReadBytes, answer: rtuAnswerBytes(read) };
}
