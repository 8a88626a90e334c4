import { workerData } from 'node:worker_threads';
import { adopt } from './adopt.ts';
import { EmbeddedStore, type HistoryRetention } from './embedded.ts';
import { JournalReader } from './journal-reader.ts';
import { SealedReadings } from './sealed.ts';
import { serveStore } from './store-worker.ts';

const { journal, path, retention } = workerData as {
  journal: string;
  path: string;
  retention: HistoryRetention;
};
serveStore((tells) => {
  const sealed = new SealedReadings(path);
  adopt(sealed);
  return new EmbeddedStore({ journal: new JournalReader(journal), sealed, retention, tells });
});
