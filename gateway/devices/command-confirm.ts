import type { CommandProof } from '../contract/command.ts';
import type { PointSource } from '../contract/device-type.ts';
import type { CommandDefinition } from '../contract/kind.ts';
import type { PointValue } from '../contract/reading.ts';
import type { TakenArgument } from './command-values.ts';
import { rounded } from './transform.ts';

const plain = { scale: 1, offset: 0 };

/** The point (`device.point`) that shows that a command is done: it reads this, or what was asked for by an argument. */
export type Confirm =
  | { readonly key: string; readonly value: PointValue }
  | {
      readonly key: string;
      readonly argument: string;
      /** What one step of the point is worth as it is read; null: nobody knows, or it has none. */
      readonly step: number | null;
      /** Of a command that is bound with these: the point is the other device's own, and reads what goes them backwards. */
      readonly bound?: { readonly scale: number; readonly offset: number };
    };

/** @param source where the point comes from: what one step of it is worth. @param scale that of a binding */
export function confirmOf(
  device: string,
  { confirm }: CommandDefinition,
  source: PointSource | undefined,
  scale = 1,
): Confirm | null {
  if (!confirm) return null;
  const key = `${device}.${confirm.point}`;
  if ('value' in confirm) return { key, value: confirm.value };
  const step = stepOf(source);
  return { key, argument: confirm.argument, step: step === null ? null : step * Math.abs(scale) };
}

function stepOf(source: PointSource | undefined): number | null {
  if (!source || !('modbus' in source)) return null;
  const { type, times } = source.modbus;
  return type.startsWith('float') || times ? null : Math.abs(source.scale ?? 1);
}

/**
 * The reading that proves a command of these arguments; null: none does. A number is the same when it is nearer than half a step
 * of the register that was written; where it is read more coarsely than written, when it is less than one step of that away.
 */
export function proofFor(
  { confirm, takes }: { confirm: Confirm | null; takes: ReadonlyMap<string, TakenArgument> },
  args: Readonly<Record<string, unknown>>,
): CommandProof | null {
  if (!confirm || 'value' in confirm) return confirm;
  const taken = takes.get(confirm.argument);
  const said = taken?.say(args[confirm.argument]);
  if (!taken || !said || 'wrong' in said) return null;
  const { key, step, bound: { scale, offset } = plain } = confirm;
  if (typeof said.reads !== 'number') return { key, value: said.reads };
  const value = scale === 1 && offset === 0 ? said.reads : rounded((said.reads - offset) / scale);
  const written = taken.step / Math.abs(scale);
  const within = step !== null && step > written ? 0.999 * step : written / 2;
  return { key, value, within: within + 1e-6 * Math.abs(value) };
}
