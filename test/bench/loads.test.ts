import { expect, test } from 'vitest';
import { judge } from './load/order.ts';
import { load } from './loads.ts';
import { bareAedes } from './peers/aedes.ts';
import { gatehouse } from './peers/gatehouse.ts';

test.each([gatehouse, bareAedes])(
  'every message to $name is acknowledged and every alarm change reaches both consoles',
  async (peer) => {
    const running = await peer.start({ devices: 5, env: {} });
    try {
      const result = await load(running, { rate: 100, warmupMs: 500, measureMs: 1_000, consoles: 2 });
      expect(result).toMatchObject({ due: 100, unsent: 0, unacknowledged: 0, changes: 20, unseen: 0 });
      expect(result.seen.p50Ms).toBeGreaterThan(0);
      expect(result.rssMiB).toBeGreaterThan(10);
    } finally {
      await running.stop();
    }
  },
);

test('a run is sustained only when everything came in time', () => {
  const fine = {
    due: 100,
    unsent: 0,
    unacknowledged: 0,
    acknowledged: { p50Ms: 1, p99Ms: 2, worstMs: 3 },
    changes: 10,
    unseen: 0,
    seen: { p50Ms: 1, p99Ms: 49, worstMs: 60 },
    valuesEvery: { p50Ms: 250, p99Ms: 250, worstMs: 250 },
    lateP99Ms: 1,
    cpuUsPerMessage: 10,
    rssMiB: 100,
  };
  expect(judge(fine)).toMatchObject({ held: true, why: '' });
  expect(judge({ ...fine, unseen: 1 })).toMatchObject({ held: false, close: false });
  expect(judge({ ...fine, unsent: 1 }).held).toBe(false);
  expect(judge({ ...fine, unacknowledged: 1 }).held).toBe(false);
  expect(judge({ ...fine, seen: { ...fine.seen, p99Ms: 50 } })).toMatchObject({ held: false, close: true });
  expect(judge({ ...fine, acknowledged: { ...fine.acknowledged, p99Ms: 500 } })).toMatchObject({
    held: false,
    close: false,
  });
});
