import { parentPort } from 'node:worker_threads';
import { asError, Fault } from '../lib/errors.ts';
import { giveBackStartGarbage } from '../lib/start-garbage.ts';
import type { StoreReply, StoreRequest } from './messages.ts';
import type { ReadingStore, StoreTells } from './store.ts';

/** Runs a store in this worker: requests in, replies out. Questions are answered while other work goes on. */
export function serveStore(open: (tells: StoreTells) => ReadingStore): void {
  const reply = (message: StoreReply) => parentPort?.postMessage(message);
  let trouble: string | null = null;
  const store = open({
    trim: (upTo) => reply({ did: 'trim', upTo }),
    trouble(words) {
      if (words === trouble) return;
      trouble = words;
      reply({ did: 'trouble', words });
    },
    refused: (words) => reply({ did: 'refused', words }),
  });

  parentPort?.on('message', (request: StoreRequest) => {
    switch (request.do) {
      case 'query':
        store.query(request.query).then(
          (rows) => reply({ did: 'query', id: request.id, rows }),
          (thrown: unknown) => {
            const { code, detail } =
              thrown instanceof Fault
                ? thrown
                : { code: 'internal' as const, detail: asError(thrown).message };
            reply({ did: 'failed', id: request.id, code, detail });
          },
        );
        break;
      case 'grown':
        void store.grown().then(() => reply({ did: 'grown' }));
        break;
      case 'upkeep':
        void store.upkeep(request.now).then(() => reply({ did: 'upkeep' }));
        break;
      case 'close':
        store.close();
        // A request to a silent server may still be under way; what it was to bring will be brought at the next start.
        process.exit();
    }
  });
  reply({ did: 'ready' });
  giveBackStartGarbage();
}
