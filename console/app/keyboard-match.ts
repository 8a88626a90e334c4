/** A key by its place on the board (`event.code`), so that a Chinese input method or another layout does not change it. */
export interface KeyChord {
  code: string;
  shift?: boolean;
  /** Ctrl, or Cmd on a Mac. */
  ctrl?: boolean;
}

export interface Pressed {
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  repeat: boolean;
}

/** Where the press landed. */
export interface PressPlace {
  /** In a field that takes text. */
  typing: boolean;
  /** On a button or a link, which has its own meaning for Enter and Space. */
  onControl: boolean;
  /** Inside a dialog that covers the page. */
  inDialog: boolean;
}

export interface Shortcut extends KeyChord {
  run: () => void;
  /** Also when single-key shortcuts are switched off and while typing: for chords with Ctrl. */
  always?: boolean;
  /** May fire again while held down: row up, row down. */
  repeats?: boolean;
}

/** Keys that move about rather than do something: they stay when single-key shortcuts are switched off (WCAG 2.1.4). */
const moving = new Set(['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', 'Enter', 'Escape']);

/** The shortcut that this press means, the one registered last first; undefined: leave the press alone. */
export function matchShortcut<S extends Shortcut>(
  shortcuts: readonly S[],
  pressed: Pressed,
  place: PressPlace,
  singleKeys: boolean,
): S | undefined {
  if (pressed.isComposing || pressed.altKey) return undefined;
  const ctrl = pressed.ctrlKey || pressed.metaKey;
  return shortcuts.findLast((shortcut) => {
    if (shortcut.code !== pressed.code) return false;
    if ((shortcut.shift ?? false) !== pressed.shiftKey || (shortcut.ctrl ?? false) !== ctrl) return false;
    if (pressed.repeat && shortcut.repeats !== true) return false;
    if (shortcut.always === true) return true;
    if (place.typing || place.inDialog) return false;
    if (place.onControl && (pressed.code === 'Enter' || pressed.code === 'Space')) return false;
    return singleKeys || moving.has(pressed.code);
  });
}
