import { expect, test } from 'vitest';
import { matchShortcut, type Pressed, type PressPlace, type Shortcut } from './keyboard-match.ts';

const nothing = () => {};
const key = (code: string, change: Partial<Pressed> = {}): Pressed => ({
  code,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
  ...change,
});
const page: PressPlace = { typing: false, onControl: false, inDialog: false };
const acknowledge: Shortcut = { code: 'KeyA', run: nothing };
const acknowledgeVisible: Shortcut = { code: 'KeyA', shift: true, run: nothing };
const goTo: Shortcut = { code: 'KeyK', ctrl: true, always: true, run: nothing };
const down: Shortcut = { code: 'ArrowDown', repeats: true, run: nothing };
const enter: Shortcut = { code: 'Enter', run: nothing };
const all = [acknowledge, acknowledgeVisible, goTo, down, enter];

test.each([
  ['A acknowledges', key('KeyA'), page, true, acknowledge],
  ['Shift+A is another shortcut', key('KeyA', { shiftKey: true }), page, true, acknowledgeVisible],
  ['Ctrl+A is the browser’s', key('KeyA', { ctrlKey: true }), page, true, undefined],
  ['Alt+A is the browser’s', key('KeyA', { altKey: true }), page, true, undefined],
  [
    'a key that an input method is composing with does nothing',
    key('KeyA', { isComposing: true }),
    page,
    true,
    undefined,
  ],
  ['a held key acknowledges once', key('KeyA', { repeat: true }), page, true, undefined],
  ['a held arrow goes on', key('ArrowDown', { repeat: true }), page, true, down],
  ['a letter typed in a field stays a letter', key('KeyA'), { ...page, typing: true }, true, undefined],
  ['single keys can be switched off', key('KeyA'), page, false, undefined],
  ['Shift with a letter counts as a single key', key('KeyA', { shiftKey: true }), page, false, undefined],
  ['arrows stay when single keys are off', key('ArrowDown'), page, false, down],
  ['Ctrl+K stays when single keys are off', key('KeyK', { ctrlKey: true }), page, false, goTo],
  ['Ctrl+K works while typing', key('KeyK', { ctrlKey: true }), { ...page, typing: true }, true, goTo],
  ['Cmd+K is Ctrl+K', key('KeyK', { metaKey: true }), page, true, goTo],
  ['Enter on a button is the button’s', key('Enter'), { ...page, onControl: true }, true, undefined],
  ['Enter elsewhere is ours', key('Enter'), page, true, enter],
  ['a letter on a button is ours', key('KeyA'), { ...page, onControl: true }, true, acknowledge],
  ['nothing reaches past a dialog', key('KeyA'), { ...page, inDialog: true }, true, undefined],
] as const)('%s', (_title, pressed, place, singleKeys, expected) => {
  expect(matchShortcut(all, pressed, place, singleKeys)).toBe(expected);
});

test('the shortcut that was put on last is the one that is meant', () => {
  const later: Shortcut = { code: 'KeyA', run: nothing };
  expect(matchShortcut([...all, later], key('KeyA'), page, true)).toBe(later);
});

test('another layout, or a Chinese input method that is open, does not change the key', () => {
  // `event.key` is 'q' on a French board and 'Process' under an input method; only the place of the key is looked at.
  expect(matchShortcut(all, key('KeyA'), page, true)).toBe(acknowledge);
  expect(matchShortcut(all, key('KeyQ'), page, true)).toBeUndefined();
});
