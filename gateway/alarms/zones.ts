import type { StoredEvent } from '../contract/event.ts';
import type { Change } from '../contract/live.ts';
import type { ZoneState } from '../contract/zone.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { AlarmedDevice } from './compile.ts';
import { loadDocs } from './store.ts';

/** The longest bypass, ms; work on a wall may take a month, nothing is bypassed for ever. */
export const longestBypassMs = 31 * 86_400_000;
const bypassTimer = 'bypass:';

/** Whose arming follows the panel's own open and close reports. */
function followsPanel({ kind }: AlarmedDevice): boolean {
  return 'panel.armed' in kind.events || 'panel.disarmed' in kind.events;
}

/** A panel's user number as the person it stands for: the account's setting `users: {5: li-wei}`. */
function userOf(subject: AlarmedDevice, event: StoredEvent): string {
  const { user } = event.data;
  if (user === null || user === undefined) return `panel:${event.device}`;
  const { users } = subject.device.settings ?? {};
  const person: unknown =
    typeof users === 'object' && users !== null && Object.hasOwn(users, String(user))
      ? (users as Record<string, unknown>)[String(user)]
      : undefined;
  return typeof person === 'string' ? person : `panel-user:${user}`;
}

/** Arming and bypass (旁路) of zones. A new zone is armed; only a person or its panel changes that. */
export function createZones(deps: {
  memory: Memory;
  query: Query;
  subject(device: string): AlarmedDevice | undefined;
}) {
  const zones: Table<ZoneState> = deps.memory.table('zones');

  function keep(turn: Turn, zone: ZoneState): ZoneState {
    zones.set(zone.id, zone);
    turn.write('alarms.setZone', zone.id, JSON.stringify(zone));
    turn.change('zones', zone.id, zone);
    return zone;
  }

  function required(id: string): { zone: ZoneState; subject: AlarmedDevice } {
    const zone = zones.get(id);
    const subject = deps.subject(id);
    if (!zone || !subject) throw fault('not.found', `there is no zone ${id}`);
    return { zone, subject };
  }

  function setArmed(turn: Turn, id: string, armed: boolean): ZoneState {
    const { zone, subject } = required(id);
    if (followsPanel(subject))
      throw fault(
        'state.conflict',
        `${id} follows the arming of its panel: arm or disarm it at the panel, or by its command where it takes one`,
      );
    if (!armed && subject.kind.alwaysArmed)
      throw fault('state.conflict', `${id} is always armed (${subject.kind.id}); it cannot be disarmed`);
    if (zone.armed === armed) return zone;
    turn.audit({ action: armed ? 'zone.armed' : 'zone.disarmed', subject: `device:${id}` });
    return keep(turn, { ...zone, armed, changedAt: turn.now, changedBy: turn.actor?.who ?? 'gateway' });
  }

  function endBypass(turn: Turn, zone: ZoneState, expired: boolean): ZoneState {
    turn.clearTimer('alarms', bypassTimer + zone.id);
    turn.audit({ action: 'zone.unbypassed', subject: `device:${zone.id}`, detail: { expired } });
    return keep(turn, { ...zone, bypass: null });
  }

  return {
    /**
     * Whether an intrusion there raises. A device that is no zone has nothing that could be disarmed. What is told late is
     * judged by the arming of its time: `lateAt` is when it happened, UTC ms.
     */
    isArmed(device: string, lateAt?: number): boolean {
      const zone = zones.get(device);
      if (zone === undefined) return true;
      if (zone.bypass !== null) return false;
      return zone.armed || (lateAt !== undefined && lateAt < zone.changedAt);
    },

    arm: (turn: Turn, id: string) => setArmed(turn, id, true),
    disarm: (turn: Turn, id: string) => setArmed(turn, id, false),

    /** @param until UTC ms */
    bypass(turn: Turn, id: string, reason: string, until: number): ZoneState {
      const { zone, subject } = required(id);
      if (subject.kind.alwaysArmed)
        throw fault('state.conflict', `${id} is always armed (${subject.kind.id}); it cannot be bypassed`);
      if (reason.trim() === '') throw fault('request.invalid', 'a bypass needs a reason');
      if (until <= turn.now || until > turn.now + longestBypassMs)
        throw fault(
          'request.invalid',
          'a bypass ends in the future, within 31 days: correct `until` (UTC ms)',
        );
      const by = turn.actor?.who ?? 'gateway';
      turn.audit({ action: 'zone.bypassed', subject: `device:${id}`, detail: { reason, until } });
      turn.timer('alarms', bypassTimer + id, until, 'schedule');
      return keep(turn, { ...zone, bypass: { by, reason, until } });
    },

    unbypass(turn: Turn, id: string): ZoneState {
      const { zone } = required(id);
      return zone.bypass === null ? zone : endBypass(turn, zone, false);
    },

    /** Open and close reports of a panel set what it is; an older report than the last one only belongs to the record. */
    onEvent(turn: Turn, event: StoredEvent): void {
      if (event.type !== 'panel.armed' && event.type !== 'panel.disarmed') return;
      const zone = zones.get(event.device);
      const subject = deps.subject(event.device);
      if (!zone || !subject || (event.late && event.occurredAt < zone.changedAt)) return;
      const armed = event.type === 'panel.armed';
      keep(turn, { ...zone, armed, changedAt: event.occurredAt, changedBy: userOf(subject, event) });
    },

    onTimer(turn: Turn, name: string): boolean {
      if (!name.startsWith(bypassTimer)) return false;
      const zone = zones.get(name.slice(bypassTimer.length));
      if (zone?.bypass) endBypass(turn, zone, true);
      return true;
    },

    /** Rows for new zones, none for devices that are no longer there. */
    configure(turn: Turn, subjects: ReadonlyMap<string, AlarmedDevice>): void {
      for (const zone of [...zones.values()]) {
        if (subjects.get(zone.id)?.kind.zone) continue;
        zones.set(zone.id, undefined);
        turn.write('alarms.clearZone', zone.id);
        turn.clearTimer('alarms', bypassTimer + zone.id);
        turn.change('zones', zone.id, null);
      }
      for (const [id, { kind }] of subjects)
        if (kind.zone && !zones.get(id))
          keep(turn, { id, armed: true, changedAt: turn.now, changedBy: 'gateway', bypass: null });
    },

    committed: zones.committed,

    snapshot(): Change[] {
      return Array.from(zones.committed.values(), (zone) => ({ entity: 'zones', id: zone.id, data: zone }));
    },

    async load(): Promise<void> {
      for (const [id, zone] of await loadDocs<ZoneState>(deps.query, 'zone')) zones.load(id, zone);
    },
  };
}
export type Zones = ReturnType<typeof createZones>;
