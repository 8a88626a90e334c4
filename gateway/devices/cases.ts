import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { DeviceType } from '../contract/device-type.ts';
import { asError } from '../lib/errors.ts';
import { type FileProblem, YamlFile } from '../lib/yaml-file.ts';
import {
  type CaseDifference,
  differences,
  differenceWords,
  type Expected,
  expectedNow,
  expectedSchema,
  placeOfDifference,
} from './case-expected.ts';
import { type KnownTypes, type Played, playStory, type Story, storySchema } from './case-play.ts';

/** A case as it is written; null: the file is missing. */
export interface CaseTexts {
  name: string;
  frames: string | null;
  expected: string | null;
}

/** What came of a case. */
export interface CaseRun {
  name: string;
  /** All that is wrong, each at its place; files as `cases/<name>/frames.json`. */
  problems: FileProblem[];
  differences: CaseDifference[];
  /** What `expected.json` would say had it expected what comes now; null: the case cannot be played. */
  decoded: string | null;
}

export const casePassed = ({ problems }: CaseRun): boolean => problems.length === 0;

/** A file of a case as we write it. */
export const caseFileText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The schema of a file of a case. */
export const caseFileSchemas = { frames: storySchema, expected: expectedSchema } as const;

/** A file of a case that is sound, with its positions. */
interface Sound<T> {
  file: YamlFile;
  value: T;
}

/** Largest file of a case: it is read in one piece, too. */
const mostBytes = 64 * 1024;

/** JSON is YAML, and read so it has positions. */
export function readCaseFile<T>(
  text: string | null,
  path: string,
  schema: z.ZodType<T>,
): { sound: Sound<T> | null; problems: FileProblem[] } {
  if (text === null) {
    const message = 'this file is missing: a case has frames.json and expected.json';
    return { sound: null, problems: [{ file: path, line: 1, column: 1, severity: 'error', message }] };
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    const message = `this file has ${bytes} bytes, and a file of a case at most ${mostBytes}; keep the frames that show what it is about, or make several cases of them`;
    return { sound: null, problems: [{ file: path, line: 1, column: 1, severity: 'error', message }] };
  }
  const file = new YamlFile(text, path);
  const value = file.check(schema);
  return { sound: value === undefined ? null : { file, value }, problems: file.problems };
}

function play(type: DeviceType, known: KnownTypes, story: Story): Played | string[] {
  try {
    const played = playStory(type, known, story);
    return 'unconnected' in played ? played.unconnected : played;
  } catch (error) {
    return [asError(error).message];
  }
}

const nothingExpected: Expected = expectedSchema.parse({});

/** Plays one case: bytes as they came from the device, and what they must become. */
export function runCase(type: DeviceType, { name, ...texts }: CaseTexts, known: KnownTypes): CaseRun {
  const framesPath = `cases/${name}/frames.json`;
  const frames = readCaseFile(texts.frames, framesPath, storySchema);
  const expected = readCaseFile(texts.expected, `cases/${name}/expected.json`, expectedSchema);
  const problems = [...frames.problems, ...expected.problems];
  const failed: CaseRun = { name, problems, differences: [], decoded: null };
  if (!frames.sound) return failed;
  const played = play(type, known, frames.sound.value);
  if (Array.isArray(played)) {
    for (const message of played) problems.push(frames.sound.file.problemAt(['frames'], message));
    return failed;
  }
  const decoded = caseFileText(expectedNow(played, expected.sound?.value ?? nothingExpected));
  if (!expected.sound) return { ...failed, decoded };
  const { file, value } = expected.sound;
  const found = differences(played, value);
  for (const difference of found) {
    const { path, key } = placeOfDifference(difference);
    problems.push(file.problemAt(path, differenceWords(difference), { key }));
  }
  return { name, problems, differences: found, decoded };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The cases of a type's folder, all of them. @returns problems with the paths of the files */
export function runCases(
  type: DeviceType,
  folder: string,
  known: KnownTypes,
): { problems: FileProblem[]; passed: number } {
  const dir = join(folder, 'cases');
  const names = existsSync(dir) ? readdirSync(dir).sort() : [];
  const runs = names.map((name) =>
    runCase(
      type,
      {
        name,
        frames: textOf(join(dir, name, 'frames.json')),
        expected: textOf(join(dir, name, 'expected.json')),
      },
      known,
    ),
  );
  return {
    problems: runs.flatMap(({ problems }) =>
      problems.map((problem) => ({ ...problem, file: join(folder, problem.file) })),
    ),
    passed: runs.filter(casePassed).length,
  };
}
