// The switchboard of the demo compound: the mains, a standby generator that starts by itself, a UPS behind both. A second a tick.

/** Seconds after the mains has gone, or has come back. Shorter than on a real site, so that one sees it to its end. */
export const powerTimes = { startS: 4, loadS: 8, unloadS: 24, stopS: 30 };

export type PowerReadings = Record<'mains' | 'generator' | 'ups', Record<string, number | boolean>>;

export function createDemoPower() {
  let present = true;
  let running = false;
  let onLoad = false;
  let mainsMoved = false;
  let sinceS = 0;
  let charge = 100;
  let fuel = 86;

  return {
    /** The grid goes, or comes back. */
    setMains(state: boolean): void {
      if (state === present) return;
      present = state;
      mainsMoved = true;
      sinceS = 0;
    },

    /** A second goes by; answers whether anything was switched since the last one. */
    tick(): boolean {
      const before = { running, onLoad };
      sinceS++;
      if (!present) {
        running ||= sinceS >= powerTimes.startS;
        onLoad ||= sinceS >= powerTimes.loadS;
      } else {
        if (sinceS >= powerTimes.unloadS) onLoad = false;
        if (sinceS >= powerTimes.stopS) running = false;
      }
      const fed = present || onLoad;
      charge = Math.min(100, Math.max(60, charge + (fed ? 0.1 : -0.4)));
      if (running) fuel = Math.max(40, fuel - 0.002);
      const moved = mainsMoved || before.running !== running || before.onLoad !== onLoad;
      mainsMoved = false;
      return moved;
    },

    readings(): PowerReadings {
      const fed = present || onLoad;
      const volts = present ? [227, 226, 228] : [0, 0, 0];
      const [voltageL1 = 0, voltageL2 = 0, voltageL3 = 0] = volts;
      return {
        mains: {
          ...{ present, breakerClosed: present && !onLoad },
          ...{ voltageL1, voltageL2, voltageL3, frequency: present ? 50 : 0 },
        },
        generator: {
          ...{ running, onLoad, auto: true, fault: false },
          ...{ fuelLevel: Math.round(fuel), batteryVoltage: running ? 27.8 : 26.4 },
          ...{ voltage: running ? 400 : 0, frequency: running ? 50 : 0, rpm: running ? 1_500 : 0 },
          ...{
            coolantTemperature: running ? 78 : 42,
            oilPressure: running ? 380 : 0,
            power: onLoad ? 62.5 : 0,
          },
        },
        ups: {
          ...{ onBattery: !fed, onMains: fed, batteryLow: false, bypass: false, fault: false },
          ...{
            charge: Math.round(charge),
            load: 38,
            runtimeMin: Math.round(charge * 0.9),
            batteryVoltage: 218.4,
          },
        },
      };
    },
  };
}
