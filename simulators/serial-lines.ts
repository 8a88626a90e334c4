import { createServer, type Socket } from 'node:net';
import type { ContactIdMessage } from '../gateway/protocols/contact-id/codec.ts';
import { encodeEm4100Serial } from '../gateway/protocols/em4100/serial.ts';
import {
  encodeSurgardContactId,
  encodeSurgardHeartbeat,
  surgardAck,
  surgardNak,
} from '../gateway/protocols/surgard/codec.ts';

/** A serial server (RS-232 to TCP) with one device behind it; whoever connects sees its bytes. */
async function serveLine(received: (bytes: Buffer) => void, connected: () => void) {
  let peer: Socket | undefined;
  const server = createServer((socket) => {
    peer?.destroy();
    peer = socket;
    socket.setNoDelay(true);
    socket.on('data', received);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (peer === socket) peer = undefined;
    });
    connected();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    send: (bytes: Uint8Array) => peer?.write(bytes) ?? false,
    close() {
      peer?.destroy();
      server.close();
    },
  };
}

/** A receiver waits this long for the host's ACK and then sends again (MLR2 manual: 4 s). */
const ackMs = 4_000;
const heartbeatMs = 30_000;

/** A Sur-Gard MLR2 on its serial output: one frame at a time, again until it is acknowledged, a heartbeat when it has nothing to say. */
export async function simulateReceiver(receiver = '01', lineField = '1') {
  const queue: { bytes: Uint8Array; done: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  const line = await serveLine(
    (bytes) => {
      for (const byte of bytes) {
        if (byte === surgardAck) {
          clearTimeout(timer);
          queue.shift()?.done();
          transmit();
        } else if (byte === surgardNak) transmit();
      }
    },
    () => transmit(),
  );
  const beat = setInterval(() => {
    if (queue.length === 0) void put(encodeSurgardHeartbeat(receiver, lineField));
  }, heartbeatMs);

  function transmit(): void {
    clearTimeout(timer);
    const head = queue[0];
    if (!head) return;
    sent++;
    line.send(head.bytes);
    timer = setTimeout(transmit, ackMs);
  }

  function put(bytes: Uint8Array): Promise<void> {
    return new Promise((done) => {
      queue.push({ bytes, done });
      if (queue.length === 1) transmit();
    });
  }

  void put(encodeSurgardHeartbeat(receiver, lineField));
  return {
    port: line.port,
    /** Resolves when the host has acknowledged it. */
    report: (message: ContactIdMessage) => put(encodeSurgardContactId(receiver, lineField, message)),
    frames: () => sent,
    close() {
      clearInterval(beat);
      clearTimeout(timer);
      line.close();
    },
  };
}

/** An EM4100 reader: while a tag is held to it, its frame comes over and over. */
export async function simulateTagReader() {
  const line = await serveLine(
    () => {},
    () => {},
  );
  return {
    port: line.port,
    hold(tagHex: string): void {
      const frame = encodeEm4100Serial(tagHex);
      for (let i = 0; i < 3; i++) line.send(frame);
    },
    close: () => line.close(),
  };
}
