import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatProblem } from '../lib/yaml-file.ts';
import { builtInDir } from './catalogue.ts';
import { checkTypes } from './types-check.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-cases-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const type = 'id: own-tank\nlabel: { zh: 水箱, en: Tank }\nkind: tank\nlink: native\n';

function write(frames: unknown, expected: unknown): string[] {
  const folder = join(dir, 'own-tank');
  mkdirSync(join(folder, 'cases', 'one'), { recursive: true });
  writeFileSync(join(folder, 'type.yaml'), type);
  writeFileSync(join(folder, 'README.md'), '# Own tank\n');
  writeFileSync(join(folder, 'cases', 'one', 'frames.json'), JSON.stringify(frames, null, 1));
  writeFileSync(join(folder, 'cases', 'one', 'expected.json'), JSON.stringify(expected, null, 1));
  return checkTypes(dir).problems.map((problem) => formatProblem(problem).replace(`${dir}/`, ''));
}
const level = (value: unknown) => ({ topic: 'readings', payload: { values: { level: value } } });

test('a type with a case that comes out right passes', () => {
  expect(write({ source: 'x', frames: [level(1.5)] }, { readings: { level: 1.5 } })).toEqual([]);
  expect(checkTypes(dir)).toMatchObject({ types: ['own-tank'], casesPassed: 1 });
});

test('a single type is checked by its own folder', () => {
  write({ source: 'x', frames: [level(1.5)] }, { readings: { level: 1.5 } });
  expect(checkTypes(join(dir, 'own-tank'))).toMatchObject({
    problems: [],
    types: ['own-tank'],
    casesPassed: 1,
  });
});

test('what is wrong in a neighbour is no matter of a single type', () => {
  write({ source: 'x', frames: [level(1.5)] }, { readings: { level: 1.5 } });
  mkdirSync(join(dir, 'other'));
  writeFileSync(join(dir, 'other', 'type.yaml'), 'id: [');
  expect(checkTypes(`${join(dir, 'own-tank')}/`).problems).toEqual([]);
  expect(checkTypes(dir).problems).toHaveLength(1);
});

test.each([
  ['another value', { readings: { level: 1.6 } }, '3:3: level: expected 1.6, got 1.5'],
  ['a value that is not expected', {}, '1:1: level: expected nothing, got 1.5'],
  [
    'a value that does not come',
    { readings: { level: 1.5, overflow: true } },
    '4:3: overflow: expected true, got nothing',
  ],
  [
    'an event that does not come',
    { readings: { level: 1.5 }, events: [{ type: 'x' }] },
    '5:2: events: expected [{"type":"x"}], got []',
  ],
  [
    'a refusal that does not come',
    { readings: { level: 1.5 }, refused: ['NaN'] },
    '5:2: refused: expected ["NaN"], got []',
  ],
])('%s fails the case at its line', (_, expected, words) => {
  const [first] = write({ source: 'x', frames: [level(1.5)] }, expected);
  expect(first).toContain(`own-tank/cases/one/expected.json:${words}`);
  expect(checkTypes(dir).casesPassed).toBe(0);
});

test('a refusal that is not expected fails the case', () => {
  expect(
    write({ source: 'x', frames: [level('x')] }, { readings: { level: { value: null, quality: 'bad' } } })[0],
  ).toContain('is not a number');
});

test('a broken case is told at its place', () => {
  const [first] = write({ source: 'x', frames: [{ topik: 'readings' }] }, {});
  expect(first).toMatch(/frames\.json:\d+:\d+: /);
  rmSync(join(dir, 'own-tank', 'cases', 'one', 'expected.json'));
  expect(checkTypes(dir).problems.some(({ message }) => message.includes('this file is missing'))).toBe(true);
});

test('a case whose device cannot be built says why', () => {
  const frames = { source: 'x', device: { bind: { level: 'io-1.ai1' } }, frames: [level(1)] };
  const composed = write(frames, { readings: { level: 1 } });
  expect(composed).toEqual([]);
  writeFileSync(join(dir, 'own-tank', 'type.yaml'), type.replace('native', 'composed'));
  expect(checkTypes(dir).problems[0]?.message).toContain('there is no device "io-1"');
});

test('a type without README and cases is warned of, and stays sound', () => {
  mkdirSync(join(dir, 'own-tank'));
  writeFileSync(join(dir, 'own-tank', 'type.yaml'), type);
  const { problems, types } = checkTypes(dir);
  expect(problems.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  expect(types).toEqual(['own-tank']);
});

test('a copy of the whole tree of definitions is checked as one of its own', () => {
  cpSync(builtInDir, join(dir, 'devices'), { recursive: true });
  expect(checkTypes(join(dir, 'devices')).problems).toEqual([]);
});
