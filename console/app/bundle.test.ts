import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { categorySchema } from '../../gateway/contract/names.ts';
import { categories } from './categories.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// zod weighs more than most screens, and its probe for `eval` breaks the page's policy.
test('of the contract the console takes types, and values only of files that import none but each other, so that no zod comes to the browser', () => {
  const files = ['app', 'components', 'features'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|-fixture\.tsx?$/.test(name))
      .map((name) => join(root, top, name)),
  );
  const valuesOf = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/^import (?!type )[^;]*'([^']*)';/gm)].map(([, path = '']) =>
      path.startsWith('.') ? resolve(dirname(file), path) : path,
    );
  const contract = resolve(root, '../gateway/contract');
  const taken = new Set(files.flatMap(valuesOf).filter((path) => path.startsWith(contract)));
  const foreign: string[] = [];
  for (const file of taken)
    for (const path of valuesOf(file))
      if (path.startsWith(contract)) taken.add(path);
      else foreign.push(`${file}: ${path}`);
  expect(files.length).toBeGreaterThan(100);
  expect(taken.size).toBeGreaterThan(5);
  expect(foreign).toEqual([]);
});

test('no system of the contract is left out where one chooses among them', () => {
  expect(categories.toSorted()).toEqual(categorySchema.options.toSorted());
});

test('every component of Mantine that the console uses has its styles', () => {
  const library = join(root, '../node_modules/@mantine/core/esm/components');
  const listed = readFileSync(join(root, 'app/mantine.css'), 'utf8');
  const used = new Set<string>();
  for (const top of ['app', 'components', 'features'])
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(name)) continue;
      const text = readFileSync(join(root, top, name), 'utf8');
      for (const [, names = ''] of text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g))
        for (const one of names.split(',')) used.add(one.trim());
    }
  const components = [...used].filter((name) => existsSync(join(library, name, `${name}.mjs`)));
  const seen = new Set<string>();
  const unstyled = new Set<string>();
  const walk = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const [, sheet] = /([A-Za-z]+)\.module\.mjs$/.exec(file) ?? [];
    if (sheet !== undefined && !listed.includes(`/${sheet}.css`)) unstyled.add(sheet);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from\s*"(\.[^"]+)"/g))
      walk(resolve(dirname(file), path));
  };
  for (const name of components) walk(join(library, name, `${name}.mjs`));
  expect([...unstyled]).toEqual([]);
  expect(components).toContain('Button');
  expect(seen.size).toBeGreaterThan(100);
});
