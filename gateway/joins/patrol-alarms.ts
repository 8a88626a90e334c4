import type { Alarms } from '../alarms/alarms.ts';
import type { MissedCheckpoint, VisitedCheckpoint } from '../patrol/patrol.ts';
import type { Turn } from '../store/turn.ts';

/** A missed checkpoint is an alarm of its own: cause `checkpoint-missed` with the checkpoint as instance. */
export function createPatrolAlarms(deps: { alarms: Alarms; areaName(area: string): string }) {
  return {
    raiseMissed(turn: Turn, { checkpoint, round }: MissedCheckpoint): void {
      const words = `${checkpoint.name} · ${round.name}`;
      deps.alarms.raiseSystem(turn, {
        definition: 'checkpoint-missed',
        instance: checkpoint.id,
        detail: { zh: words, en: words },
        place: { area: checkpoint.area, areaName: deps.areaName(checkpoint.area) },
      });
    },
    clearMissed(turn: Turn, { checkpoint }: VisitedCheckpoint): void {
      deps.alarms.clearSystem(turn, 'checkpoint-missed', checkpoint);
    },
  };
}
