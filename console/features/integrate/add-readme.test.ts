import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf, runsOf, typeNotes } from './add-readme.ts';

test('every README that comes with the gateway gives notes without its example, and its limits', () => {
  const root = new URL('../../../devices/', import.meta.url);
  const types = readdirSync(root).filter((name) => !name.startsWith('_') && name !== 'kinds');
  expect(types.length).toBeGreaterThan(50);
  let chinese = 0;
  for (const type of types)
    for (const name of ['README.md', 'README.zh.md']) {
      const file = new URL(`${type}/${name}`, root);
      if (!existsSync(file)) continue;
      if (name === 'README.zh.md') chinese++;
      const { notes, limits } = typeNotes(readFileSync(file, 'utf8'));
      expect(notes.length, type).toBeGreaterThan(0);
      expect(limits, `${type} ${name}`).toMatch(/\S/);
      expect(JSON.stringify(notes), type).not.toContain('```');
      // What looks like a row is one.
      const texts = notes.flatMap((block) => (block.kind === 'text' ? [block.text] : []));
      expect(
        texts.filter((text) => text.startsWith('|')),
        type,
      ).toEqual([]);
    }
  expect(chinese).toBeGreaterThan(10);
});

test('a table has the columns of its head, whatever its rows have', () => {
  const markdown = [
    '| setting | |',
    '| --- | --- |',
    '| `host` | its address, `a|b` or a \\| b |',
    '| alone |',
    '| 1 | 2 | 3 |',
    'after it',
  ].join('\n');
  expect(blocksOf(markdown)).toEqual([
    {
      kind: 'table',
      head: ['setting', ''],
      rows: [
        ['`host`', 'its address, `a|b` or a | b'],
        ['alone', ''],
        ['1', '2'],
      ],
    },
    { kind: 'text', text: 'after it' },
  ]);
});

test('a bar at the beginning of a line makes no table by itself', () => {
  expect(blocksOf('| so it is\n| and so')).toEqual([{ kind: 'text', text: '| so it is | and so' }]);
});

test('headings, lists and code are told apart, and code is taken as it is', () => {
  const markdown =
    '# A\n\none\ntwo\n\n- x\n  goes on\n- y\n\n1. z\n\n```yaml\n# no heading\n| no | table |\n```\nend';
  expect(blocksOf(markdown)).toEqual([
    { kind: 'heading', text: 'A' },
    { kind: 'text', text: 'one two' },
    { kind: 'list', items: ['x goes on', 'y'] },
    { kind: 'list', items: ['z'] },
    { kind: 'code', language: 'yaml', text: '# no heading\n| no | table |' },
    { kind: 'text', text: 'end' },
  ]);
});

test('code that is never closed ends with the text', () => {
  expect(blocksOf('```\na\nb')).toEqual([{ kind: 'code', language: '', text: 'a\nb' }]);
});

test('a paragraph is text, code and what is strong; links lose where they lead, and markup stays words', () => {
  expect(runsOf('set `address` **twice**, see [`x`](../x.md) <b>[y](javascript:alert(1))')).toEqual([
    { kind: 'text', text: 'set ' },
    { kind: 'code', text: 'address' },
    { kind: 'text', text: ' ' },
    { kind: 'strong', text: 'twice' },
    { kind: 'text', text: ', see ' },
    { kind: 'code', text: 'x' },
    { kind: 'text', text: ' <b>' },
    { kind: 'text', text: 'y' },
    { kind: 'text', text: ')' },
  ]);
});

test('wiring and messages that are drawn as code stand among the notes; what goes into the site file does not', () => {
  const markdown = '# A\n\nSend:\n\n```\ntopic x\n```\n\n```yaml\ndevices: []\n```\n';
  expect(typeNotes(markdown).notes).toEqual([
    { kind: 'text', text: 'Send:' },
    { kind: 'code', language: '', text: 'topic x' },
  ]);
});
