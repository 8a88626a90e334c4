import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

/** Stands still: no timer and no socket has its turn. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('after a stall what has arrived is read before a time-out is told, and may call it off', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  await once(near, 'connect');
  const told: string[] = [];
  const waiting = [
    systemClock.wakeAfter(10, () => told.push('called off')),
    systemClock.wakeAfter(10, () => told.push('time-out')),
  ];
  near.on('data', () => {
    told.push('answer');
    waiting[0]?.();
  });
  far.write('answer');
  standStill(50);
  await new Promise<void>((resolve) => systemClock.wakeAfter(20, resolve));
  expect(told).toEqual(['answer', 'time-out']);
  near.destroy();
  server.close();
});
