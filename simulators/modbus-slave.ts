import { createServer, type Server, type Socket } from 'node:net';
import { createCjt188Assembler } from '../gateway/protocols/cjt188/frame.ts';
import { createDlt645Assembler } from '../gateway/protocols/dlt645/frame.ts';
import {
  decodePdu,
  encodeResponse,
  type ModbusPdu,
  type ModbusResponse,
} from '../gateway/protocols/modbus/pdu.ts';
import { createRtuAssembler, encodeRtu } from '../gateway/protocols/modbus/rtu.ts';
import { createTcpAssembler, encodeTcp } from '../gateway/protocols/modbus/tcp.ts';
import { answerOfCjt188Meter, type SimulatedCjt188Meter } from './cjt188-meter.ts';
import { answerOfMeter, type SimulatedMeter } from './dlt645-meter.ts';

/** One unit: what its tables hold; a missing register answers exception 02. */
export interface SlaveUnit {
  coils: number[];
  inputs: number[];
  holding: number[];
  input: number[];
  /** Told after a coil or register was written. */
  written?(address: number): void;
  /** Answers nothing, as a device without power does. */
  dead?: boolean;
}

export function emptyUnit(): SlaveUnit {
  return { coils: [], inputs: [], holding: [], input: [] };
}

const illegalAddress = 2;
const illegalFunction = 1;

function read(table: number[], pdu: ModbusPdu): number[] | null {
  const { address = 0, quantity = 0 } = pdu;
  const words = table.slice(address, address + quantity);
  return words.length === quantity ? words : null;
}

/** What the unit answers to one request. */
export function answerOf(unit: SlaveUnit, pdu: ModbusPdu): ModbusResponse {
  const { fc, address = 0, value = 0 } = pdu;
  const refuse = (exception: number): ModbusResponse => ({ fc, exception });
  switch (fc) {
    case 1:
    case 2: {
      const bits = read(fc === 1 ? unit.coils : unit.inputs, pdu);
      return bits ? { fc, bits } : refuse(illegalAddress);
    }
    case 3:
    case 4: {
      const registers = read(fc === 3 ? unit.holding : unit.input, pdu);
      return registers ? { fc, registers } : refuse(illegalAddress);
    }
    case 5:
    case 6: {
      const table = fc === 5 ? unit.coils : unit.holding;
      if (address >= table.length) return refuse(illegalAddress);
      table[address] = fc === 5 ? (value === 0xff00 ? 1 : 0) : value;
      unit.written?.(address);
      return { fc, address, value };
    }
    case 15:
    case 16: {
      const words = (fc === 15 ? pdu.bits : pdu.registers) ?? [];
      const table = fc === 15 ? unit.coils : unit.holding;
      if (address + words.length > table.length) return refuse(illegalAddress);
      for (const [i, word] of words.entries()) table[address + i] = word;
      unit.written?.(address);
      return { fc, address, quantity: words.length };
    }
    default:
      return refuse(illegalFunction);
  }
}

/**
 * A Modbus server over TCP, in TCP framing or (as a serial server in front of an RS-485 bus) in RTU framing; on such a bus
 * there may be meters by DL/T 645 and CJ/T 188, too.
 */
export async function serveModbus(
  framing: 'tcp' | 'rtu',
  units: ReadonlyMap<number, SlaveUnit>,
  meters: readonly (SimulatedMeter | SimulatedCjt188Meter)[] = [],
): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const tcp = createTcpAssembler();
    let rtu = createRtuAssembler('request');
    const dlt645 = createDlt645Assembler();
    const cjt188 = createCjt188Assembler();
    const reply = (unitId: number, bytes: Uint8Array, frame: (pdu: Uint8Array) => Uint8Array) => {
      const unit = units.get(unitId);
      if (!unit || unit.dead) return;
      const decoded = decodePdu(bytes, 'request');
      socket.write(
        frame(
          encodeResponse(decoded.ok ? answerOf(unit, decoded.pdu) : { fc: decoded.pdu.fc, exception: 3 }),
        ),
      );
    };
    socket.on('data', (data) => {
      if (framing === 'tcp')
        for (const adu of tcp.push(data).adus)
          reply(adu.unit, adu.pdu, (pdu) => encodeTcp(adu.tid, adu.unit, pdu));
      else receivedOnBus(data);
    });
    function receivedOnBus(data: Buffer): void {
      const frames = rtu.push(data);
      const toDlt645 = dlt645.push(data);
      const toCjt188 = cjt188.push(data);
      // One question at a time is on the bus: to those who speak otherwise it was noise, over with the silence behind it.
      if (toDlt645.length + toCjt188.length > 0) rtu = createRtuAssembler('request');
      if (frames.length + toCjt188.length > 0) dlt645.reset();
      if (frames.length + toDlt645.length > 0) cjt188.reset();
      for (const frame of frames)
        reply(frame[0] ?? 0, frame.subarray(1, -2), (pdu) => encodeRtu(frame[0] ?? 0, pdu));
      for (const meter of meters) {
        const answers =
          'number' in meter
            ? toDlt645.map((frame) => answerOfMeter(meter, frame))
            : toCjt188.map((frame) => answerOfCjt188Meter(meter, frame));
        for (const answer of answers) if (answer) socket.write(answer);
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
