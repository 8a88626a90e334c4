import { describe, expect, test } from 'vitest';
import { type AmountOf, accountsOf, balanceOf } from './balance.ts';
import { findAll, nightHours } from './findings.ts';
import { change, type Draft, type Mark } from './machine.ts';
import { meterInput, moment } from './metering-fixture.ts';
import { type MeterTree, meterOf, treeOf } from './meters.ts';

const hour = 3_600_000;
const zone = 'Asia/Shanghai';

function tree(...inputs: Parameters<typeof meterInput>[]): MeterTree {
  return treeOf(inputs.flatMap((input) => meterOf(meterInput(...input)) ?? []));
}

/** A register read at each full hour, `rate` an hour; a rate may be given for each hour of the day (of Shanghai). */
function hourly(
  from: number,
  to: number,
  rate: number | ((hourOfDay: number) => number),
  skip?: (hourOfDay: number) => boolean,
) {
  const drafts: Draft[] = [];
  let register = 1_000;
  for (let at = from; at <= to; at += hour) {
    const hourOfDay = new Date(at + 8 * hour).getUTCHours();
    if (!skip?.(hourOfDay)) drafts.push({ at, source: 'hour', slot: at, register, entry: null });
    register += typeof rate === 'number' ? rate : rate(hourOfDay);
  }
  return change([], { add: drafts }, 1e6).chain;
}

function finding(
  meters: MeterTree,
  chains: Record<string, readonly Mark[]>,
  now: number,
  which: { device: string; finding: string; instance?: string },
) {
  const found = findAll(meters, (meter, point) => chains[`${meter}.${point}`], zone, now);
  return found.find(
    (each) =>
      each.device === which.device && each.finding === which.finding && each.instance === which.instance,
  );
}

describe('loss between a main and its sub-meters', () => {
  const meters = tree(
    ['main', 'water', {}],
    ['sub-1', 'water', { main: 'main' }],
    ['sub-2', 'water', { main: 'main' }],
  );
  const [from, to] = [moment('00:00'), moment('12:00', 1)];
  const loss = (chains: Record<string, readonly Mark[]>, instance = 'day') =>
    finding(meters, chains, moment('12:10', 1), { device: 'main', finding: 'loss', instance });
  const chains = (main: number, one: number, two: number) => ({
    'main.volume': hourly(from, to, main),
    'sub-1.volume': hourly(from, to, one),
    'sub-2.volume': hourly(from, to, two),
  });

  test('is found when it exceeds both the share and the least amount', () => {
    expect(loss(chains(10, 6, 2.8))).toMatchObject({
      active: true,
      value: 12,
      limit: 10,
      unit: '%',
      detail: { zh: '昨日差额 28.8 m³', en: 'yesterday 28.8 m³' },
    });
  });

  test.each([
    ['within the share', chains(10, 6, 3.1)],
    ['less than is worth a word', chains(1, 0.5, 0.3)],
    ['nothing flows', chains(0, 0, 0)],
    ['sub-meters that count more than the main', chains(10, 8, 8)],
  ])('is none: %s', (_, all) => {
    expect(loss(all)?.active).toBe(false);
  });

  test('cannot be said when a sub-meter was not read: what stood before stands', () => {
    const { 'sub-2.volume': _, ...rest } = chains(10, 6, 2.8);
    expect(loss(rest)?.active).toBeNull();
    const silent = hourly(from, moment('20:00'), 2.8);
    expect(loss({ ...rest, 'sub-2.volume': silent })?.active).toBeNull();
  });

  test('over a day is judged from the registers at its ends, over the last hours only from measured ones', () => {
    const gap = hourly(from, to, 2.8, (hourOfDay) => hourOfDay >= 8 && hourOfDay < 11);
    const all = { ...chains(10, 6, 2.8), 'sub-2.volume': gap };
    expect(loss(all)?.active).toBe(true);
    expect(loss(all, 'hours')?.active).toBeNull();
  });

  test('of a burst is found within hours', () => {
    const burst = hourly(from, to, (hourOfDay) => (hourOfDay >= 9 ? 20 : 8.8));
    const all = { ...chains(10, 6, 2.8), 'main.volume': burst };
    expect(loss(all, 'hours')).toMatchObject({
      active: true,
      value: 56,
      detail: { zh: '近 3 小时差额 33.6 m³' },
    });
    expect(loss(chains(10, 6, 2.8), 'hours')?.active).toBe(false);
  });

  test('is over when nothing is behind the meter any more', () => {
    const alone = tree(['main', 'water', {}]);
    expect(finding(alone, {}, to, { device: 'main', finding: 'loss', instance: 'day' })?.active).toBe(false);
  });
});

