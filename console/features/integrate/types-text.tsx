import { type KeyboardEvent, type RefObject, useRef } from 'react';
import classes from './types.module.css';
import type { TypeProblem } from './types-api.ts';

/** The lines of a text that problems stand at. */
export function marksOf(problems: readonly TypeProblem[]): ReadonlyMap<number, 'error' | 'warning'> {
  const marks = new Map<number, 'error' | 'warning'>();
  for (const { line, severity } of problems) if (marks.get(line) !== 'error') marks.set(line, severity);
  return marks;
}

/** A plain text with line numbers; lines with errors are marked. Tab indents by two blanks, Escape then Tab leaves. */
export function TypeText(props: {
  label: string;
  text: string;
  readOnly: boolean;
  marked: ReadonlyMap<number, 'error' | 'warning'>;
  /** So many lines are shown at the least. */
  least?: number;
  area: RefObject<HTMLTextAreaElement | null>;
  onText: (text: string) => void;
  onCursor?: (offset: number) => void;
}) {
  const { text, marked, area } = props;
  const gutter = useRef<HTMLDivElement>(null);
  const leaving = useRef(false);
  const lines = text.split('\n').length;

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key === 'Escape') leaving.current = true;
    else if (event.key === 'Tab' && !event.shiftKey && !leaving.current && !props.readOnly) {
      event.preventDefault();
      // As if it were typed, so that the browser can take it back.
      document.execCommand('insertText', false, '  ');
    } else leaving.current = false;
  }

  return (
    <div className={classes.text}>
      <div className={classes.gutter} ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => {
          const mark = marked.get(index + 1);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <div key={index} data-mark={mark}>
              {mark === undefined ? '' : '⚠'} {index + 1}
            </div>
          );
        })}
      </div>
      <textarea
        ref={area}
        aria-label={props.label}
        className={classes.area}
        value={text}
        readOnly={props.readOnly}
        rows={Math.min(34, Math.max(props.least ?? 14, lines + 1))}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        wrap="off"
        onChange={(event) => {
          props.onText(event.currentTarget.value);
          props.onCursor?.(event.currentTarget.selectionStart);
        }}
        onSelect={(event) => props.onCursor?.(event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
