import { expect, test } from 'vitest';
import { createDemoMeters } from './demo-meters.ts';
import { demoMeters } from './site/demo-meters.ts';

const loads = { pumps: 1, lights: 1, fountain: 1 };

test('each main meter counts what is behind it, within the loss of its wires', () => {
  const meters = createDemoMeters();
  for (let s = 0; s < 3_600; s++) meters.tick(loads);
  const registers = new Map(meters.registers());
  const used = (id: string) =>
    (registers.get(id) ?? 0) - (demoMeters.find((meter) => meter.id === id)?.register ?? 0);
  for (const main of ['meter-residential', 'meter-commercial', 'meter-public', 'water-main']) {
    const behind = demoMeters
      .filter((meter) => meter.main === main)
      .reduce((sum, { id }) => sum + used(id), 0);
    expect(behind).toBeGreaterThan(1);
    expect(used(main) / behind).toBeCloseTo(1.015, 3);
  }
});

test('no power of a DL/T 645 meter leaves the two digits that the standard has for it', () => {
  const meters = createDemoMeters();
  const powers: number[] = [];
  for (let s = 0; s < 3_600; s++) {
    meters.tick(loads);
    for (const meter of meters.meters) if ('number' in meter) powers.push(Number(meter.values['02030000']));
  }
  expect(powers.filter((kw) => kw < 0 || kw >= 80)).toEqual([]);
  expect(powers.length).toBe(3_600 * 10);
});

test('a meter that is asked before the first second has gone by has its register', () => {
  const readings = createDemoMeters().meters.map((meter) =>
    'number' in meter ? meter.values['00010000'] : meter.values.measured.total?.[0],
  );
  expect(readings.every((register) => Number(register) > 0)).toBe(true);
});
