import type { FieldEvent } from '../contract/event.ts';
import type { Device } from '../contract/site.ts';
import type { Turn } from '../store/turn.ts';
import { type DoorRule, isPermitted, isReleased, type KeptDoor, permitSlackMs } from './machine.ts';

/**
 * Judges doors that are made of a mere contact: held when it stays open for too long, forced when nobody was let in. A door whose
 * controller says so itself is not judged twice.
 */
export function createDoorWatch(deps: {
  site: {
    door(id: string): Device | undefined;
    doorRule(id: string): DoorRule;
    locked(door: string): boolean | null;
  };
  door(id: string): KeptDoor | undefined;
  report(turn: Turn, event: FieldEvent): void;
}) {
  const { site } = deps;

  function end(turn: Turn, id: string): void {
    turn.clearTimer('access', `held/${id}`);
    turn.clearTimer('access', `forced/${id}`);
  }

  function conclude(turn: Turn, device: string, type: string): void {
    // Whoever reads the event must see that no controller has told it.
    const data = { judgedBy: 'gateway' };
    deps.report(turn, { device, externalId: null, type, data, at: null, receivedAt: turn.now });
  }

  return {
    end,

    /** The door has gone from one state to another. What is told late is over, and judged by nobody. */
    moved(turn: Turn, before: KeptDoor, after: KeptDoor, late: boolean): void {
      if (after.state === before.state) return;
      if (before.state === 'open') end(turn, after.id);
      if (after.state !== 'open' || late) return;
      const rule = site.doorRule(after.id);
      if (rule.heldAfterMs > 0)
        turn.timer('access', `held/${after.id}`, turn.now + rule.heldAfterMs, 'duration');
      // A moment later: the exit button may be another input, and its word a moment behind.
      if (rule.permitMs > 0 && !isPermitted(after, rule, site.locked(after.id)))
        turn.timer('access', `forced/${after.id}`, turn.now + permitSlackMs, 'duration');
    },

    onTimer(turn: Turn, what: string, id: string): void {
      const door = deps.door(id);
      if (door?.state !== 'open' || !site.door(id)) return;
      const rule = site.doorRule(id);
      const locked = site.locked(id);
      if (what === 'held' && rule.heldAfterMs > 0) {
        // Kept unlocked it may stand open; when it is locked again, that is looked at anew.
        if (isReleased(door, locked))
          turn.timer('access', `held/${id}`, turn.now + rule.heldAfterMs, 'duration');
        else conclude(turn, id, 'access.held');
      } else if (what === 'forced' && rule.permitMs > 0 && !isPermitted(door, rule, locked))
        conclude(turn, id, 'access.forced');
    },
  };
}
