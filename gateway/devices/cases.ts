import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DeviceType } from '../contract/device-type.ts';
import { pointValueSchema, qualitySchema } from '../contract/reading.ts';
import { asError } from '../lib/errors.ts';
import { type FileProblem, YamlFile } from '../lib/yaml-file.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import { type KnownTypes, type Played, playStory, storySchema } from './case-play.ts';

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
  /** Messages by which it is asked for commands after all that, or a part of the words for why it cannot be. */
  commands: z
    .record(
      z.string(),
      z.union([
        z.strictObject({ topic: z.string(), payload: z.unknown().optional(), hex: z.string().optional() }),
        z.strictObject({ unable: z.string() }),
      ]),
    )
    .default({}),
});
type Expected = z.infer<typeof expectedSchema>;

/** How the messages of commands differ from what was expected. */
function commandDifferences(played: Played, { commands }: Expected): string[] {
  return Object.entries(commands).flatMap(([name, wanted]) => {
    const message = played.commandMessage(name);
    if ('unable' in wanted)
      return 'unable' in message && message.unable.includes(wanted.unable)
        ? []
        : [
            `command ${name}: expected that it cannot be sent (${wanted.unable}), got ${JSON.stringify(message)}`,
          ];
    const got =
      'unable' in message
        ? message
        : typeof message.payload === 'string'
          ? { topic: message.topic, payload: jsonOrText(message.payload) }
          : { topic: message.topic, hex: bytesToHex(message.payload) };
    return isDeepStrictEqual(got, { ...wanted })
      ? []
      : [`command ${name}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`];
  });
}

function jsonOrText(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text;
}

/** How what came of a story differs from what was expected. */
function differences(played: Played, expected: Expected): string[] {
  const { readings: heard, events, refused } = played;
  const found: string[] = [];
  for (const point of new Set([...heard.keys(), ...Object.keys(expected.readings)])) {
    const wanted = Object.hasOwn(expected.readings, point) ? expected.readings[point] : undefined;
    const want =
      wanted === undefined
        ? undefined
        : typeof wanted === 'object' && wanted !== null
          ? wanted
          : { value: wanted, quality: 'good' };
    const got = heard.get(point);
    if (!isDeepStrictEqual(got, want))
      found.push(
        `${point}: expected ${JSON.stringify(want) ?? 'nothing'}, got ${JSON.stringify(got) ?? 'nothing'}`,
      );
  }
  const told = events.map(({ device, type, data }) => ({ device, type, data: { ...data } }));
  if (
    !isDeepStrictEqual(
      told,
      expected.events.map(({ data, ...event }) => ({ ...event, data: { ...data } })),
    )
  )
    found.push(`events: expected ${JSON.stringify(expected.events)}, got ${JSON.stringify(told)}`);
  if (
    refused.length !== expected.refused.length ||
    refused.some((words, i) => !words.includes(expected.refused[i] ?? '\0'))
  )
    found.push(`refused: expected ${JSON.stringify(expected.refused)}, got ${JSON.stringify(refused)}`);
  found.push(...commandDifferences(played, expected));
  return found;
}

/** What `expected.json` says when all is as it came. */
export function expectedOf({ readings, events, refused }: Played): Record<string, unknown> {
  return {
    ...(readings.size > 0 && {
      readings: Object.fromEntries(
        [...readings].map(([point, { value, quality }]) => [
          point,
          quality === 'good' ? value : { value, quality },
        ]),
      ),
    }),
    ...(events.length > 0 && {
      events: events.map(({ device, type, data }) => ({
        ...(device === 'device' ? {} : { device }),
        type,
        ...(Object.keys(data).length > 0 && { data }),
      })),
    }),
    ...(refused.length > 0 && { refused }),
  };
}

function readJson<T>(path: string, schema: z.ZodType<T>, problems: FileProblem[]): T | undefined {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `this file is missing: a case has frames.json and expected.json (${asError(error).message})`;
    problems.push({ file: path, line: 1, column: 1, severity: 'error', message });
    return undefined;
  }
  // JSON is YAML, and read so it has positions.
  const file = new YamlFile(text, path);
  const value = file.check(schema);
  problems.push(...file.problems);
  return value;
}

/** The cases of a type's folder: bytes as they came from the device, and what they must become. */
export function runCases(
  type: DeviceType,
  folder: string,
  known: KnownTypes,
): { problems: FileProblem[]; passed: number } {
  const problems: FileProblem[] = [];
  const dir = join(folder, 'cases');
  const names = existsSync(dir) ? readdirSync(dir).sort() : [];
  let passed = 0;
  for (const name of names) {
    const framesPath = join(dir, name, 'frames.json');
    const expectedPath = join(dir, name, 'expected.json');
    const story = readJson(framesPath, storySchema, problems);
    const expected = readJson(expectedPath, expectedSchema, problems);
    if (!story || !expected) continue;
    let wrong: string[];
    try {
      const played = playStory(type, known, story);
      wrong = 'unconnected' in played ? played.unconnected : differences(played, expected);
    } catch (error) {
      wrong = [asError(error).message];
    }
    for (const message of wrong)
      problems.push({ file: expectedPath, line: 1, column: 1, severity: 'error', message });
    if (wrong.length === 0) passed++;
  }
  return { problems, passed };
}
