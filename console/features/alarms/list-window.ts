/** Which rows of a long list stand in the viewport, and where the list must be scrolled so that a row stays where it is. */

export interface ListWindow {
  first: number;
  /** One past the last. */
  end: number;
}

const overscan = 6;

export function windowOf(count: number, rowPx: number, scrollTop: number, viewportPx: number): ListWindow {
  const first = Math.max(0, Math.floor(scrollTop / rowPx) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + viewportPx) / rowPx) + overscan);
  return { first: Math.min(first, Math.max(0, end)), end };
}

/** The rows that are wholly in view. */
export function inView(count: number, rowPx: number, scrollTop: number, viewportPx: number): ListWindow {
  const first = Math.ceil(scrollTop / rowPx);
  const end = Math.min(count, Math.floor((scrollTop + viewportPx) / rowPx));
  return { first: Math.min(first, end), end };
}

/**
 * The scroll position that keeps the row on which the eye rests where it was, when rows have come or gone above it. The eye rests
 * on the selected row when that is in view, else on the first row in view, unless the list stands at its top with nothing
 * selected: then what is new may push down. `gap` is the room below the last row that this needs in a short list.
 */
export function keepInPlace(options: {
  before: readonly string[];
  after: readonly string[];
  selected: string | null;
  rowPx: number;
  scrollTop: number;
  viewportPx: number;
}): number {
  const { before, after, selected, rowPx, scrollTop, viewportPx } = options;
  const view = windowOf(before.length, rowPx, scrollTop, viewportPx);
  const selectedAt = selected === null ? -1 : before.indexOf(selected);
  const rests = selectedAt >= view.first && selectedAt < view.end;
  if (!rests && scrollTop === 0) return 0;
  const beforeAt = rests ? selectedAt : Math.min(before.length - 1, Math.floor(scrollTop / rowPx));
  const id = before[beforeAt];
  const afterAt = id === undefined ? -1 : after.indexOf(id);
  return afterAt === -1 ? scrollTop : Math.max(0, scrollTop + (afterAt - beforeAt) * rowPx);
}

/** The least scrolling that brings a row wholly into view. */
export function scrollToRow(index: number, rowPx: number, scrollTop: number, viewportPx: number): number {
  const top = index * rowPx;
  if (top < scrollTop) return top;
  if (top + rowPx > scrollTop + viewportPx) return top + rowPx - viewportPx;
  return scrollTop;
}
