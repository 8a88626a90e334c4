import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Fault } from '../lib/errors.ts';
import { readTicketLimits } from './limits.ts';

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function faultOf(text: string): Fault {
  const path = join(dir, 'limits.yaml');
  writeFileSync(path, text);
  try {
    readTicketLimits(path);
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('these limits were taken');
}

test('an emergency of priority 1 is on site within ten minutes, whatever the category', () => {
  const limits = readTicketLimits();
  for (const category of ['water', 'power', 'lift', 'emergency', 'fire', 'home-alarm', 'perimeter'] as const)
    expect(limits.stepMs(category, 1, 'accepted')).toBeLessThanOrEqual(600_000);
});

test('the verification call is due one day after the repair', () => {
  expect(readTicketLimits().stepMs('water', 3, 'resolved')).toBe(86_400_000);
});

test('a category changes only the figures that it names', () => {
  const limits = readTicketLimits();
  expect(limits.stepMs('water', 2, 'accepted')).toBe(20 * 60_000);
  expect(limits.stepMs('water', 2, 'dispatched')).toBe(limits.stepMs('power', 2, 'dispatched'));
});

test('a closed ticket waits for nothing', () => {
  expect(readTicketLimits().stepMs('water', 1, 'closed')).toBeNull();
});

test.each([
  ['a missing priority', 'default: { 1: {} }', /default\.2/],
  ['an unknown category', 'default: {}\ncategories: { moon: {} }', /categories/],
  ['a time of nothing', 'default: { 1: { accept: 0 } }', /default\.1\.accept/],
])('%s is refused with file and field', (_, text, field) => {
  const refused = faultOf(text);
  expect(refused.code).toBe('config.invalid');
  expect(refused.errors.map((error) => error.path).join('\n')).toMatch(field);
  expect(refused.errors[0]?.path).toContain('limits.yaml');
});

test('a file that is no YAML is refused with the line', () => {
  const refused = faultOf('default: {\n  1: [');
  expect(refused.code).toBe('config.invalid');
  expect(refused.detail).toMatch(/line 2/);
});
