import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const importPattern = /(?:from\s+|import\s*\(\s*|import\s+)['"](\.[^'"]+)['"]/g;

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    if (name === 'node_modules' || name === 'dist') return [];
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) ? [path] : [];
  });
}

/** The part of the house a file stands in: 'gateway/alarms', 'console/features/alarms', 'simulators' … */
function roomOf(path: string): string {
  const [top, second, third] = relative(root, path).split('/');
  if (top === 'gateway') return second?.endsWith('.ts') ? `gateway/${second}` : `gateway/${second}`;
  if (top === 'console' && second === 'features') return `console/features/${third}`;
  return top ?? '';
}

/** What each part of the house may import of our own tree (docs/architecture.md has the table in words). */
function allowed(from: string, to: string): boolean {
  if (from === to) return true;
  const ground = ['gateway/contract', 'gateway/lib', 'gateway/store'];
  switch (from) {
    case 'gateway/contract':
      return false;
    case 'gateway/lib':
    case 'gateway/protocols':
      return to === 'gateway/contract';
    case 'gateway/store':
      return to === 'gateway/contract' || to === 'gateway/lib';
    case 'gateway/links':
    case 'gateway/devices':
      return ground.includes(to) || to === 'gateway/protocols';
    case 'gateway/gateway.ts':
    case 'gateway/main.ts':
    case 'gateway/joins':
    case 'gateway/cli':
      return to.startsWith('gateway/');
    case 'simulators':
      return to === 'gateway/contract' || to === 'gateway/protocols' || to === 'devices';
    case 'console':
      return to === 'gateway/contract' || to.startsWith('console/');
    case 'test':
      return true;
    default:
      if (from.startsWith('console/features/')) return to === 'gateway/contract' || to === 'console';
      return from.startsWith('gateway/') && ground.includes(to);
  }
}

const edges = ['gateway', 'console', 'simulators', 'devices'].flatMap((top) =>
  sources(join(root, top)).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => ({
      file: relative(root, file),
      from: roomOf(file),
      to: roomOf(resolve(dirname(file), match[1] ?? '')),
    })),
  ),
);

test('imports keep to the import table of the house', () => {
  expect(edges.length).toBeGreaterThan(0);
  const broken = edges.filter((edge) => !allowed(edge.from, edge.to));
  expect(broken.map((edge) => `${edge.file} (${edge.from}) imports ${edge.to}`)).toEqual([]);
});

test('the contract is browser-safe: zod and nothing of node', () => {
  const outside = sources(join(root, 'gateway/contract')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from\s+['"]([^.'"][^'"]*)['"]/g)].map((match) => match[1]),
  );
  expect(outside.filter((name) => name !== 'zod')).toEqual([]);
});

test('no folder is named for nothing in particular', () => {
  const names = sources(root).map((file) => relative(root, file));
  expect(names.filter((name) => /(^|\/)(utils|helpers|manager|common|misc)(\/|\.|-)/.test(name))).toEqual([]);
});

test('file names are kebab-case', () => {
  const names = sources(root).map((file) => file.split('/').at(-1) ?? '');
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.tsx?$/.test(name))).toEqual([]);
});
