import type { DemoNatives } from './demo-natives.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** The demo compound lies at UTC+8, without summer time. */
const zoneMs = 8 * hourMs;
const stepMs = 600_000;

/** How light the day is, 0 in the night to 1 at noon. */
export function daylight(at: number): number {
  const hour = ((at + zoneMs) % dayMs) / hourMs;
  return Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI));
}

/** So many steps at a time, since what happens now must not wait. */
const stepsAtOnce = 8;

/**
 * What sensors measured in the day before the demo began, so that their trends show one; a part of it.
 * @param part 1, 2, 3 …; beyond the day there is nothing to tell
 */
export function tellPast(natives: DemoNatives, until: number, part: number): void {
  const first = until - dayMs + (part - 1) * stepsAtOnce * stepMs;
  for (let at = first; at < first + stepsAtOnce * stepMs && at < until; at += stepMs) {
    const light = daylight(at);
    // Every three hours the pump fills what is drawn in between.
    const draw = (at % (3 * hourMs)) / (3 * hourMs);
    const level = draw < 0.75 ? 2.3 - 1.2 * draw : 1.4 + 3.6 * (draw - 0.75);
    natives.tellOf(at, 'tank-domestic', { level: Number(level.toFixed(3)) });
    natives.tellOf(at, 'sump-garage', { level: Number((0.45 + 0.25 * Math.sin(at / 2e6)).toFixed(3)) });
    natives.tellOf(at, 'temperature-power', { temperature: Number((29 + 3 * light).toFixed(1)) });
    natives.tellOf(at, 'light-sensor', { illuminance: Math.round(30_000 * light) });
    for (const n of [1, 2])
      natives.tellOf(at, `temperature-lift-${n}`, {
        temperature: Number((27 + 3 * light + n * 0.4).toFixed(1)),
      });
  }
}
