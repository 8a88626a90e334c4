import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DeviceType } from '../contract/device-type.ts';
import type { FieldEvent } from '../contract/event.ts';
import type { Kind } from '../contract/kind.ts';
import { pointValueSchema, qualitySchema } from '../contract/reading.ts';
import { type Device, deviceSchema } from '../contract/site.ts';
import { createManualClock } from '../lib/clock.ts';
import { asError, Fault } from '../lib/errors.ts';
import { uuidv7 } from '../lib/ids.ts';
import { silentLog } from '../lib/log.ts';
import { type FileProblem, YamlFile } from '../lib/yaml-file.ts';
import { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CaseHouse, caseBroker, caseLine, decodeCaseFrame, frameSchema } from './case-frames.ts';
import { createDevices, type Devices } from './devices.ts';

const framesSchema = z.strictObject({
  /** Where the bytes are from: a manual's page, a capture. */
  source: z.string().min(1),
  /** How the device under test (`device`) is installed, where that matters: address, settings, bind, parent. */
  device: deviceSchema
    .pick({ address: true, settings: true, bind: true, parent: true })
    .partial()
    .default({}),
  /** Other devices that it needs: its receiver, the module it is bound to. */
  others: z.array(deviceSchema.omit({ name: true, area: true })).default([]),
  frames: z.array(frameSchema).min(1),
});

const expectedSchema = z.strictObject({
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
});
type Expected = z.infer<typeof expectedSchema>;

const startMs = Date.UTC(2026, 0, 1);
function quietTurn(now: number): Turn {
  return {
    now,
    monoMs: now - startMs,
    actor: null,
    id: () => uuidv7(now),
    write() {},
    change() {},
    after() {},
    audit() {},
    record() {},
    timer() {},
    clearTimer() {},
  };
}

/** Feeds the frames through the room as the links would, and tells how what came out differs from what was expected. */
function play(
  type: DeviceType,
  known: { kinds: ReadonlyMap<string, Kind>; types: ReadonlyMap<string, DeviceType> },
  story: z.infer<typeof framesSchema>,
  expected: Expected,
): string[] {
  const memory = new Memory();
  const clock = createManualClock(startMs);
  const devices = createDevices({
    memory,
    query: async () => [],
    clock,
    log: silentLog,
    catalogue: known,
    send: { native() {}, mqtt() {}, modbus() {}, panel() {}, controller() {}, reader() {}, told() {} },
  });
  const place = { name: 'case', area: 'case' };
  // Receivers and readers stand at the end of the line; their accounts have a parent instead.
  const onLine = (id: string, parent: string | undefined) => {
    const way = known.types.get(id)?.link;
    if (way === 'mqtt') return { link: caseBroker.id };
    return way && !['native', 'composed', 'none', 'sia-dc09'].includes(way) && parent === undefined
      ? { link: caseLine.id }
      : {};
  };
  const docs: Device[] = [
    { id: 'device', type: type.id, ...place, ...onLine(type.id, story.device.parent), ...story.device },
    ...story.others.map((other) => ({ ...place, ...onLine(other.type, other.parent), ...other })),
  ];
  devices.configure(docs, [caseLine, caseBroker]);
  const unconnected = docs.flatMap(({ id }) => devices.views.device(id)?.problem ?? []);
  if (unconnected.length > 0) return unconnected;

  const events: FieldEvent[] = [];
  const refused: string[] = [];
  const house: CaseHouse = {
    docOf: (id) => docs.find((doc) => doc.id === id),
    panels: docs.some((doc) => known.types.get(doc.type)?.link === 'sia-dc09'),
    controller: type.link === 'uhppote',
  };
  for (const [index, frame] of story.frames.entries()) {
    const now = startMs + (index + 1) * 1_000;
    const turn = quietTurn(now);
    memory.begin();
    try {
      for (const message of decodeCaseFrame(devices, frame, house, now)) {
        refused.push(...message.problems);
        for (const event of devices.receive(turn, message).events) {
          events.push(event);
          const { device, type: name, data, at, receivedAt } = event;
          devices.onEvent(turn, {
            id: turn.id(),
            device,
            externalId: event.externalId,
            type: name,
            data,
            occurredAt: at ?? receivedAt,
            receivedAt,
            deviceTimeUsed: at !== null,
            late: false,
          });
        }
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused.push(error.detail);
    }
    memory.commit();
  }
  return differences(devices, events, refused, expected);
}

function differences(
  devices: Devices,
  events: FieldEvent[],
  refused: string[],
  expected: Expected,
): string[] {
  const found: string[] = [];
  const heard = new Map(
    (devices.views.points('device') ?? [])
      .filter(({ receivedAt }) => receivedAt > 0)
      .map(({ point, value, quality }) => [point, { value, quality }]),
  );
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
  return found;
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
  known: { kinds: ReadonlyMap<string, Kind>; types: ReadonlyMap<string, DeviceType> },
): { problems: FileProblem[]; passed: number } {
  const problems: FileProblem[] = [];
  const dir = join(folder, 'cases');
  const names = existsSync(dir) ? readdirSync(dir).sort() : [];
  let passed = 0;
  for (const name of names) {
    const framesPath = join(dir, name, 'frames.json');
    const expectedPath = join(dir, name, 'expected.json');
    const story = readJson(framesPath, framesSchema, problems);
    const expected = readJson(expectedPath, expectedSchema, problems);
    if (!story || !expected) continue;
    let wrong: string[];
    try {
      wrong = play(type, known, story, expected);
    } catch (error) {
      wrong = [asError(error).message];
    }
    for (const message of wrong)
      problems.push({ file: expectedPath, line: 1, column: 1, severity: 'error', message });
    if (wrong.length === 0) passed++;
  }
  return { problems, passed };
}
