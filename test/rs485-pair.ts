import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A pair of wires with devices on it that listen on TCP; what the master sends reaches them all, what they send reaches the master. */
export interface Rs485Pair {
  /** Where the master connects: as to a serial server. */
  port: number;
  /** Connects a device that listens on a port. */
  join(port: number): Promise<void>;
  /** How often somebody has begun to speak while somebody else spoke; of wires that take their time only. */
  collisions(): number;
  /** How long somebody has spoken so far, ms; likewise. */
  busyMs(): number;
  close(): Promise<void>;
}

/** How long bytes are on the wires, and how long a device thinks before it answers them; by what was asked. */
export interface WireTime {
  msPerByte: number;
  thinkMs: number;
}

/** A receiver hands over what has come in pieces of so many bytes. */
const pieceBytes = 16;

/** At a monotonic moment and never before, as timers are on a busy machine. */
function at(mono: number, act: () => void): void {
  setTimeout(() => (performance.now() < mono ? at(mono, act) : act()), Math.ceil(mono - performance.now()));
}

/** @param timeOf the time that a question takes on the wires, and its answer as well; without it they take none */
export async function openRs485Pair(timeOf?: (question: Buffer) => WireTime): Promise<Rs485Pair> {
  const devices: Socket[] = [];
  let master: Socket | undefined;
  let time: WireTime = { msPerByte: 0, thinkMs: 0 };
  /** Monotonic ms at which the wires are silent again, and who has them until then. */
  let silentAt = 0;
  let speaker: 'master' | 'device' | undefined;
  let collisions = 0;
  let busyMs = 0;

  /** What is on the wires, in order. */
  const underWay: { mono: number; act: () => void }[] = [];
  function pump(): void {
    const [first] = underWay;
    if (!first) return;
    at(first.mono, () => {
      underWay.shift();
      first.act();
      pump();
    });
  }

  /** Delivers bytes as they come off the wires, behind those that are on them. */
  function speak(
    who: 'master' | 'device',
    bytes: Buffer,
    thinkMs: number,
    deliver: (piece: Buffer) => void,
  ): void {
    if (!timeOf) {
      deliver(bytes);
      return;
    }
    const now = performance.now();
    const others = speaker !== who && now < silentAt;
    if (others) collisions++;
    // Who goes on has thought already.
    const begin = Math.max(silentAt, speaker === who && now < silentAt ? now : now + thinkMs);
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      const piece = bytes.subarray(from, from + pieceBytes);
      underWay.push({ mono: begin + (from + piece.length) * time.msPerByte, act: () => deliver(piece) });
      if (underWay.length === 1) pump();
    }
    busyMs += bytes.length * time.msPerByte;
    silentAt = begin + bytes.length * time.msPerByte;
    speaker = who;
  }

  const server = createServer((socket) => {
    master?.destroy();
    master = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (timeOf) time = timeOf(bytes);
      speak('master', bytes, 0, (piece) => {
        for (const device of devices) device.write(piece);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async join(port) {
      const device = connect({ host: '127.0.0.1', port, noDelay: true });
      device.on('error', () => {});
      device.on('data', (bytes) => speak('device', bytes, time.thinkMs, (piece) => master?.write(piece)));
      await once(device, 'connect');
      devices.push(device);
    },
    collisions: () => collisions,
    busyMs: () => busyMs,
    async close() {
      master?.destroy();
      for (const device of devices) device.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
