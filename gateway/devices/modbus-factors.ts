import type { AskedAnswer } from '../protocols/asked-read.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';
import { modbusCovers, modbusValue } from './modbus.ts';
import { compileTransform, rounded } from './transform.ts';

/** A factor as the answers of this poll have it, or why there is none. */
function factorOf(
  { type, settings }: LiveDevice,
  name: string,
  answers: readonly AskedAnswer[],
): number | string {
  const factor = Object.hasOwn(type.factors, name) ? type.factors[name] : undefined;
  if (!factor) {
    const setting = settings[name];
    return typeof setting === 'number' ? setting : `its setting "${name}" is no number`;
  }
  for (const answer of answers) {
    if (!('words' in answer) || !modbusCovers(factor.modbus, answer.read)) continue;
    const raw = modbusValue(factor.modbus, answer.read, answer.words);
    const made = compileTransform(factor)?.(raw) ?? { value: raw };
    if ('refused' in made) return `its factor "${name}": ${made.refused}`;
    return typeof made.value === 'number' && Number.isFinite(made.value)
      ? made.value
      : `its factor "${name}" has no value`;
  }
  return `its factor "${name}" was not read`;
}

/**
 * A raw value times the factors that its type names: ratios of transformers, decimals. Only those of the same poll count, so that a
 * changed ratio is never used with an older value.
 * @returns words when a factor is missing
 */
export function multiplied(
  device: LiveDevice,
  { modbus }: LivePoint,
  raw: unknown,
  answers: readonly AskedAnswer[],
): { value: unknown } | { refused: string } {
  if (!modbus?.times || typeof raw !== 'number') return { value: raw };
  let product = raw;
  for (const name of modbus.times) {
    const factor = factorOf(device, name, answers);
    if (typeof factor === 'string') return { refused: factor };
    product *= factor;
  }
  return { value: rounded(product) };
}
