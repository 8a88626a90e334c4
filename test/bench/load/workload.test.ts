import { expect, test } from 'vitest';
import { channels, contacts, cycleOf, limits, steps } from './workload.ts';

/** Alarms that change with each message, judged from the values alone as the device type and Node-RED's flow do. */
function changesOf(cycle: ReturnType<typeof cycleOf>, rounds: number): string[][] {
  const bands = new Map<string, number>();
  const changes: string[][] = [];
  for (let i = 0; i < rounds * cycle.length; i++) {
    const { values } = JSON.parse(String(cycle[i % cycle.length]?.payload)) as {
      values: Record<string, number | boolean>;
    };
    const changed: string[] = [];
    for (const [point, value] of Object.entries(values)) {
      const band =
        typeof value === 'boolean' ? Number(value) : limits.filter((limit) => value > limit).length;
      const before = bands.get(point) ?? 0;
      bands.set(point, band);
      for (let limit = Math.min(band, before); limit < Math.max(band, before); limit++)
        changed.push(typeof value === 'boolean' ? `${point}On` : `${point}Above${limits[limit]}`);
    }
    changes.push(changed);
  }
  return changes;
}

test('every n-th message changes one alarm, which it names, and the others none', () => {
  const cycle = cycleOf(10, 1);
  expect(cycle).toHaveLength(2 * steps.length * 10);
  for (const [i, changed] of changesOf(cycle, 2).entries()) {
    const alarm = cycle[i % cycle.length]?.alarm ?? -1;
    expect(changed).toEqual(alarm < 0 ? [] : [steps[alarm]?.alarm]);
    expect(alarm >= 0).toBe(i % 10 === 9);
  }
});

test('a cycle raises every alarm once and returns it once', () => {
  const raised = cycleOf(1, 1).map(({ alarm }) => alarm);
  const half = steps.length;
  expect(half).toBe(channels.length * limits.length + contacts.length);
  expect(new Set(raised.slice(0, half)).size).toBe(half);
  expect(new Set(raised.slice(half)).size).toBe(half);
});

test('messages with many values change no more alarms', () => {
  const cycle = cycleOf(10, channels.length);
  for (const [i, changed] of changesOf(cycle, 1).entries())
    expect(changed).toHaveLength(i % 10 === 9 ? 1 : 0);
});
