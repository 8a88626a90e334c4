import type { Device, Schedule } from '../../gateway/contract/site.ts';
import { powerTimes } from '../demo-power.ts';

// Water, power, lighting and lifts of the demo compound.

type Point = [number, number];
type Native = [
  id: string,
  type: string,
  name: string,
  area: string,
  position: Point,
  settings?: Device['settings'],
];

/** Spoken for by themselves, over MQTT. */
const natives: Native[] = [
  ['tank-domestic', 'native-tank', '生活水箱', 'pump-room', [975, 616]],
  ['tank-fire', 'native-fire-tank', '消防水箱', 'building-1', [300, 260]],
  ['sump-garage', 'native-sump', '地库集水井', 'garage', [500, 300]],
  ['sump-lift-1', 'native-sump', '1 号楼电梯底坑', 'building-1', [350, 330]],
  ['sump-lift-2', 'native-sump', '2 号楼电梯底坑', 'building-2', [850, 330]],
  ['lift-b1', 'native-lift', '1 号楼电梯', 'building-1', [350, 290]],
  ['lift-b2', 'native-lift', '2 号楼电梯', 'building-2', [850, 290]],
  ['hydrant-1', 'native-pressure-sensor', '1 号楼消火栓压力', 'building-1', [400, 260]],
  ['hydrant-2', 'native-pressure-sensor', '2 号楼消火栓压力', 'building-2', [900, 260]],
  ['temperature-power', 'native-temperature-sensor', '配电房温度', 'power-room', [140, 512]],
  ['temperature-lift-1', 'native-temperature-sensor', '1 号楼电梯机房温度', 'building-1', [250, 300]],
  ['temperature-lift-2', 'native-temperature-sensor', '2 号楼电梯机房温度', 'building-2', [750, 300]],
  ['leak-power-room', 'native-water-sensor', '配电房水浸', 'power-room', [240, 485]],
  ['light-sensor', 'native-light-sensor', '屋面照度', 'building-1', [430, 220]],
  ['mains-grid', 'native-mains-supply', '一路市电', 'power-room', [130, 485]],
  [
    'generator-1',
    'native-generator',
    '柴油发电机',
    'power-room',
    [170, 485],
    {
      ...{ mains: 'mains-grid', startWithinS: 15, loadWithinS: 15 },
      ...{ stopAfterS: powerTimes.stopS, stopToleranceS: 10 },
    },
  ],
  ['ups-office', 'native-ups', '监控室 UPS', 'office', [180, 580]],
  ['isolator-b1', 'native-intercom-isolator', '1 号楼对讲隔离器', 'building-1', [250, 440]],
  ['station-b1-front', 'native-door-station', '1 号楼正门门口机', 'building-1', [410, 442]],
  ['station-b1-back', 'native-door-station', '1 号楼后门门口机', 'building-1', [240, 360]],
];

export const nativePlant = natives.map(([id]) => id);

/** A pump of contacts and relays at the cabinet of the pump room. */
function pump(n: number): Device {
  return {
    id: `booster-${n}`,
    type: 'composed-pump',
    name: `生活水泵 ${n} 号`,
    area: 'pump-room',
    position: [925 + n * 35, 580],
    bind: {
      running: `plant-io.in${n * 2 - 1}`,
      fault: `plant-io.in${n * 2}`,
      start: `plant-io.out${n}On`,
      stop: `plant-io.out${n}Off`,
    },
  };
}

/** A circuit on a relay of the garden's cabinet. */
function circuit(id: string, name: string, relay: number, area: string, position: Point): Device {
  return {
    ...{ id, type: 'composed-light-circuit', name, area, position },
    bind: {
      on: `garden-io.out${relay}`,
      switchOn: `garden-io.out${relay}On`,
      switchOff: `garden-io.out${relay}Off`,
    },
  };
}

function barrier(id: string, name: string, openInput: number, position: Point): Device {
  return {
    ...{ id, type: 'composed-parking-barrier', name, area: 'gate', position },
    bind: { open: `garden-io.in${openInput}`, fault: 'garden-io.in5', powered: 'garden-io.in6' },
  };
}

/** Where the fountain hangs on the garden's cabinet, counted from 0. */
export const gardenWiring = { fountainRelay: 4, fountainRuns: 0, barrierIn: 3, barrierOut: 6, powered: 5 };

export const plantDevices: readonly Device[] = [
  {
    id: 'plant-io',
    type: 'generic-modbus-io-8',
    name: '水泵房输入输出模块',
    area: 'pump-room',
    link: 'plant',
    address: 1,
  },
  {
    id: 'garden-io',
    type: 'generic-modbus-io-8',
    name: '花园输入输出模块',
    area: 'garden',
    link: 'garden',
    address: 1,
  },
  ...natives.map(([id, type, name, area, position, settings]) => ({
    ...{ id, type, name, area, position },
    ...(settings ? { settings } : {}),
    ...(type === 'native-door-station' ? { parent: 'isolator-b1' } : {}),
  })),
  {
    id: 'tank-underground',
    type: 'generic-level-transmitter',
    name: '地下水池',
    area: 'pump-room',
    link: 'plant',
    address: 2,
    position: [1045, 616],
  },
  ...[1, 2].map(pump),
  {
    id: 'fountain-garden',
    type: 'composed-water-feature',
    name: '中心喷泉',
    area: 'garden',
    position: [600, 330],
    bind: {
      running: 'garden-io.in1',
      fault: 'garden-io.in2',
      levelLow: 'garden-io.in3',
      start: 'garden-io.out5On',
      stop: 'garden-io.out5Off',
    },
  },
  circuit('road-light-west', '西侧路灯', 1, 'garden', [175, 400]),
  circuit('road-light-east', '东侧路灯', 2, 'garden', [1030, 400]),
  circuit('lawn-light', '草坪灯', 3, 'garden', [600, 230]),
  circuit('garage-light', '地库照明', 4, 'garage', [500, 150]),
  barrier('barrier-entry', '入口道闸', 4, [415, 695]),
  barrier('barrier-exit', '出口道闸', 7, [500, 720]),
];

export const plantSchedules: readonly Schedule[] = [
  {
    ...{ id: 'full-night', name: '路灯全夜', devices: ['road-light-west', 'road-light-east'] },
    light: { sensor: 'light-sensor', onBelowLx: 30, offAboveLx: 60, delayS: 10 },
    ...{ periods: [], exceptions: [], graceS: 60, enabled: true },
  },
  {
    ...{ id: 'half-night', name: '草坪灯半夜', devices: ['lawn-light'] },
    periods: [{ on: '18:30', off: '23:00' }],
    ...{ exceptions: [], graceS: 60, enabled: true },
  },
  {
    ...{ id: 'garage-all-day', name: '地库照明全天', devices: ['garage-light'] },
    periods: [{ on: '00:00', off: '24:00' }],
    ...{ exceptions: [], graceS: 60, enabled: true },
  },
  {
    ...{ id: 'fountain-garden-day', name: '喷泉日间', devices: ['fountain-garden'] },
    periods: [{ on: '08:00', off: '22:00' }],
    ...{ exceptions: [], graceS: 60, enabled: true },
  },
];
