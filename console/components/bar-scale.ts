/** The heights of a bar chart's lines: round numbers from 0 up, the last at or above the highest bar. */
export function barTicks(highest: number, most = 4): number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / most;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * size >= rough) ?? 10) * size;
  const count = Math.ceil(highest / step - 1e-9);
  // Steps like 0.1 add up to 0.30000000000000004.
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** The figure of each of them, all with as many decimals as their steps need. */
export function tickWords(ticks: readonly number[]): string[] {
  const decimals = Math.max(...ticks.map((tick) => String(tick).split('.')[1]?.length ?? 0));
  return ticks.map((tick) => tick.toFixed(decimals));
}

/** Which of so many labels are drawn where each needs so much room: every second, fifth … from the first. */
export function labelEvery(count: number, widthPx: number, labelPx: number): number {
  const fits = Math.max(1, Math.floor(widthPx / labelPx));
  return [1, 2, 3, 5, 6, 10, 12, 15, 24, 31].find((every) => count / every <= fits) ?? count;
}
