import type { Command, WhyNot } from '../contract/command.ts';
import type { PointValue } from '../contract/reading.ts';
import { proofFor } from './command-confirm.ts';
import type { CommandRoute } from './live-device.ts';

/** Why a command has come to its end when the time of its present state is over. @param value what a point reads now */
export function timeOutOf(
  command: Command,
  route: CommandRoute | undefined,
  value: (key: string) => PointValue | undefined,
): WhyNot {
  switch (command.state) {
    case 'requested':
      return {
        error: 'it could not be sent in time: another command of this device was still on its way',
        failure: { code: 'too-late' },
      };
    case 'sending':
      return {
        error: 'the link never said whether it was sent; look at the device',
        failure: { code: 'link-silent' },
      };
    default:
      return unproven(command, route, value);
  }
}

function unproven(
  { args }: Command,
  route: CommandRoute | undefined,
  valueOfPoint: (key: string) => PointValue | undefined,
): WhyNot {
  const withinMs = route?.definition.confirmWithinMs ?? 0;
  const proof = route ? proofFor(route, args) : null;
  if (!proof)
    return {
      error: `the device did not answer within ${withinMs / 1000} s`,
      failure: { code: 'no-answer', withinMs },
    };
  const { key: point, value } = proof;
  // Which value it shows instead is worth telling only where there are more than two.
  const reads = route?.confirm && 'argument' in route.confirm ? valueOfPoint(point) : undefined;
  return {
    error: `${point} did not read ${String(value)} within ${withinMs / 1000} s${reads === undefined ? '' : `, it reads ${String(reads)}`}`,
    failure: { code: 'not-read', point, value, withinMs, ...(reads !== undefined && { reads }) },
  };
}
