import type { AskFault } from '../contract/ask-fault.ts';
import { measurementBytes } from './cjt188/data.ts';
import { cjt188OverheadBytes } from './cjt188/frame.ts';
import type { Cjt188Reading } from './cjt188/session.ts';
import { dlt645OverheadBytes } from './dlt645/frame.ts';
import { preambleBytes } from './meter-frame.ts';
import type { ModbusRequest } from './modbus/pdu.ts';
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

/** A data identifier of a DL/T 645 meter. */
export interface Dlt645Read {
  protocol: 'dlt645';
  /** Twelve digits. */
  meter: string;
  /** Eight hex digits, or four of the edition of 1997; high byte first. */
  di: string;
  /** How long its value is expected to be, bytes. */
  dataBytes: number;
}

/** The present measurements of a CJ/T 188 meter. */
export interface Cjt188Read {
  protocol: 'cjt188';
  reading: Cjt188Reading;
}

/** What is written to a Modbus unit; with a mask only these bits of the one register. */
export interface ModbusWrite {
  request: ModbusRequest;
  mask: number | null;
}

export type AskedRead = ModbusRead | Dlt645Read | Cjt188Read;

/** What came of one read: its values, or the words in which the device refused it. */
export type AskedAnswer =
  /** Bits of functions 1 and 2 as 0/1, else registers. */
  | { read: ModbusRead; words: readonly number[] }
  /** The value's bytes, low byte first. */
  | { read: Dlt645Read | Cjt188Read; data: Uint8Array }
  | { read: AskedRead; refused: string; fault?: AskFault };

/** The protocols that take turns on an asked bus, by the names that device types have for their links. */
export type AskedProtocol = AskedRead['protocol'];

/** The bytes of an answer that could not be taken, for a person to look at. */
export function answerBytes(answer: AskedAnswer): Uint8Array {
  if ('words' in answer) return registerBytes(answer.words);
  return 'data' in answer ? answer.data : new Uint8Array(0);
}

const rtuReadBytes = 8;
/** The longest data of one frame of a meter, its identifier included (DL/T 645-2007 §5.2.4). */
const longestData = 200;
/** The longest value that it brings. */
export const dlt645DataBytes = longestData - 4;

/** A DL/T 645 frame with this data identifier and so much of a value, with the FE before it. */
export function dlt645FrameBytes(di: string, dataBytes: number): number {
  return preambleBytes + dlt645OverheadBytes + di.length / 2 + dataBytes;
}

/** A CJ/T 188 frame with a data identifier, a serial number, and so much of a value, with the FE before it. */
export function cjt188FrameBytes(dataBytes: number): number {
  return preambleBytes + cjt188OverheadBytes + 3 + dataBytes;
}

/** How many bytes a read puts on the wire, there and back, when it is answered. */
export function readBytes(read: AskedRead): { request: number; answer: number } {
  switch (read.protocol) {
    case 'modbus':
      return { request: rtuReadBytes, answer: rtuAnswerBytes(read) };
    case 'dlt645':
      return { request: dlt645FrameBytes(read.di, 0), answer: dlt645FrameBytes(read.di, read.dataBytes) };
    case 'cjt188':
      return {
        request: cjt188FrameBytes(0),
        answer: cjt188FrameBytes(measurementBytes(read.reading.type)),
      };
  }
}
