import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { pointValueSchema, qualitySchema } from '../contract/reading.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import type { Played } from './case-play.ts';

// What a case expects, and how what comes of its frames differs from that.

const argsSchema = z.record(z.string(), z.unknown()).optional();

/** `expected.json`. */
export const expectedSchema = z.strictObject({
  /** Newest values of the device under test; exactly these points. A bare value is one of good quality. */
  readings: z
    .record(
      z.string(),
      z.union([pointValueSchema, z.strictObject({ value: pointValueSchema, quality: qualitySchema })]),
    )
    .default({}),
  /** Events in order; of another device where it says so. */
  events: z
    .array(
      z.strictObject({
        device: z.string().default('device'),
        type: z.string(),
        data: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
  /** A part of the words with which each unusable message or value is refused, in order. */
  refused: z.array(z.string()).default([]),
  /**
   * Messages by which it is asked for commands after all that, with what they take (`args`): on a topic, or as the Modbus PDU that
   * writes it; or a part of the words for why it cannot be.
   */
  commands: z
    .record(
      z.string(),
      z.union([
        z.strictObject({
          args: argsSchema,
          topic: z.string(),
          payload: z.unknown().optional(),
          hex: z.string().optional(),
        }),
        z.strictObject({ args: argsSchema, pdu: z.string() }),
        z.strictObject({ args: argsSchema, unable: z.string() }),
      ]),
    )
    .default({}),
});
export type Expected = z.infer<typeof expectedSchema>;

/** One thing that did not come out as the case expects. */
export const caseDifferenceSchema = z.object({
  of: z.enum(['reading', 'events', 'refused', 'command']),
  /** The point or the command; null of events and refusals, which are compared as a whole. */
  name: z.string().nullable(),
  /** As JSON, written as `expected.json` has it; null: nothing. */
  expected: z.string().nullable(),
  got: z.string().nullable(),
});
export type CaseDifference = z.infer<typeof caseDifferenceSchema>;

type Told = Pick<Played, 'readings' | 'events' | 'refused'>;
type Command = Expected['commands'][string];

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** A reading as `expected.json` has it: of good quality the bare value. */
const shortReading = (reading: { value: unknown; quality: string }) =>
  reading.quality === 'good' ? reading.value : { value: reading.value, quality: reading.quality };

function shortExpected(wanted: Expected['readings'][string]): unknown {
  return typeof wanted === 'object' && wanted !== null
    ? shortReading({ value: wanted.value, quality: wanted.quality })
    : wanted;
}

const shortEvent = ({ device, type, data }: { device: string; type: string; data: object }) => ({
  ...(device === 'device' ? {} : { device }),
  type,
  ...(Object.keys(data).length > 0 && { data: { ...data } }),
});

function jsonOrText(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text;
}

/** How it would be asked for a command, as `expected.json` has it. */
function commandTold(played: Played, name: string, { args }: Command): Command {
  const message = played.commandMessage(name, args);
  const given = args === undefined ? {} : { args };
  if ('unable' in message) return { ...given, unable: message.unable };
  if ('pdu' in message) return { ...given, pdu: bytesToHex(message.pdu) };
  const { topic, payload } = message;
  return typeof payload === 'string'
    ? { ...given, topic, payload: jsonOrText(payload) }
    : { ...given, topic, hex: bytesToHex(payload) };
}

/** Why a command cannot be sent is expected in part. */
const sameCommand = (wanted: Command, got: Command): boolean =>
  'unable' in wanted
    ? 'unable' in got && got.unable.includes(wanted.unable)
    : isDeepStrictEqual({ ...got }, { ...wanted });

/** How what came of a story differs from what was expected. */
export function differences(played: Played, expected: Expected): CaseDifference[] {
  const { readings: heard, events, refused } = played;
  const found: CaseDifference[] = [];
  for (const point of new Set([...heard.keys(), ...Object.keys(expected.readings)])) {
    const wanted = Object.hasOwn(expected.readings, point) ? expected.readings[point] : undefined;
    const want = wanted === undefined ? undefined : shortExpected(wanted);
    const reading = heard.get(point);
    const got = reading && shortReading(reading);
    if (!isDeepStrictEqual(got, want))
      found.push({ of: 'reading', name: point, expected: json(want), got: json(got) });
  }
  const wantedEvents = expected.events.map(shortEvent);
  const told = events.map(shortEvent);
  if (!isDeepStrictEqual(told, wantedEvents))
    found.push({ of: 'events', name: null, expected: json(wantedEvents), got: json(told) });
  if (
    refused.length !== expected.refused.length ||
    refused.some((words, i) => !words.includes(expected.refused[i] ?? '\0'))
  )
    found.push({ of: 'refused', name: null, expected: json(expected.refused), got: json(refused) });
  for (const [name, wanted] of Object.entries(expected.commands)) {
    const got = commandTold(played, name, wanted);
    if (!sameCommand(wanted, got))
      found.push({ of: 'command', name, expected: json(wanted), got: json(got) });
  }
  return found;
}

export function differenceWords({ of, name, expected, got }: CaseDifference): string {
  const what = of === 'command' ? `command ${name}` : (name ?? of);
  return `${what}: expected ${expected ?? 'nothing'}, got ${got ?? 'nothing'}`;
}

/** Where in `expected.json` it is expected: a path to look under, and a key there. */
export function placeOfDifference({ of, name }: CaseDifference): { path: string[]; key: string } {
  if (of === 'reading') return { path: ['readings'], key: name ?? '' };
  return of === 'command' ? { path: ['commands'], key: name ?? '' } : { path: [], key: of };
}

/** What `expected.json` says when all is as it came. */
export function expectedOf({ readings, events, refused }: Told): Record<string, unknown> {
  return {
    ...(readings.size > 0 && {
      readings: Object.fromEntries([...readings].map(([point, reading]) => [point, shortReading(reading)])),
    }),
    ...(events.length > 0 && { events: events.map(shortEvent) }),
    ...(refused.length > 0 && { refused }),
  };
}

/**
 * What `expected.json` would say had it expected what comes now: commands are those that it names, points stand in its order,
 * and of words it keeps the part that still fits.
 */
export function expectedNow(played: Played, before: Expected): Record<string, unknown> {
  const ordered = new Map(
    [...Object.keys(before.readings), ...played.readings.keys()].flatMap((point) => {
      const reading = played.readings.get(point);
      return reading ? [[point, reading] as const] : [];
    }),
  );
  const refused = played.refused.map((words, i) => {
    const part = before.refused[i];
    return part !== undefined && words.includes(part) ? part : words;
  });
  const commands = Object.entries(before.commands).map(([name, wanted]) => {
    const got = commandTold(played, name, wanted);
    return [name, sameCommand(wanted, got) ? wanted : got];
  });
  return {
    ...expectedOf({ readings: ordered, events: played.events, refused }),
    ...(commands.length > 0 && { commands: Object.fromEntries(commands) }),
  };
}
