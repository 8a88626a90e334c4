import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A pair of wires with devices on it that listen on TCP; what the master sends reaches them all, what they send reaches the master. */
export interface Rs485Pair {
  /** Where the master connects: as to a serial server. */
  port: number;
  /** Connects a device that listens on a port. */
  join(port: number): Promise<void>;
  close(): Promise<void>;
}

export async function openRs485Pair(): Promise<Rs485Pair> {
  const devices: Socket[] = [];
  let master: Socket | undefined;
  const server = createServer((socket) => {
    master?.destroy();
    master = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const device of devices) device.write(bytes);
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
      device.on('data', (bytes) => master?.write(bytes));
      await once(device, 'connect');
      devices.push(device);
    },
    async close() {
      master?.destroy();
      for (const device of devices) device.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
