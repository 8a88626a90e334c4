import { expect, test } from 'vitest';
import type { RawHeard } from '../devices/type-trial.ts';
import { createManualClock } from '../lib/clock.ts';
import { createOverhearing } from './overhear.ts';
import { beginTrial } from './trial-answer.ts';
import { listenFor } from './trial-listening.ts';

test('what a draft fails on ends its trial, and whoever brings the message goes on', async () => {
  const clock = createManualClock(0);
  const overhearing = createOverhearing((ms, wake) => clock.wakeAfter(ms, wake));
  const begun = beginTrial('listened', null);
  const judge = () => {
    throw new TypeError('no such thing');
  };
  const trying = listenFor(
    { clock, overhearing },
    begun,
    { place: 'bus-1', seconds: 60, after: 0, protocol: null, judge },
    new AbortController().signal,
  );
  const heard: RawHeard = { way: 'frame', link: 'bus-1', bytes: Uint8Array.of(1), receivedAt: 1 };
  expect(() => overhearing.heard('bus-1', heard)).not.toThrow();
  await trying;
  expect(begun.trial.failures).toMatchObject([{ fault: { code: 'not-understood' }, words: 'no such thing' }]);
  expect(overhearing.active).toBe(false);
});
