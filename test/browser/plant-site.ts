import type { SiteFile } from '../../gateway/contract/site.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { eventually, type House } from '../house.ts';

// Plant that the demo compound does not have: a standby generator with its mains, a UPS, lights by plan, a fountain, lifts. Each
// is a device on the wire that does as it is told; the test moves the rest.

const site = [
  { id: 'mains-1', type: 'native-mains-supply', name: '1 号进线', area: 'office' },
  {
    id: 'gen-1',
    type: 'native-generator',
    name: '柴油发电机',
    area: 'office',
    settings: { mains: 'mains-1', startWithinS: 5, loadWithinS: 60, stopAfterS: 40, stopToleranceS: 40 },
  },
  {
    id: 'ups-doors',
    type: 'native-ups',
    name: '门禁 UPS',
    area: 'office',
    settings: { requiredMin: 1_260 },
  },
  { id: 'tank-roof', type: 'native-tank', name: '屋面水箱', area: 'building-2' },
  { id: 'pump-drain', type: 'native-pump', name: '雨水泵', area: 'garage' },
  { id: 'fountain', type: 'native-water-feature', name: '中庭喷泉', area: 'compound' },
  { id: 'path-light', type: 'native-light-circuit', name: '步道照明', area: 'compound' },
  { id: 'court-light', type: 'native-light-circuit', name: '球场照明', area: 'compound' },
  { id: 'lux-1', type: 'native-light-sensor', name: '室外照度', area: 'compound' },
  { id: 'switch-room', type: 'native-temperature-sensor', name: '配电房温度', area: 'office' },
  { id: 'switch-room-floor', type: 'native-water-sensor', name: '配电房地面', area: 'office' },
  { id: 'hydrant', type: 'native-pressure-sensor', name: '消火栓管网', area: 'garage' },
  { id: 'lift-1', type: 'native-lift', name: '1 号楼电梯', area: 'building-1' },
  { id: 'barrier-in', type: 'native-parking-barrier', name: '入口道闸', area: 'gate' },
] as const;

export type PlantUnit = (typeof site)[number]['id'];

export function addPlant(file: SiteFile): void {
  file.devices.push(...structuredClone(site as unknown as SiteFile['devices']));
  file.schedules = [
    {
      ...{ id: 'path-evening', name: '步道夜间', devices: ['path-light', 'court-light'] },
      periods: [
        { on: '00:00', off: '06:00' },
        { on: '18:30', off: '23:00' },
      ],
      ...{ exceptions: [], graceS: 3_600, enabled: true },
      light: { sensor: 'lux-1', onBelowLx: 30, offAboveLx: 60, delayS: 0 },
    },
    {
      ...{ id: 'fountain-day', name: '喷泉全天', devices: ['fountain'] },
      periods: [{ on: '00:00', off: '24:00' }],
      ...{ exceptions: [], graceS: 3_600, enabled: true },
    },
  ];
}

/** What each unit tells when it is asked, as it is on a quiet day. */
const quiet: Record<PlantUnit, Record<string, number | boolean>> = {
  'mains-1': { present: true, breakerClosed: true, voltageL1: 228, voltageL2: 231, voltageL3: 227 },
  'gen-1': {
    ...{ running: false, fault: false, auto: true, onLoad: false, fuelLevel: 82, batteryVoltage: 27.2 },
    ...{ power: 0, runHours: 212.4 },
  },
  'ups-doors': {
    ...{ onBattery: false, onMains: true, batteryLow: false, bypass: false, fault: false },
    ...{ charge: 100, load: 34, runtimeMin: 1_440 },
  },
  'tank-roof': { level: 1.62, overflow: false },
  'pump-drain': { running: false, fault: false, remote: true, current: 0 },
  fountain: { running: false, fault: false, level: 0.62 },
  'path-light': { on: false, fault: false, current: 0 },
  'court-light': { on: false, fault: false, current: 0 },
  'lux-1': { illuminance: 12_400 },
  'switch-room': { temperature: 27.4, humidity: 48 },
  'switch-room-floor': { wet: false, battery: 91 },
  hydrant: { pressure: 420 },
  'lift-1': { recalled: false, fault: false, inService: true },
  'barrier-in': { open: false, fault: false, powered: true },
};

/** Which value each command brings about. */
const effects: Readonly<Record<string, Record<string, boolean>>> = {
  start: { running: true },
  stop: { running: false },
  switchOn: { on: true },
  switchOff: { on: false },
  recall: { recalled: true },
  release: { recalled: false },
};

export interface PlantUnits {
  unit(id: PlantUnit): NativeDevice;
  /** Cuts its cable until `find`; it says nothing of itself then. */
  lose(id: PlantUnit): void;
  find(id: PlantUnit): void;
  /** The mains goes, and the generator takes over as a good one does; it stays so until `powerBack`. */
  powerCut(): Promise<void>;
  powerBack(): Promise<void>;
  close(): void;
}

/** Connects every unit and has it tell its quiet day. */
export async function connectPlant(house: House): Promise<PlantUnits> {
  const units = new Map<string, NativeDevice>();
  const secrets = new Map<string, string>();
  for (const { id } of site) secrets.set(id, await house.secretOf(id));
  function connect(id: PlantUnit): void {
    const device = connectNative(house.mqttPort, id, secrets.get(id) ?? '');
    device.onCommand(({ command }) => {
      const effect = effects[command];
      if (effect === undefined) return `no such command ${command}`;
      device.readings(effect);
      return true;
    });
    units.set(id, device);
  }
  for (const { id } of site) connect(id);
  const unit = (id: PlantUnit): NativeDevice => {
    const device = units.get(id);
    if (device === undefined) throw new Error(`there is no unit ${id}`);
    return device;
  };
  const reads = (device: PlantUnit, point: string, value: boolean) =>
    eventually(`${device} tells ${point} ${value}`, async () => {
      const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
        'GET',
        `/devices/${device}/points`,
      );
      return body.items.some((each) => each.point === point && each.value === value);
    });
  // A unit that is online has begun to listen: what a schedule tells it after its first word arrives.
  for (const { id } of site)
    await eventually(`${id} is online`, async () => {
      const { body } = await house.api<{ state: { state: string } }>('GET', `/devices/${id}`);
      return body.state.state === 'online';
    });
  for (const { id } of site) unit(id).readings(quiet[id]);
  await reads('mains-1', 'present', true);
  await reads('gen-1', 'running', false);
  await reads('fountain', 'running', true);
  return {
    unit,
    lose: (id) => unit(id).close(),
    find: connect,
    async powerCut() {
      unit('mains-1').readings({ present: false, voltageL1: 0, voltageL2: 0, voltageL3: 0 });
      await reads('mains-1', 'present', false);
      unit('gen-1').readings({ running: true });
      await reads('gen-1', 'running', true);
      unit('gen-1').readings({ onLoad: true, power: 86 });
      await reads('gen-1', 'onLoad', true);
    },
    async powerBack() {
      unit('mains-1').readings({ present: true, voltageL1: 229, voltageL2: 230, voltageL3: 228 });
      await reads('mains-1', 'present', true);
      unit('gen-1').readings({ onLoad: false, power: 0 });
      unit('gen-1').readings({ running: false });
      await reads('gen-1', 'running', false);
    },
    close() {
      for (const device of units.values()) device.close();
    },
  };
}
