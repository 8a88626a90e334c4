import type { Alarms } from '../alarms/alarms.ts';
import type { SystemName } from '../alarms/system.ts';
import { gatewayDevice } from '../contract/alarm.ts';
import type { LinkState } from '../contract/device-state.ts';
import type { Devices } from '../devices/devices.ts';
import type { History } from '../history/history.ts';
import type { Turns } from '../ingest/turns.ts';
import type { Clock } from '../lib/clock.ts';
import type { Turn } from '../store/turn.ts';
import type { Field } from './field.ts';

const aliveMs = 10_000;
const superviseMs = 500;
/** A round this much late: the process had no turn on the machine, or was stopped, and what was said lies unread. */
const deafMs = 500;
const watchMs = 5_000;

/** Alarms about the running process: they end with it, and are raised anew if they still hold. */
const selfJudged: ReadonlySet<string> = new Set([
  'storage-failing',
  'history-failing',
  'link-down',
  'bus-cycle',
  'input-dropped',
]);

export interface Upkeep {
  /** In the first turn after a start. */
  begin(turn: Turn): void;
  start(): void;
  /** With a last sign of life: the outage that the next start finds begins now. Call it before turns close. */
  stop(): void;
  /** A cap was hit. Cheap: it is told with the next round. */
  limited(limit: string): void;
}

/** What the gateway does for itself at intervals: shows that it lives, judges silence, and watches its own troubles. */
export function createUpkeep(deps: {
  clock: Clock;
  turns: Turns;
  alarms: Alarms;
  devices: Devices;
  field: Field;
  linkStates(): LinkState[];
  history: History;
  /** How often a link must ask at the least, ms, by link. */
  cycleLimits(): ReadonlyMap<string, number>;
  failed(what: string): (error: unknown) => void;
  /** Stretches the intervals: a simulated month need not take them twice a second. */
  pace: number;
}): Upkeep {
  const { clock, turns, alarms } = deps;
  const cancels = new Map<string, () => void>();
  /** `definition/instance` of what stands now, so that a turn is only taken when something has changed. */
  const standing = new Set<string>();
  const limits = new Set<string>();
  let dropped = 0;

  function every(name: string, everyMs: number, work: () => void): void {
    const periodMs = everyMs * deps.pace;
    cancels.set(
      name,
      clock.wakeAfter(periodMs, () => {
        work();
        every(name, everyMs, work);
      }),
    );
  }

  function act(what: string, run: (turn: Turn) => void): void {
    turns.operate(what, null, run).catch(deps.failed(what));
  }

  function signOfLife(): void {
    act('alive', (turn) => turn.write('gateway.alive', String(turn.now)));
  }

  /** Raises or clears a lasting alarm of the gateway when its truth has changed. */
  function judge(
    definition: SystemName,
    holds: boolean,
    more: Omit<Parameters<Alarms['raiseSystem']>[1], 'definition'> = {},
  ): void {
    const key = `${definition}/${more.instance ?? ''}`;
    if (holds === standing.has(key)) return;
    if (holds) standing.add(key);
    else standing.delete(key);
    act(definition, (turn) => {
      if (holds) alarms.raiseSystem(turn, { definition, ...more });
      else alarms.clearSystem(turn, definition, more.instance);
    });
  }

  function watch(): void {
    // At run time nothing is refused: a link that asks too seldom for its alarms is an alarm with the figure.
    const limitOf = deps.cycleLimits();
    for (const { id, state, lastCycleMs } of deps.linkStates()) {
      const limit = limitOf.get(id);
      const late = state === 'up' && limit !== undefined && lastCycleMs !== null && lastCycleMs > limit;
      const value = Math.round(lastCycleMs ?? 0);
      judge('bus-cycle', late, { instance: id, detail: { zh: id, en: id }, value, limit, unit: 'ms' });
    }
    const trouble = deps.history.trouble();
    judge(
      'history-failing',
      trouble !== null,
      trouble === null ? {} : { detail: { zh: trouble, en: trouble } },
    );
    const loss = deps.history.takeLoss();
    if (loss !== null)
      act('history-lost', (turn) =>
        alarms.raiseSystem(turn, { definition: 'history-lost', detail: { zh: loss, en: loss } }),
      );
    const stats = turns.stats();
    judge('input-dropped', stats.dropped > dropped, { value: stats.dropped });
    dropped = stats.dropped;
    if (limits.size > 0) {
      const hit = [...limits];
      limits.clear();
      act('limit-hit', (turn) => {
        for (const limit of hit)
          alarms.raiseSystem(turn, {
            definition: 'limit-hit',
            instance: limit,
            detail: { zh: limit, en: limit },
          });
      });
    }
  }

  return {
    begin(turn) {
      for (const { alarm } of [...alarms.open.values()])
        if (alarm.device === gatewayDevice && selfJudged.has(alarm.definition))
          alarms.clearSystem(turn, alarm.definition as SystemName, alarm.instance);
      turn.write('gateway.alive', String(turn.now));
    },
    start() {
      every('alive', aliveMs, signOfLife);
      let dueMono = clock.now().monoMs + superviseMs * deps.pace;
      every('supervise', superviseMs, () => {
        const { monoMs } = clock.now();
        if (monoMs - dueMono > deafMs) deps.devices.onDeaf(monoMs - dueMono);
        dueMono = monoMs + superviseMs * deps.pace;
        if (deps.devices.supervisionDue(monoMs))
          deps.field.act('supervision', (turn) => ({ states: deps.devices.onSupervision(turn) }));
        deps.field.awaited();
      });
      every('watch', watchMs, watch);
    },
    stop() {
      if (cancels.size > 0 && !turns.stats().failing) signOfLife();
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
    limited: (limit) => void limits.add(limit),
  };
}
