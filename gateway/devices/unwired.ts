import type { Clock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { Memory } from '../store/table.ts';
import type { Catalogue } from './catalogue.ts';
import type { SendCommand } from './command-orders.ts';
import { createDevices, type Devices } from './devices.ts';

/** Orders that reach nobody. */
export const sendNowhere: SendCommand = {
  native() {},
  mqtt() {},
  modbus() {},
  panel() {},
  controller() {},
  reader() {},
  told() {},
  look() {},
};

/** A devices room that no link is joined to and that remembers nothing: for cases, and for tests. */
export function createUnwiredDevices(deps: {
  memory: Memory;
  clock: Clock;
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
}): Devices {
  return createDevices({ ...deps, query: async () => [], log: silentLog, send: sendNowhere });
}
