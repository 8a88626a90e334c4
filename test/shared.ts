import { afterAll, beforeEach } from 'vitest';

/** Whatever a test has opened. */
interface Closing {
  close(): unknown;
}

/**
 * What the tests of a file share for as long as they pass. A test that failed may have left anything behind, so what is opened
 * here is closed after it and opened anew: for its next try, and for the tests that follow it.
 * @param open hands what is to be closed to `keep`, which closes from the last to the first
 */
export function sharedUntilFailure(
  open: (keep: <Kept extends Closing>(kept: Kept) => Kept) => Promise<void>,
  openingMs: number,
): void {
  const kept: Closing[] = [];
  let stands = false;
  async function close(): Promise<void> {
    stands = false;
    for (const one of kept.splice(0).reverse()) await one.close();
  }
  beforeEach(async ({ onTestFailed }) => {
    onTestFailed(close);
    if (stands) return;
    await open((one) => {
      kept.push(one);
      return one;
    });
    stands = true;
  }, openingMs);
  afterAll(close, openingMs);
}
