import { connect, type Socket } from 'node:net';
import { createFireAssembler } from '../gateway/protocols/gbt26875/assembler.ts';
import {
  encodeFireFrame,
  fireCommands,
  readFireFrame,
  writeTime,
} from '../gateway/protocols/gbt26875/frame.ts';

/** It waits so long for the confirmation, and then sends again (GB/T 26875.3 §6.5). */
const confirmMs = 5_000;
const heartbeatMs = 20_000;
const reconnectMs = 1_000;
const centre = '010000000000';

/** Characters of GB 2312 and their bytes: Node reads GB 18030 and does not write it. */
function gb2312(): Map<string, [number, number]> {
  const reader = new TextDecoder('gb18030');
  const bytes = new Map<string, [number, number]>();
  for (let high = 0xa1; high <= 0xf7; high++)
    for (let low = 0xa1; low <= 0xfe; low++) bytes.set(reader.decode(Uint8Array.of(high, low)), [high, low]);
  return bytes;
}

/** A part of system 1 with address 1. */
export interface SimulatedPart {
  type: number;
  zone: number;
  number: number;
  text: string;
}

/** A transmission device: reports one by one, each again until it is confirmed, and sets its clock when it is told to. */
export function simulateFireTransmitter(port: number, options: { address: string; utcOffsetMs: number }) {
  const { address, utcOffsetMs } = options;
  const queue: { seq: number; unit: Uint8Array }[] = [];
  const table = gb2312();
  let socket: Socket;
  let timer: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let next = 0;
  let closed = false;

  const shown = () => Date.now() + utcOffsetMs;
  const low = (word: number) => [word & 0xff, word >> 8];

  function write(seq: number, command: number, unit: Uint8Array): void {
    if (!socket.writable) return;
    const head = { seq, version: [1, 1] as const, time: shown(), source: address, destination: centre };
    socket.write(encodeFireFrame({ ...head, command, unit }));
  }

  function transmit(): void {
    clearTimeout(timer);
    const head = queue[0];
    if (!head) return;
    write(head.seq, fireCommands.send, head.unit);
    timer = setTimeout(transmit, confirmMs);
  }

  function put(unit: readonly number[]): void {
    next = (next + 1) & 0xffff;
    queue.push({ seq: next, unit: Uint8Array.from(unit) });
    if (queue.length === 1) transmit();
  }

  function hear(bytes: Uint8Array): void {
    const read = readFireFrame(bytes);
    if (!read.ok) return;
    const { command, seq } = read.frame;
    if (command === fireCommands.control) write(seq, fireCommands.confirm, new Uint8Array(0));
    if (command !== fireCommands.confirm || queue[0]?.seq !== seq) return;
    queue.shift();
    transmit();
  }

  function open(): void {
    const assembler = createFireAssembler();
    socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    socket.on('connect', transmit);
    socket.on('data', (bytes) => {
      for (const frame of assembler.push(bytes)) hear(frame);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (!closed) again = setTimeout(open, reconnectMs);
    });
  }

  open();
  put([]);
  const beat = setInterval(() => {
    if (queue.length === 0) put([]);
  }, heartbeatMs);
  return {
    /** Bits of its state: 0x0001 normal, 0x0002 fire, 0x0004 fault. */
    part({ type, zone, number, text }: SimulatedPart, state: number): void {
      const letters = [...text].flatMap((letter) => table.get(letter) ?? [letter.charCodeAt(0) & 0x7f]);
      const words = [...letters, ...Array<number>(31).fill(0)].slice(0, 31);
      const place = [1, 1, type, ...low(zone), ...low(number)];
      put([2, 1, ...place, ...low(state), ...words, ...writeTime(shown())]);
    },
    close() {
      closed = true;
      clearInterval(beat);
      clearTimeout(timer);
      clearTimeout(again);
      socket.destroy();
    },
  };
}
