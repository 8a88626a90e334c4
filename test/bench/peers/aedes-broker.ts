import { createServer } from 'node:net';
import { Aedes } from 'aedes';

// The bare broker in a process of its own: nothing is decoded, checked or kept. The ceiling of every Node gateway on it.
const broker = await Aedes.createBroker({ concurrency: 1_000 });
const server = createServer(broker.handle);
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => process.exit(0));
