import type { Alarms } from '../alarms/alarms.ts';
import type { Device } from '../contract/site.ts';
import type { ClockDrift, MissedCheckpoint, VisitedCheckpoint } from '../patrol/patrol.ts';
import type { Turn } from '../store/turn.ts';

/** A wand's clock that is further off is reported, although its reads are corrected; ms. */
const mostDriftMs = 300_000;

/** `7:30 fast` in both languages. */
function driftWords(driftMs: number): { zh: string; en: string } {
  const seconds = Math.round(Math.abs(driftMs) / 1_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const rest = `${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`;
  const length = hours > 0 ? `${hours}:${rest}` : rest;
  return driftMs > 0
    ? { zh: `快 ${length}`, en: `${length} fast` }
    : { zh: `慢 ${length}`, en: `${length} slow` };
}

/**
 * A missed checkpoint is an alarm of its own: cause `checkpoint-missed` with the checkpoint as instance. So is a wand whose clock
 * is off: cause `clock-drift` with the wand as instance.
 */
export function createPatrolAlarms(deps: {
  alarms: Alarms;
  areaName(area: string): string;
  reader(id: string): Device | undefined;
}) {
  return {
    raiseMissed(turn: Turn, { checkpoint, round }: MissedCheckpoint): void {
      const words = `${checkpoint.name} · ${round.name}`;
      deps.alarms.raiseSystem(turn, {
        definition: 'checkpoint-missed',
        instance: checkpoint.id,
        detail: { zh: words, en: words },
        place: { area: checkpoint.area, areaName: deps.areaName(checkpoint.area) },
        cameras: checkpoint.camera === undefined ? [] : [checkpoint.camera],
      });
    },
    clearMissed(turn: Turn, { checkpoint }: VisitedCheckpoint): void {
      deps.alarms.clearSystem(turn, 'checkpoint-missed', checkpoint);
    },
    clockMeasured(turn: Turn, { reader, driftMs }: ClockDrift): void {
      if (Math.abs(driftMs) <= mostDriftMs) {
        deps.alarms.clearSystem(turn, 'clock-drift', reader);
        return;
      }
      const device = deps.reader(reader);
      const words = driftWords(driftMs);
      const name = device?.name ?? reader;
      deps.alarms.raiseSystem(turn, {
        definition: 'clock-drift',
        instance: reader,
        detail: { zh: `${name} ${words.zh}`, en: `${name} ${words.en}` },
        place: device && { area: device.area, areaName: deps.areaName(device.area) },
        value: Math.round(driftMs / 1_000),
        limit: mostDriftMs / 1_000,
        unit: 's',
      });
    },
  };
}
