import { describe, expect, test } from 'vitest';
import { decoders } from '../../gateway/protocols/decode.ts';
import { accessTargets } from './access.ts';
import { batchTargets } from './batches.ts';
import { fuzz } from './harness.ts';
import { messageTargets } from './messages.ts';
import { meterTargets } from './meters.ts';
import { modbusTargets } from './modbus.ts';
import { panelTargets } from './panels.ts';

// Random and mutated frames for every codec, as the frame inspector reads them and as the links do. GATEHOUSE_FUZZ=1000000 for the
// long form; the seed of a run stands in its failure and can be given again as GATEHOUSE_FUZZ_SEED.

const frames = Number(process.env.GATEHOUSE_FUZZ ?? 2_000);
const seed = Number(process.env.GATEHOUSE_FUZZ_SEED ?? Date.now() % 2 ** 31);
const targets = [
  ...modbusTargets,
  ...meterTargets,
  ...panelTargets,
  ...accessTargets,
  ...messageTargets,
  ...batchTargets,
];

const count = (value: number) => value.toLocaleString('en');

describe('a codec never throws and never takes a frame whose check is wrong', () => {
  test.each(targets.map((target) => [target.name, target] as const))(
    '%s',
    { timeout: 60_000 + frames * 5 },
    async (name, target) => {
      const made = Math.ceil(frames * (target.share ?? 1));
      const { taken, wrongChecks, seconds, slowestMs } = await fuzz(target, made, seed);
      // A harness that never reaches what is behind a check proves nothing of it.
      expect(taken).toBeGreaterThan(0);
      const refused = wrongChecks > 0 ? `, ${count(wrongChecks)} with a wrong check refused` : '';
      console.log(
        `fuzz ${name}: ${count(made)} frames${refused}, ${count(taken)} sound ones taken; ${seconds.toFixed(1)} s, slowest ${slowestMs.toFixed(1)} ms, seed ${seed}`,
      );
    },
  );
});

test('every protocol of the frame inspector is under fuzz', () => {
  const covered = new Set(targets.flatMap(({ protocols }) => protocols));
  expect(Object.keys(decoders).filter((id) => !covered.has(id))).toEqual([]);
});
