/**
 * What the devices send. A device has eight channels with four limits each, and thirty-two contacts: 64 alarms. Its messages
 * go through all of them, up and then down again, one alarm a crossing, so that at the rates measured here an alarm seldom
 * trips five times in a minute (from then on it would be held as chattering, which is less work).
 */
export const channels = Array.from({ length: 8 }, (_, i) => `ai${i + 1}`);
export const limits = [20, 30, 40, 50];
export const contacts = ['in', 'out'].flatMap((side) =>
  Array.from({ length: 16 }, (_, i) => `${side}${i + 1}`),
);

interface Step {
  /** Name of the alarm definition. */
  alarm: string;
  point: string;
  /** The value with the alarm, and without it. */
  on: number | boolean;
  off: number | boolean;
}

/** Between its limits a channel stands in the middle of a band: 15, 25, 35 … */
const middle = (band: number) => 15 + 10 * band;

export const steps: readonly Step[] = [
  ...channels.flatMap((point) =>
    limits.map((limit, band) => ({
      alarm: `${point}Above${limit}`,
      point,
      on: middle(band + 1),
      off: middle(band),
    })),
  ),
  ...contacts.map((point) => ({ alarm: `${point}On`, point, on: true, off: false })),
];

export const alarmIndex: ReadonlyMap<string, number> = new Map(steps.map(({ alarm }, i) => [alarm, i]));

export interface Message {
  payload: Buffer;
  /** Index in `steps` of the alarm that this message changes, or -1. */
  alarm: number;
}

/** One whole cycle of a device's messages: every alarm raised, then every alarm returned. */
export function cycleOf(alarmEvery: number, valuesPerMessage: number): Message[] {
  const bands = new Map<string, number>(channels.map((point) => [point, middle(0)]));
  const messages: Message[] = [];
  const quiet = (n: number) => {
    const values: Record<string, number> = {};
    for (let i = 0; i < valuesPerMessage; i++) {
      const point = channels[(n + i) % channels.length] ?? '';
      // A little noise, so that no value stands still.
      values[point] = (bands.get(point) ?? 0) + ((n * 7 + i) % 100) / 100;
    }
    messages.push({ payload: Buffer.from(JSON.stringify({ values })), alarm: -1 });
  };
  if (alarmEvery === 0) {
    for (let n = 0; n < 100 * channels.length; n++) quiet(n);
    return messages;
  }
  const up = steps.map((step, alarm) => ({ ...step, alarm, value: step.on }));
  const down = steps.map((step, alarm) => ({ ...step, alarm, value: step.off })).reverse();
  for (const { point, value, alarm } of [...up, ...down]) {
    for (let n = 1; n < alarmEvery; n++) quiet(messages.length);
    messages.push({ payload: Buffer.from(JSON.stringify({ values: { [point]: value } })), alarm });
    if (typeof value === 'number') bands.set(point, value);
  }
  return messages;
}
