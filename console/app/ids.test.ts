import { expect, test } from 'vitest';
import { recordIdSchema } from '../../gateway/contract/names.ts';
import { newId } from './ids.ts';

test('a new id is a UUIDv7 of its millisecond', () => {
  const id = newId(0x0190_1234_5678);
  expect(recordIdSchema.safeParse(id).success).toBe(true);
  expect(id.startsWith('01901234-5678-7')).toBe(true);
});

test('ids of the same millisecond differ', () => {
  const ids = Array.from({ length: 10_000 }, () => newId(1));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => recordIdSchema.safeParse(id).success)).toBe(true);
});
