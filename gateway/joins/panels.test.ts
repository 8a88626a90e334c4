import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { InputQueue } from '../ingest/queue.ts';
import { createStrangers } from '../ingest/strangers.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { encodeDc09 } from '../protocols/sia-dc09/frame.ts';
import type { Input } from '../store/turn.ts';
import { createField } from './field.ts';
import { createPanels } from './panels.ts';

function frame(seq: string): Uint8Array {
  const head = { id: 'ADM-CID', seq, receiver: null, line: 'L0', account: '1234', key: null };
  return encodeDc09({ ...head, data: '|1130 01 001', timestamp: null }, '');
}

test('a repeat that comes while the first waits for its turn takes no place of its own', async () => {
  const queue = new InputQueue();
  let submitted = 0;
  const devices = {
    panelLine: () => ({ device: 'panel-1', stranger: false, settings: {} }),
    panelOf: () => null,
    decodePanelReport: () => [],
  };
  const field = createField({
    clock: systemClock,
    devices,
    turns: () => ({
      submit(input: Input) {
        submitted++;
        queue.add(input);
      },
    }),
  } as unknown as Parameters<typeof createField>[0]);
  const panels = await createPanels({
    options: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    log: silentLog,
    env: {},
    devices,
    field,
    timeZone: () => 'UTC',
    strangers: createStrangers(),
    query: async () => [],
    overhearing: { heard() {}, keep() {} },
    limited() {},
  });
  await panels?.start();
  const socket = connect({ port: panels?.port ?? 0, host: '127.0.0.1' });
  await once(socket, 'connect');
  for (const seq of ['0001', '0001', '0002', '0001']) socket.write(frame(seq));
  await eventually('all have come', () => submitted === 4);
  expect(queue.length).toBe(2);
  expect(queue.at(0)?.repeats).toHaveLength(2);
  socket.destroy();
  await panels?.close();
});
