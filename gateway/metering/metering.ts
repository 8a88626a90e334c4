import type { MeterEntry } from '../contract/meter.ts';
import type { Reading } from '../contract/reading.ts';
import { localEdges, localHour, nextLocal } from '../lib/local-time.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createEntries, type ReadingRequest, type ReplacementRequest, type Stored } from './entries.ts';
import { findAll, type MeterFinding, settleMs } from './findings.ts';
import { type MeterInput, type MeterRule, type MeterTree, meterOf, treeOf } from './meters.ts';
import { createSeries } from './series.ts';
import { readEntry } from './store.ts';
import { createViews, type MeterViews } from './views.ts';

const dayMs = 86_400_000;
/** Hours are kept for two years, the ends of days for good. */
const keepHoursDays = 730;
/** A gateway that was down for so long catches up with what it should have let go. */
const catchUpDays = 31;
/** The hour by the wall clocks at which old hours are let go. */
const tidyHour = 4;

export interface Metering {
  load(now: number): Promise<void>;
  /** The first input after a start. */
  start(turn: Turn): void;
  /** Devices, their kinds or the time zone may have changed in this turn. */
  siteChanged(turn: Turn): void;
  /** Every reading of the house, late ones too; all but good ones of registers are passed over. */
  onReading(turn: Turn, reading: Reading): void;
  onTimer(turn: Turn, name: string): void;
  /** The wall clock was set: another hour ends next. */
  onClockStep(turn: Turn): void;
  enterReading(turn: Turn, meter: string, request: ReadingRequest, stored: Stored): MeterEntry;
  enterReplacement(turn: Turn, meter: string, request: ReplacementRequest, stored: Stored): MeterEntry;
  withdraw(turn: Turn, meter: string, entry: string, reason: string, stored: Stored): MeterEntry;
  /** What an entry depends on that is on disk; asked before its turn. */
  storedFor(ask: {
    meter: string;
    point: string | undefined;
    at: number | undefined;
    id: string | undefined;
  }): Promise<Stored>;
  views: MeterViews;
}

/**
 * Registers by the hour, what people enter, and what is wrong between meters.
 * @param deps.devices all devices with their kinds; those without a register are passed over
 * @param deps.find says what was found at a meter, or that it is over
 */
export function createMetering(deps: {
  memory: Memory;
  query: Query;
  timeZone(): string;
  devices(): Iterable<MeterInput>;
  find(turn: Turn, finding: MeterFinding & { active: boolean }): void;
}): Metering {
  const { query, timeZone } = deps;
  const meters = deps.memory.table<MeterRule>('meters');
  const series = createSeries(deps);
  const entries = createEntries({ ...deps, series, meter: (id) => meters.get(id) });
  const tree = (): MeterTree => treeOf(meters.values());

  function judge(turn: Turn): void {
    for (const finding of findAll(tree(), series.chain, timeZone(), turn.now))
      if (finding.active !== null) deps.find(turn, { ...finding, active: finding.active });
  }

  /** Past the full hour by as long as its last readings may take. */
  function waitForHour(turn: Turn): void {
    const next = nextLocal(timeZone(), 'hour', turn.now - settleMs) + settleMs;
    turn.timer('metering', 'hour', next, 'schedule');
  }

  function tidy(turn: Turn): void {
    const to = turn.now - keepHoursDays * dayMs;
    // The last edge is the end of the day that `to` lies in: that day is not old enough yet.
    const ends = localEdges(timeZone(), 'day', to - catchUpDays * dayMs, to).slice(0, -1);
    series.thin(turn, ends);
  }

  return {
    load: series.load,
    start(turn) {
      waitForHour(turn);
    },
    onClockStep: waitForHour,
    siteChanged(turn) {
      const present = new Map<string, MeterRule>();
      for (const input of deps.devices()) {
        const meter = meterOf(input);
        if (meter) present.set(meter.id, meter);
      }
      for (const { id } of [...meters.values()]) if (!present.has(id)) meters.set(id, undefined);
      for (const [id, meter] of present) meters.set(id, meter);
      judge(turn);
    },
    onReading(turn, { device, point, value, quality, at }) {
      const meter = meters.get(device);
      if (!meter || quality !== 'good' || typeof value !== 'number') return;
      if (meter.registers.some((register) => register.point === point))
        series.take(turn, { meter: device, point }, meter.top, at, value);
    },
    onTimer(turn) {
      series.flush(turn);
      judge(turn);
      if (localHour(timeZone(), turn.now) === tidyHour) tidy(turn);
      waitForHour(turn);
    },
    enterReading: entries.read,
    enterReplacement: entries.replace,
    withdraw: entries.withdraw,
    async storedFor({ meter, point, at, id }) {
      const entry = id === undefined ? undefined : await readEntry(query, id);
      const moment = at ?? entry?.entry.at;
      const register = point ?? entry?.entry.point ?? meters.committed.get(meter)?.registers[0]?.point;
      const context =
        moment === undefined || register === undefined
          ? null
          : await series.contextOf({ meter, point: register }, moment);
      return { entry, context };
    },
    views: createViews({
      query,
      timeZone,
      tree: () => treeOf(meters.committed.values()),
      chain: series.committed,
    }),
  };
}