describe('flow at night', () => {
  const meters = tree(['garden', 'water', {}]);
  const [from, to] = [moment('00:00'), moment('09:00', 1)];
  const found = (chain: readonly Mark[] | undefined, now = moment('06:00')) =>
    finding(meters, chain ? { 'garden.volume': chain } : {}, now, {
      device: 'garden',
      finding: 'night-flow',
    });

  test('that never rests is a leak', () => {
    expect(found(hourly(from, to, 0.7))).toMatchObject({
      active: true,
      value: 0.7,
      limit: 0.5,
      unit: 'm³/h',
    });
  });

  test('one quiet hour is rest enough', () => {
    expect(found(hourly(from, to, (hourOfDay) => (hourOfDay === 3 ? 0.2 : 3)))?.active).toBe(false);
    const gap = hourly(from, to, 0.1, (hourOfDay) => hourOfDay === 5);
    expect(found(gap)?.active).toBe(false);
  });

  test('an hour that is not known might have been the quiet one', () => {
    expect(found(hourly(from, to, 3, (hourOfDay) => hourOfDay === 3))?.active).toBeNull();
    expect(found(undefined)?.active).toBeNull();
  });

  test('of last night is judged until this one is over', () => {
    const chain = hourly(from, to, (hourOfDay) => (hourOfDay < 12 ? 0.7 : 0));
    expect(found(chain, moment('23:00'))?.active).toBe(true);
    expect(found(chain, moment('04:00', 1))?.active).toBe(true);
  });

  test.each([
    ['an ordinary night', '2026-03-28T12:00Z', 3],
    ['the night in which an hour is left out', '2026-03-29T12:00Z', 2],
    ['the night in which an hour comes twice', '2026-10-25T12:00Z', 4],
  ])('%s has its own hours', (_, at, count) => {
    expect(nightHours('Europe/Berlin', Date.parse(at))).toHaveLength(count);
  });
});

describe('generation and export', () => {
  const meters = tree(
    ['main', 'electricity', { account: 'public' }],
    ['homes', 'electricity', { main: 'main', account: 'residential' }],
    ['shop', 'electricity', { main: 'homes', account: 'commercial' }],
    ['lights', 'electricity', { main: 'main' }],
    ['roof', 'electricity', { main: 'main', account: 'solar', generates: true }],
  );
  const day: Record<string, number> = {
    'main.energyImport': 500,
    'main.energyExport': 40,
    'homes.energyImport': 430,
    'shop.energyImport': 80,
    'lights.energyImport': 60,
    'roof.energyImport': 100,
    'roof.energyExport': 2,
  };
  const amountOf: AmountOf = (meter, point) => {
    const consumption = day[`${meter}.${point}`];
    return consumption === undefined ? null : { consumption, knowledge: 'measured' };
  };
  const main = meters.meters.get('main');

  test('what is generated comes in, what is exported leaves; the rest is loss', () => {
    if (!main) throw new Error('no main');
    const balance = balanceOf(main, meters.subs.get('main') ?? [], amountOf);
    expect(balance).toMatchObject({ supplied: 600, delivered: 40 + 430 + 60 + 2, loss: 68, over: true });
    expect(balance.parts.map(({ meter }) => meter)).toEqual(['homes', 'lights', 'roof']);
  });

  test('each account is told what it used; nothing is counted twice', () => {
    const accounts = accountsOf(meters, amountOf);
    const used = Object.fromEntries(
      accounts.map(({ account, used: own, fed }) => [account, [own.consumption, fed.consumption]]),
    );
    expect(used).toEqual({
      // Imported less exported, less the homes, plus what the roof gave it; the lights are its own, and so is the loss.
      public: [500 - 40 - 430 + 100 - 2, 40],
      residential: [430 - 80, 0],
      commercial: [80, 0],
      solar: [2, 100],
    });
    const total = accounts.reduce((sum, { used: own }) => sum + (own.consumption ?? 0), 0);
    expect(total).toBe(500 - 40 + 100);
  });
});
