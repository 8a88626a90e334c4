import type { Finding } from '../contract/alarm.ts';
import type { Label } from '../contract/names.ts';
import { localHour, nextLocal, startOfLocal } from '../lib/local-time.ts';
import { type AmountOf, balanceOf } from './balance.ts';
import { amountBetween, edgeIn } from './consumption.ts';
import type { Mark } from './machine.ts';
import type { MeterRule, MeterTree } from './meters.ts';

const hourMs = 3_600_000;
/** Readings of the last minutes before a full hour may still be under way when it is over. */
export const settleMs = 300_000;
/** A burst need not wait for midnight. */
const shortHours = 3;
/** Hours by the wall clocks in which a compound is at rest. */
export const night = { from: 2, to: 5 };

/** What the room has found of one meter; `active` null: it cannot be said, and what stood before stands. */
export interface MeterFinding {
  device: string;
  finding: Finding;
  instance?: string;
  active: boolean | null;
  detail?: Label;
  value?: number;
  limit?: number;
  unit?: string;
}

/** The chain of a register as the running turn has it; undefined when it never had a mark. */
export type ChainOf = (meter: string, point: string) => readonly Mark[] | undefined;

function amountsIn(chainOf: ChainOf, from: number, to: number): AmountOf {
  return (meter, point) => {
    const chain = chainOf(meter, point);
    return chain ? amountBetween(edgeIn(chain, from), edgeIn(chain, to)) : null;
  };
}

function figure(value: number): number {
  return Math.round(value * 100) / 100;
}

function lossIn(
  main: MeterRule,
  tree: MeterTree,
  chainOf: ChainOf,
  window: { instance: string; from: number; to: number; words: Label; estimates: boolean },
): MeterFinding {
  const { instance, from, to, words, estimates } = window;
  const { id: device } = main;
  const subs = tree.subs.get(device) ?? [];
  if (subs.length === 0) return { device, finding: 'loss', instance, active: false };
  const { loss, percent, over, limitPercent, unit, knowledge } = balanceOf(
    main,
    subs,
    amountsIn(chainOf, from, to),
  );
  if (knowledge !== 'measured' && !(estimates && knowledge === 'estimated'))
    return { device, finding: 'loss', instance, active: null };
  if (!over || loss === null || percent === null) return { device, finding: 'loss', instance, active: false };
  return {
    ...{ device, finding: 'loss', instance, active: true },
    detail: { zh: `${words.zh} ${figure(loss)} ${unit}`, en: `${words.en} ${figure(loss)} ${unit}` },
    ...{ value: figure(percent), limit: limitPercent, unit: '%' },
  };
}

/** The smallest hour of the newest whole night. One quiet hour is proof of rest; a leak needs every hour. */
function nightFlowOf(meter: MeterRule, chainOf: ChainOf, hours: readonly number[]): MeterFinding | undefined {
  const { nightFlow: limit } = meter.limits;
  const register = meter.registers[0];
  if (limit === null || !register) return undefined;
  const { id: device } = meter;
  const amountOf = (from: number) => amountsIn(chainOf, from, from + hourMs)(device, register.point);
  const flows = hours.map((from) => {
    const amount = amountOf(from);
    return amount?.knowledge === 'measured' ? amount.consumption : null;
  });
  const known = flows.filter((flow) => flow !== null);
  const least = Math.min(...known);
  if (known.length > 0 && least <= limit) return { device, finding: 'night-flow', active: false };
  if (known.length === 0 || known.length < flows.length)
    return { device, finding: 'night-flow', active: null };
  const span = `${night.from}:00–${night.to}:00`;
  return {
    ...{ device, finding: 'night-flow', active: true },
    detail: {
      zh: `${span} 每小时至少 ${figure(least)} ${register.unit}`,
      en: `never below ${figure(least)} ${register.unit} an hour, ${span}`,
    },
    ...{ value: figure(least), limit, unit: `${register.unit}/h` },
  };
}

/** The starts of the full hours of the newest night that is over. */
export function nightHours(timeZone: string, at: number): number[] {
  const today = startOfLocal(timeZone, 'day', at);
  const nightOf = (day: number) => {
    const hours: number[] = [];
    for (let hour = day; hour < nextLocal(timeZone, 'day', day); hour += hourMs) {
      const shown = localHour(timeZone, hour);
      if (shown >= night.from && shown < night.to) hours.push(hour);
    }
    return hours;
  };
  const tonight = nightOf(today);
  const end = (tonight.at(-1) ?? today) + hourMs;
  return end <= at ? tonight : nightOf(startOfLocal(timeZone, 'day', today - 1));
}

/** All that can be said of the meters now: losses of mains over the last whole day and the last hours, rest at night. */
export function findAll(tree: MeterTree, chainOf: ChainOf, timeZone: string, now: number): MeterFinding[] {
  const settled = now - settleMs;
  const dayEnd = startOfLocal(timeZone, 'day', settled);
  const hourEnd = startOfLocal(timeZone, 'hour', settled);
  const windows = [
    {
      ...{ instance: 'day', from: startOfLocal(timeZone, 'day', dayEnd - 1), to: dayEnd, estimates: true },
      words: { zh: '昨日差额', en: 'yesterday' },
    },
    {
      ...{ instance: 'hours', from: hourEnd - shortHours * hourMs, to: hourEnd, estimates: false },
      words: { zh: `近 ${shortHours} 小时差额`, en: `in the last ${shortHours} hours` },
    },
  ];
  const hours = nightHours(timeZone, settled);
  const found: MeterFinding[] = [];
  for (const meter of tree.meters.values()) {
    for (const window of windows) found.push(lossIn(meter, tree, chainOf, window));
    const flow = nightFlowOf(meter, chainOf, hours);
    if (flow) found.push(flow);
  }
  return found;
}
