import { expect, test } from 'vitest';
import { closeAll } from './close-all.ts';

test('all are closed one after the other, also when some fail; the first failure is told', async () => {
  const closed: string[] = [];
  const closing = closeAll([
    async () => {
      await Promise.resolve();
      closed.push('mqtt');
      throw new Error('mqtt');
    },
    () => {
      closed.push('dtu');
      throw new Error('dtu');
    },
    () => {
      closed.push('panels');
    },
  ]);
  await expect(closing).rejects.toThrow('mqtt');
  expect(closed).toEqual(['mqtt', 'dtu', 'panels']);
  await closeAll([]);
});
