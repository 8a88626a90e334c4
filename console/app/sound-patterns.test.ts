import { expect, test } from 'vitest';
import { priorities } from './alarm-list.ts';
import { patterns, renderPattern, testPattern } from './sound-patterns.ts';

const rate = 8_000;
const all = [...priorities.map((priority) => patterns[priority]), testPattern];

test('every pattern sounds, within what a loudspeaker takes', () => {
  for (const pattern of all) {
    const samples = renderPattern(pattern, rate);
    expect(samples).toHaveLength((pattern.periodMs / 1_000) * rate);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.4);
    expect(peak).toBeLessThanOrEqual(1);
  }
});

test('a pattern ends in silence, so that it repeats without a click', () => {
  for (const pattern of all) {
    const samples = renderPattern(pattern, rate);
    expect(samples[0]).toBe(0);
    expect(Math.abs(samples.at(-1) ?? 1)).toBe(0);
    for (const tone of pattern.tones) expect(tone.atMs + tone.forMs).toBeLessThan(pattern.periodMs);
  }
});

test('no sample leaps: tones swell and fade', () => {
  for (const pattern of all) {
    const samples = renderPattern(pattern, 48_000);
    let leap = 0;
    for (let n = 1; n < samples.length; n++) {
      leap = Math.max(leap, Math.abs((samples[n] ?? 0) - (samples[n - 1] ?? 0)));
    }
    expect(leap).toBeLessThan(0.3);
  }
});

test('the more urgent, the shorter the period, the more tones a second and the higher the pitch', () => {
  const rank = priorities.map((priority) => {
    const { periodMs, tones } = patterns[priority];
    return { periodMs, rate: tones.length / periodMs, hz: Math.max(...tones.map((tone) => tone.hz)) };
  });
  for (let n = 1; n < rank.length; n++) {
    const [urgent, less] = [rank[n - 1], rank[n]];
    expect(urgent?.periodMs).toBeLessThan(less?.periodMs ?? 0);
    expect(urgent?.rate).toBeGreaterThan(less?.rate ?? Number.POSITIVE_INFINITY);
    expect(urgent?.hz).toBeGreaterThan(less?.hz ?? Number.POSITIVE_INFINITY);
  }
});

test('no two priorities share a rhythm', () => {
  const rhythms = priorities.map((priority) =>
    patterns[priority].tones.map((tone) => `${tone.atMs}+${tone.forMs}`).join(' '),
  );
  expect(new Set(rhythms).size).toBe(priorities.length);
});
