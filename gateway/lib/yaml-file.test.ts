import { expect, test } from 'vitest';
import { z } from 'zod';
import { formatProblem, YamlFile } from './yaml-file.ts';

const schema = z.strictObject({
  name: z.string().min(2),
  level: z.number().int().max(9).default(1),
  mode: z.enum(['auto', 'manual']),
  place: z.union([z.string(), z.strictObject({ x: z.number(), y: z.number() })]).optional(),
  parts: z.array(z.strictObject({ id: z.string(), on: z.boolean().optional() })).default([]),
  port: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tcp'), host: z.string() }),
      z.strictObject({ kind: z.literal('serial'), path: z.string() }),
    ])
    .optional(),
});

function problemsOf(text: string): string[] {
  const yaml = new YamlFile(text, 'f.yaml');
  yaml.check(schema);
  return yaml.problems.map(formatProblem);
}

test('a correct file gives the value with its defaults and no problem', () => {
  const yaml = new YamlFile('name: pump\nmode: auto\n', 'f.yaml');
  expect(yaml.check(schema)).toEqual({ name: 'pump', mode: 'auto', level: 1, parts: [] });
  expect(yaml.problems).toEqual([]);
});

test.each([
  ['', 'f.yaml:1:1: the file must be a mapping, this is empty'],
  ['- a', 'f.yaml:1:1: the file must be a mapping, this is a list'],
  [
    'name: pump\nmode: [auto',
    'f.yaml:2:12: Flow sequence in block collection must be sufficiently indented and end with a ]; close the bracket',
  ],
  ['name: pump\nname: tank\nmode: auto', 'f.yaml:2:1: this name stands twice in the same mapping'],
  ['name: pump\nmode:\n\t- auto', 'f.yaml:3:1: a tab is used to indent; use spaces'],
  ['name: pump\nmode: auto\n---\nname: x', 'f.yaml:3:1: a second document begins here'],
  ['name: pump\nmode: !secret auto', 'f.yaml:2:7: Unresolved tag: !secret; remove the tag'],
  ['mode: auto', 'f.yaml:1:1: "name" is missing; add it as text'],
  ['name: 12\nmode: auto', 'f.yaml:1:7: "name" must be text, this is a number; put it in quotes: "12"'],
  ['name: a\nmode: auto', 'f.yaml:1:7: "name" is too short: at least 2 characters'],
  ['name: pump\nmode: auto\nlevel: 10', 'f.yaml:3:8: "level" is too large: at most 9'],
  ['name: pump\nmode: auto\nlevel: 1.5', 'f.yaml:3:8: "level" must be a whole number, this is a number'],
  ['name: pump\nmode: auto\nlevel: 007', 'f.yaml:3:8: 007 would lose its leading zeros'],
  ['name: pump\nmode: auto\nlevel: .nan', 'f.yaml:3:8: .nan is not a usable number'],
  ['name: pump\nmode: auto\nlevel: 12345678901234567890', 'too long for a number; put it in quotes'],
  [
    'name: pump\nmode: atuo',
    'f.yaml:2:7: "mode" must be one of auto, manual, not "atuo"; did you mean "auto"?',
  ],
  ['name: pump', 'f.yaml:1:1: "mode" is missing; it is one of auto, manual'],
  ['name: pump\nmode: auto\nlevle: 1', 'f.yaml:3:1: "levle" is not known here; did you mean "level"?'],
  ['name: pump\nmode: auto\nzzzzzzz: 1', '"zzzzzzz" is not known here; remove it (known: name, level, mode'],
  ['name: pump\nmode: auto\nplace: 3', 'f.yaml:3:8: "place" must be text or a mapping, not 3'],
  ['name: pump\nmode: auto\nplace:\n  x: 1', 'f.yaml:4:3: "y" is missing; add it as a number'],
  [
    'name: pump\nmode: auto\nplace:\n  x: 1\n  y: 2\n  xx: 3',
    'f.yaml:6:3: "xx" is not known here; did you mean "x"?',
  ],
  [
    'name: pump\nmode: auto\nparts:\n  - id: a\n    onn: true',
    'f.yaml:5:5: "onn" is not known here; did you mean "on"?',
  ],
  ['name: pump\nmode: auto\nparts:\n  - id: a\n  -', 'f.yaml:5:4: entry 2 must be a mapping, this is empty'],
  ['name: pump\nmode: auto\nport:\n  kind: udp', 'f.yaml:4:9: "kind" must be one of tcp, serial, not "udp"'],
  [
    'name: pump\nmode: auto\nport:\n  kind: tcp\n  hots: a\n  host: b',
    'f.yaml:5:3: "hots" is not known here; did you mean "host"?',
  ],
  ['name: pump\nmode: auto\n__proto__: 1', 'f.yaml:3:1: "__proto__" cannot be used as a name'],
])('%j is told where and how to mend it: %s', (text, problem) => {
  expect(problemsOf(text).join('\n')).toContain(problem);
});

test('an alias that multiplies without end is refused instead of filling the memory', () => {
  const layers = Array.from(
    { length: 12 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
  );
  const problems = problemsOf(`l0: &l0 [x]\n${layers.join('\n')}`);
  expect(problems[0]).toMatch(/^f\.yaml:1:1: Excessive alias count/);
});

test('a file beyond the limit is refused unread', () => {
  expect(problemsOf(`name: ${'x'.repeat(9 * 1024 * 1024)}`)[0]).toMatch(/larger than 8 MiB/);
});

test('sixty thousand names in one mapping are read in a moment, and the one that stands twice is told', () => {
  const names = Array.from({ length: 60_000 }, (_, n) => `name-${n}: 1`);
  const file = new YamlFile([...names, 'name-7: 2'].join('\n'), 'f.yaml');
  expect(file.problems.map(formatProblem)).toEqual([
    'f.yaml:60001:1: this name stands twice in the same mapping; remove one of them',
  ]);
}, 15_000);
