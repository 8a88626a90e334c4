import { connect, type Socket } from 'node:net';

const reconnectMs = 2_000;

/** A 4G unit: it dials the gateway, says who it is, and carries the bytes of a serial line that listens on a port of this machine. */
export function simulateDtu(
  gatewayPort: number,
  unit: { registration: string; heartbeat: string; heartbeatMs: number; serialPort: number },
) {
  let up: Socket | undefined;
  let serial: Socket | undefined;
  let closed = false;
  let again: NodeJS.Timeout | undefined;

  function dial(): void {
    const gateway = connect({ port: gatewayPort, host: '127.0.0.1', noDelay: true });
    const line = connect({ port: unit.serialPort, host: '127.0.0.1', noDelay: true });
    up = gateway;
    serial = line;
    gateway.on('connect', () => gateway.write(unit.registration));
    gateway.on('data', (bytes) => line.write(bytes));
    line.on('data', (bytes) => gateway.writable && gateway.write(bytes));
    for (const socket of [gateway, line]) socket.on('error', () => {});
    line.on('close', () => gateway.destroy());
    gateway.on('close', () => {
      line.destroy();
      if (!closed) again = setTimeout(dial, reconnectMs);
    });
  }

  dial();
  const beat = setInterval(() => {
    if (up?.writable) up.write(unit.heartbeat);
  }, unit.heartbeatMs);
  return {
    close() {
      closed = true;
      clearInterval(beat);
      clearTimeout(again);
      up?.destroy();
      serial?.destroy();
    },
  };
}
