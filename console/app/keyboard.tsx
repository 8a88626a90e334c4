import { useLayoutEffect, useRef } from 'react';
import { type KeyChord, matchShortcut, type PressPlace, type Shortcut } from './keyboard-match.ts';
import { readPreference } from './preferences.ts';

const registered: Shortcut[] = [];

function placeOf(target: EventTarget | null): PressPlace {
  if (!(target instanceof Element)) return { typing: false, onControl: false, inDialog: false };
  const field = target.closest('input, textarea, select, [contenteditable="true"]');
  const typing =
    field !== null &&
    !(field instanceof HTMLInputElement && ['checkbox', 'radio', 'range'].includes(field.type));
  return {
    typing,
    onControl: target.closest('button, a, [role="button"], [role="menuitem"], [role="option"]') !== null,
    inDialog: target.closest('[aria-modal="true"]') !== null,
  };
}

/** Starts listening; once for the whole page. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    // Chromium reports the key that ends a composition with code 229 and `isComposing` already false.
    if (event.defaultPrevented || event.keyCode === 229) return;
    const shortcut = matchShortcut(
      registered,
      event,
      placeOf(event.target),
      readPreference('singleKeys') !== 'off',
    );
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  });
}

/**
 * A shortcut for as long as the component is there; `run` null: not just now. The last one mounted wins. Both effects are of the
 * layout: what is on the screen is what the next key means, however busy the machine is.
 */
export function useShortcut(
  chord: KeyChord & Pick<Shortcut, 'always' | 'repeats'>,
  run: (() => void) | null,
): void {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  const enabled = run !== null;
  const { code, shift, ctrl, always, repeats } = chord;
  useLayoutEffect(() => {
    if (!enabled) return;
    const shortcut: Shortcut = { code, shift, ctrl, always, repeats, run: () => latest.current?.() };
    registered.push(shortcut);
    return () => {
      registered.splice(registered.indexOf(shortcut), 1);
    };
  }, [code, shift, ctrl, always, repeats, enabled]);
}
