import { expect, test } from 'vitest';
import { copiedFrom, withCopiedNote } from './copied-note.ts';

test.each(['zh', 'en'] as const)(
  'a copied README says below its heading of which type it is (%s)',
  (language) => {
    const copied = withCopiedNote('# Level\n\nRegister 4.\n', language, 'acme-level-2');
    expect(copied).toMatch(/^# Level\n\n\*\*[^\n]+`acme-level-2`[^\n]+\n\nRegister 4\.\n$/);
    expect(copiedFrom(copied)).toBe('acme-level-2');
  },
);

test('one without a heading says it at its top', () => {
  expect(withCopiedNote('Register 4.\n', 'en', 'a')).toMatch(/^\*\*Copied:\*\*[^\n]+\n\nRegister 4\.\n$/);
});

test('the copy of a copy that nobody has edited is still that of the first', () => {
  const once = withCopiedNote('# Level\n', 'en', 'first');
  expect(withCopiedNote(once, 'zh', 'second')).toBe(once);
});

test('one that was written here was copied from nothing', () => {
  expect(
    copiedFrom('# Level\n\nAs `generic-level-transmitter`, with **Copied** registers.\n'),
  ).toBeUndefined();
});
