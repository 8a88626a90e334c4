import type { DeviceState, LinkState } from '../../../gateway/contract/device-state.ts';
import type { Round } from '../../../gateway/contract/patrol.ts';
import type { Ticket } from '../../../gateway/contract/ticket.ts';

/** A thing that is out of touch, with what went with it. */
export interface Lost {
  state: DeviceState;
  /** Devices that are lost only because this one is. */
  followers: number;
}

function isLost({ state }: DeviceState): boolean {
  return state === 'offline' || state === 'stale';
}

/** How many devices are lost with a link that is down. */
export function lostWith(states: readonly DeviceState[], link: string): number {
  return states.filter((state) => isLost(state) && state.cause === link).length;
}

/**
 * The devices that are lost by themselves, newest first; those that only follow another, or a link that is down, are counted
 * there.
 */
export function lostDevices(states: readonly DeviceState[], down: readonly LinkState[] = []): Lost[] {
  const known = new Map(states.map((state) => [state.id, state]));
  const links = new Set(down.map(({ id }) => id));
  const followers = new Map<string, number>();
  const roots: DeviceState[] = [];
  for (const state of states) {
    if (!isLost(state) || (state.cause !== undefined && links.has(state.cause))) continue;
    const cause = state.cause === undefined ? undefined : known.get(state.cause);
    if (cause === undefined || !isLost(cause) || cause.id === state.id) roots.push(state);
    else followers.set(cause.id, (followers.get(cause.id) ?? 0) + 1);
  }
  return roots
    .sort((a, b) => b.since - a.since || (a.id < b.id ? -1 : 1))
    .map((state) => ({ state, followers: followers.get(state.id) ?? 0 }));
}

export interface DeviceCounts {
  online: number;
  lost: number;
  /** Never heard. */
  unknown: number;
}

export function countDevices(
  devices: readonly { id: string }[],
  states: ReadonlyMap<string, DeviceState>,
): DeviceCounts {
  const counts = { online: 0, lost: 0, unknown: 0 };
  for (const { id } of devices) {
    const state = states.get(id);
    if (state === undefined) counts.unknown++;
    else if (state.state === 'online') counts.online++;
    else if (isLost(state)) counts.lost++;
    else counts.unknown++;
  }
  return counts;
}

export function linksDown(states: readonly LinkState[]): LinkState[] {
  return states.filter(({ state }) => state !== 'up').sort((a, b) => b.since - a.since);
}

/** Open tickets, and those whose running step is overdue. */
export function countTickets(tickets: readonly Ticket[], now: number): { open: number; overdue: number } {
  let open = 0;
  let overdue = 0;
  for (const { state, dueAt } of tickets) {
    if (state === 'closed') continue;
    open++;
    if (dueAt !== undefined && dueAt < now) overdue++;
  }
  return { open, overdue };
}

export interface RoundProgress {
  round: Round;
  proved: number;
  /** Due, and nobody has been there. */
  overdue: number;
  /** The first that nobody has proved yet. */
  next: Round['checks'][number] | undefined;
}

/**
 * The rounds under way, the one that started last first.
 * @param toleranceMs how late a visit on this route may be
 */
export function runningRounds(
  rounds: readonly Round[],
  toleranceMs: (route: string) => number,
  now: number,
): RoundProgress[] {
  return rounds
    .filter(({ state }) => state === 'running')
    .sort((a, b) => b.startsAt - a.startsAt)
    .map((round) => {
      const open = round.checks.filter((check) => check.at === null);
      return {
        round,
        proved: round.checks.length - open.length,
        overdue: open.filter((check) => check.dueAt + toleranceMs(round.route) < now).length,
        next: open[0],
      };
    });
}
