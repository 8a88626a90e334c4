import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThrottle, throttleLimits } from './throttle.ts';

const stranger = { account: 'wang', address: '198.51.100.7', device: undefined };

/** How many of `count` tries at one moment are let through. */
function admitted(
  throttle: ReturnType<typeof createThrottle>,
  attempt: typeof stranger,
  count: number,
  at = 0,
) {
  let passed = 0;
  for (let i = 0; i < count; i++) if (throttle.admit(attempt, at) === 0) passed++;
  return passed;
}

test('ten tries at an account pass, then one every ten seconds', () => {
  const throttle = createThrottle();
  expect(admitted(throttle, stranger, 50)).toBe(10);
  expect(throttle.admit(stranger, 0)).toBe(10_000);
  expect(throttle.admit(stranger, 4_000)).toBe(6_000);
  expect(throttle.admit(stranger, 10_000)).toBe(0);
  expect(throttle.admit(stranger, 10_000)).toBe(10_000);
});

test('an account is throttled over all addresses together', () => {
  const throttle = createThrottle();
  let passed = 0;
  for (let i = 0; i < 100; i++)
    if (throttle.admit({ ...stranger, address: `10.0.0.${i}` }, 0) === 0) passed++;
  expect(passed).toBe(10);
});

test('an address is throttled over all accounts together, and an IPv6 customer is one address', () => {
  const throttle = createThrottle();
  let passed = 0;
  for (let i = 0; i < 100; i++)
    if (throttle.admit({ ...stranger, account: `user-${i}`, address: `2001:db8:1:2::${i}` }, 0) === 0)
      passed++;
  expect(passed).toBe(20);
});

test('who floods an account and an address does not keep out a browser that has signed in before', () => {
  const throttle = createThrottle();
  admitted(throttle, stranger, 1_000);
  expect(throttle.admit({ ...stranger, device: 'known' }, 0)).toBe(0);
});

test('a known browser is throttled by itself', () => {
  const throttle = createThrottle();
  let passed = 0;
  for (let i = 0; i < 50; i++) if (throttle.admit({ ...stranger, device: 'known' }, 0) === 0) passed++;
  expect(passed).toBe(10);
  expect(throttle.admit(stranger, 0)).toBe(0);
});

test('right passwords are not counted', () => {
  const throttle = createThrottle();
  for (let i = 0; i < 100; i++) {
    expect(throttle.admit(stranger, 0)).toBe(0);
    throttle.forgive(stranger);
  }
});

test('a flood of made-up names takes bounded memory and goes on being throttled by address', () => {
  const throttle = createThrottle({ ...throttleLimits, remembered: 50 });
  let passed = 0;
  for (let i = 0; i < 5_000; i++) if (throttle.admit({ ...stranger, account: `x${i}` }, 0) === 0) passed++;
  expect(passed).toBe(20);
});

test('over any stretch of time no more tries pass than the burst and the refill allow', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 }), (gaps) => {
      const throttle = createThrottle();
      let at = 0;
      let passed = 0;
      for (const gap of gaps) {
        at += gap;
        if (throttle.admit(stranger, at) === 0) passed++;
      }
      expect(passed).toBeLessThanOrEqual(10 + at / 10_000);
    }),
  );
});
