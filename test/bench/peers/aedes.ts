import { createServer } from 'node:net';
import { Aedes } from 'aedes';

// The bare broker in a process of its own: nothing is decoded, checked or kept. The ceiling of every Node gateway on it.
const broker = await Aedes.createBroker({ concurrency: 1_000 });
const server = createServer(broker.handle);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ ready: true, mqtt: typeof address === 'object' ? address?.port : 0 }));
});
process.on('SIGTERM', () => process.exit(0));
