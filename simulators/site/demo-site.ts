import { stringify } from 'yaml';
import type { SiteFile } from '../../gateway/contract/site.ts';
import { farAwayDevices, rainLink } from './demo-far-away.ts';
import { meterDevices } from './demo-meters.ts';
import { demoCheckpoints, demoRoutes, patrolPlans, patrolRoutes } from './demo-patrol.ts';
import { nativePlant, plantDevices, plantSchedules } from './demo-plant.ts';
import {
  controllerIds,
  controllerOf,
  doors,
  fireInputs,
  homes,
  securityDevices,
  securityLinkages,
} from './demo-security.ts';
import { zigbeeDevices, zigbeeLink } from './demo-zigbee.ts';
import { supplyMeters } from './supply-meters.ts';

/** The ports on which the far ends of the demo compound listen. */
export interface DemoPorts {
  perimeterBus: number;
  plant: number;
  garden: number;
  meterBus: number;
  receiver: number;
  tagReader: number;
  cameras: number;
}

type Draft = { [Key in keyof SiteFile]: unknown };
type Point = [number, number];

export const guardTag = '0100B00001';
export const cardOf = (person: number): string => String(10_000_001 + person);

function box(x: number, y: number, width: number, height: number): Point[] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

/** What is inside of the fence, by id: name, kind, outline on the plan of the compound. */
const inside: [id: string, name: string, kind: string, outline: Point[]][] = [
  ['gate', '出入口', 'gate', box(400, 660, 260, 85)],
  ['building-1', '1 号楼', 'building', box(220, 200, 260, 260)],
  ['building-2', '2 号楼', 'building', box(720, 200, 260, 260)],
  ['garden', '中心花园', 'outdoor', box(500, 200, 200, 260)],
  ['pump-room', '水泵房', 'plant-room', box(940, 560, 140, 110)],
  ['power-room', '配电房', 'plant-room', box(110, 470, 150, 70)],
  ['office', '物业办公室', 'office', box(110, 560, 150, 100)],
  ['shops', '沿街商铺', 'building', box(680, 685, 340, 50)],
];

const areas = [
  {
    ...{ id: 'compound', name: '示范小区', kind: 'site' },
    plan: { width: 1200, height: 800, image: 'compound.svg' },
  },
  { id: 'perimeter', name: '周界', kind: 'perimeter', parent: 'compound' },
  ...inside.map(([id, name, kind, outline]) => ({ id, name, kind, parent: 'compound', outline })),
  {
    ...{
      id: 'garage',
      name: '地下车库',
      kind: 'garage',
      parent: 'compound',
      outline: box(380, 510, 440, 130),
    },
    plan: { width: 1000, height: 600, image: 'garage.svg' },
  },
];

/** The demo compound: two buildings, a garage, eight perimeter segments, forty homes, and all that belongs to them. */
export function demoSite(ports: DemoPorts): string {
  const tcp = (port: number) => `tcp://127.0.0.1:${port}`;
  const links = [
    {
      id: 'perimeter-bus',
      name: '周界 RS-485 总线',
      kind: 'bus',
      path: tcp(ports.perimeterBus),
      protocol: 'modbus-rtu',
      baudRate: 19_200,
      timeoutMs: 400,
    },
    {
      id: 'plant',
      name: '水泵房控制柜',
      kind: 'modbus-tcp',
      host: '127.0.0.1',
      port: ports.plant,
      timeoutMs: 2_000,
    },
    {
      id: 'garden',
      name: '花园照明控制柜',
      kind: 'modbus-tcp',
      host: '127.0.0.1',
      port: ports.garden,
      timeoutMs: 2_000,
    },
    {
      id: 'meter-bus',
      name: '电表与水表总线',
      kind: 'bus',
      path: tcp(ports.meterBus),
      protocol: 'dlt645-2007',
      baudRate: 9_600,
      parity: 'none',
      also: { 'modbus-rtu': {}, cjt188: { baudRate: 9_600, parity: 'none' } },
    },
    {
      id: 'alarm-line',
      name: '接警机串口',
      kind: 'bus',
      path: tcp(ports.receiver),
      protocol: 'surgard-mlr2',
    },
    {
      id: 'tag-line',
      name: '巡更读卡头串口',
      kind: 'bus',
      path: tcp(ports.tagReader),
      protocol: 'rfid-em4100-serial',
    },
    zigbeeLink,
    rainLink,
  ];
  const households = homes.map(({ building, room }) => ({
    id: `home-${room}`,
    room,
    area: `building-${building}`,
    contacts: [{ name: `${room} 住户` }],
    alarmService: true,
  }));
  const people = [
    { id: 'guard-1', name: '巡逻岗一', role: 'guard', cards: [guardTag] },
    { id: 'guard-2', name: '巡逻岗二', role: 'guard', cards: ['0100B00002'] },
    { id: 'guard-3', name: '门岗', role: 'guard', cards: ['0100B00003'] },
    { id: 'engineer-1', name: '工程值班', role: 'engineer', cards: [cardOf(0)] },
    ...homes.slice(0, 20).map(({ room }, i) => ({
      id: `resident-${room}`,
      name: `${room} 住户`,
      role: 'resident',
      household: `home-${room}`,
      cards: [cardOf(i + 1)],
    })),
  ];
  const readers = [
    { id: 'patrol-wand', type: 'patrol-wand', name: '巡更棒', area: 'office', address: 'W5-0317' },
    { id: 'patrol-reader', type: 'em4100-reader', name: '巡更读卡头', area: 'office', link: 'tag-line' },
    ...nativeReaders.map((id, i) => ({
      ...{ id, type: 'native-patrol-reader', name: `巡更手持机 ${i + 2} 号`, area: 'office' },
    })),
  ];
  const draft: Partial<Draft> = {
    site: { id: 'demo', name: '示范小区', timeZone: 'Asia/Shanghai' },
    areas,
    links,
    households,
    people,
    devices: [
      ...securityDevices(ports.cameras),
      ...plantDevices,
      ...zigbeeDevices,
      ...farAwayDevices,
      ...meterDevices,
      ...supplyMeters,
      ...readers,
    ],
    checkpoints: demoCheckpoints,
    routes: patrolRoutes,
    plans: patrolPlans,
    linkages: securityLinkages,
    schedules: plantSchedules,
  };
  return stringify(draft, { lineWidth: 160, aliasDuplicateObjects: false });
}

/** The reader of a guard who has one over MQTT; the first guard's is on a serial line. */
export const readerOf = (guard: string): string => `patrol-reader-${guard.slice(-1)}`;
const nativeReaders = demoRoutes
  .filter(({ guard }) => guard !== 'guard-1')
  .map(({ guard }) => readerOf(guard));

/** Devices of the demo compound that speak MQTT and need a secret. */
export const nativeDevices = [
  ...nativePlant,
  'panic-lobby',
  ...fireInputs,
  ...controllerIds,
  ...doors.filter((id) => controllerOf(id) === undefined),
  ...supplyMeters.map(({ id }) => id),
  ...nativeReaders,
];
