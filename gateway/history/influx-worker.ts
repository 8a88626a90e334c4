import { workerData } from 'node:worker_threads';
import { InfluxStore } from './influx.ts';
import { influxAddress } from './influx-address.ts';
import { influxClient } from './influx-client.ts';
import { JournalReader } from './journal-reader.ts';
import { serveStore } from './store-worker.ts';

const { journal, url } = workerData as { journal: string; url: string };
const address = influxAddress(url);
if (!address) throw new Error('the address of InfluxDB is not http://user:password@host:8086/database');
serveStore(
  (tells) =>
    new InfluxStore({
      journal: new JournalReader(journal),
      client: influxClient(address),
      where: address.words,
      tells,
    }),
);
