import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The network between a browser and the gateway, which the test may cut or let fall silent. */
export interface Relay {
  port: number;
  /** Nothing passes any more, and nobody is told: a gateway that stands still, a cable pulled behind a switch. */
  silence(): void;
  /** Every connection is closed and new ones are refused: the gateway is not running. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Passes TCP on to the port of this machine that `port` says at each connection. */
export async function startRelay(port: () => number): Promise<Relay> {
  let state: 'open' | 'silent' | 'cut' = 'open';
  const sockets = new Set<Socket>();
  const add = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    add(near);
    if (state === 'cut') return void near.destroy();
    if (state === 'silent') return;
    const far = connect(port(), '127.0.0.1');
    add(far);
    const join = (from: Socket, to: Socket) => {
      from.on('data', (data) => {
        if (state === 'open') to.write(data);
      });
      from.on('close', () => to.destroy());
    };
    join(near, far);
    join(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    silence() {
      state = 'silent';
    },
    cut() {
      state = 'cut';
      drop();
    },
    mend() {
      state = 'open';
      // What was swallowed meanwhile cannot be made up for on the old connections.
      drop();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      drop();
      await closed;
    },
  };
}
