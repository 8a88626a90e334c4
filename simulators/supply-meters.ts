/** What flows at an hour of the day (Shanghai), by meter: kW, or m³/h. Of the mains it follows from what is behind them. */
const flows: Record<string, (hour: number) => number> = {
  'power-shops': (hour) => (hour >= 9 && hour < 22 ? 45 : 6),
  'power-garage': (hour) => 4 + evening(hour) * 3,
  'power-lighting': (hour) => (hour >= 18 || hour < 6 ? 12 : 0.4),
  'power-lifts': (hour) => 2 + evening(hour) * 6,
  'power-roof': (hour) => (hour >= 6 && hour < 18 ? 90 * Math.sin(((hour + 0.5 - 6) / 12) * Math.PI) : 0),
  'water-garden': (hour) => (hour === 5 || hour === 19 ? 6 : 0),
  'water-fountain': (hour) => (hour >= 8 && hour < 22 ? 0.6 : 0),
  'water-makeup': (hour) => (hour === 10 ? 0.8 : 0),
};

/** Losses on the way from the mains, as a share of what is drawn. */
const lost = { power: 0.02, water: 0.04 };

function evening(hour: number): number {
  const peak = (at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));
  return Math.min(1, peak(7.5, 1.5) * 0.7 + peak(20, 2.5));
}

const hourMs = 3_600_000;
const shanghaiMs = 8 * hourMs;
/** When all registers stood at what `begun` says. */
const epoch = Date.UTC(2026, 0, 1) - shanghaiMs;
const begun = 4_000;
/** Meters keep their hours for a week; a gateway that was down gets them at once. */
export const keptHours = 160;

/** No two days are alike: 0.85 to 1.15 of the usual. */
function weather(day: number): number {
  return 1 + 0.15 * Math.sin(day * 2.39996);
}

type Registers = Record<string, Record<string, number>>;

/** The same at the same moment, however often it is asked and whoever asks: the registers of all meters, hour by hour from the epoch. */
export function createSupplyMeters() {
  const totals = new Map<string, number>();
  let reached = epoch;

  function rates(at: number): Map<string, number> {
    const local = at + shanghaiMs;
    const hour = Math.floor((local % (24 * hourMs)) / hourMs);
    const today = weather(Math.floor(local / (24 * hourMs)));
    const rate = new Map(Object.entries(flows).map(([id, flow]) => [id, flow(hour) * today]));
    const sum = (prefix: string) =>
      [...rate].reduce(
        (all, [id, each]) => all + (id.startsWith(prefix) && id !== 'power-roof' ? each : 0),
        0,
      );
    const net = sum('power') * (1 + lost.power) - (rate.get('power-roof') ?? 0);
    rate.set('power-main', Math.max(0, net));
    rate.set('power-main export', Math.max(0, -net));
    rate.set('water-public', sum('water') * (1 + lost.water));
    return rate;
  }

  function forward(to: number): void {
    while (reached < to) {
      const end = Math.min(to, reached - (reached % hourMs) + hourMs);
      for (const [id, rate] of rates(reached))
        totals.set(id, (totals.get(id) ?? begun) + (rate * (end - reached)) / hourMs);
      reached = end;
    }
  }

  return {
    /** Registers at a moment not before the last one asked for, with what flows then; UTC ms. */
    at(moment: number): Registers {
      forward(moment);
      const rate = rates(moment);
      const round = (value: number) => Math.round(value * 1_000) / 1_000;
      const registers: Registers = {};
      for (const [id, total] of totals) {
        if (id === 'power-main export') continue;
        const now = round(rate.get(id) ?? 0);
        registers[id] = id.startsWith('water')
          ? { volume: round(total), flow: now }
          : { energyImport: round(total), power: now };
      }
      const main = registers['power-main'];
      if (main) {
        main.energyExport = round(totals.get('power-main export') ?? begun);
        main.power = round((rate.get('power-main') ?? 0) - (rate.get('power-main export') ?? 0));
      }
      return registers;
    },
  };
}
