import type { Priority } from '../../gateway/contract/names.ts';

/** One tone: pitch, start within the period, length. */
export interface Tone {
  hz: number;
  atMs: number;
  forMs: number;
}

export interface Pattern {
  periodMs: number;
  tones: readonly Tone[];
}

/**
 * A pattern per priority, told apart by rhythm as well as by pitch (a man with a cold hears the rhythm): the more urgent, the
 * faster, the higher and the more pulses. IEC 60601-1-8 §6.3 is the model for "burst, then pause".
 */
export const patterns: Record<Priority, Pattern> = {
  1: {
    periodMs: 900,
    tones: [
      { hz: 988, atMs: 0, forMs: 130 },
      { hz: 1319, atMs: 150, forMs: 130 },
      { hz: 988, atMs: 300, forMs: 130 },
      { hz: 1319, atMs: 450, forMs: 130 },
    ],
  },
  2: {
    periodMs: 1_800,
    tones: [
      { hz: 784, atMs: 0, forMs: 180 },
      { hz: 784, atMs: 260, forMs: 180 },
      { hz: 784, atMs: 520, forMs: 180 },
    ],
  },
  3: {
    periodMs: 3_500,
    tones: [
      { hz: 587, atMs: 0, forMs: 220 },
      { hz: 494, atMs: 320, forMs: 220 },
    ],
  },
  4: { periodMs: 7_000, tones: [{ hz: 392, atMs: 0, forMs: 260 }] },
};

/** Heard once when sound is switched on, so that the operator knows the loudspeaker works. */
export const testPattern: Pattern = {
  periodMs: 500,
  tones: [
    { hz: 523, atMs: 0, forMs: 140 },
    { hz: 659, atMs: 180, forMs: 200 },
  ],
};

const attackMs = 8;
const loudness = 0.7;

/** One period of a pattern as samples in −1 … 1, silent at both ends so that it can loop without a click. */
export function renderPattern(pattern: Pattern, sampleRate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round((pattern.periodMs / 1_000) * sampleRate));
  for (const tone of pattern.tones) {
    const first = Math.round((tone.atMs / 1_000) * sampleRate);
    const length = Math.round((tone.forMs / 1_000) * sampleRate);
    const ramp = Math.max(1, Math.round((attackMs / 1_000) * sampleRate));
    for (let n = 0; n < length && first + n < samples.length; n++) {
      const phase = (2 * Math.PI * tone.hz * n) / sampleRate;
      // Overtones carry through a noisy room where a pure tone is hard to place.
      const wave = (Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase)) / 1.6;
      const envelope = Math.min(1, n / ramp, (length - 1 - n) / ramp);
      samples[first + n] = wave * envelope * loudness;
    }
  }
  return samples;
}
