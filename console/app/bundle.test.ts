import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { categorySchema } from '../../gateway/contract/names.ts';
import { categories } from './categories.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// zod weighs more than most screens, and its probe for `eval` breaks the page's policy.
test('of the contract the console takes types alone, so that no zod comes to the browser', () => {
  const files = ['app', 'components', 'features'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|-fixture\.tsx?$/.test(name))
      .map((name) => join(top, name)),
  );
  const taken = files.flatMap((file) =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(/^import (?!type )[^;]*gateway\/contract[^;]*/gm),
    ].map(([line]) => `${file}: ${line}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(taken).toEqual([]);
});

test('no system of the contract is left out where one chooses among them', () => {
  expect(categories.toSorted()).toEqual(categorySchema.options.toSorted());
});
