import { stringify } from 'yaml';
import type { SiteFile } from '../../gateway/contract/site.ts';
import { demoUnits } from '../demo-meters.ts';
import { supplyMeters } from './supply-meters.ts';

/** The ports on which the far ends of the demo compound listen. */
export interface DemoPorts {
  perimeterBus: number;
  plant: number;
  meterBus: number;
  receiver: number;
  tagReader: number;
  cameras: number;
}

type Draft = { [Key in keyof SiteFile]: unknown };
type Point = [number, number];

const segmentNames = [
  '北围墙东段',
  '北围墙西段',
  '西围墙北段',
  '西围墙南段',
  '南围墙西段',
  '南围墙东段',
  '东围墙南段',
  '东围墙北段',
];
/** The fence, clockwise from the north-east corner, on a plan of 1200 × 800. */
const corners: Point[] = [
  [1140, 50],
  [600, 50],
  [60, 50],
  [60, 400],
  [60, 750],
  [600, 750],
  [1140, 750],
  [1140, 400],
];
const doorPlaces: [string, string, string, Point][] = [
  ['door-gate-main', '主入口人行门', 'gate', [600, 735]],
  ['door-gate-north', '北门', 'gate', [900, 65]],
  ['door-b1-lobby', '1 号楼大堂门', 'building-1', [350, 455]],
  ['door-b1-roof', '1 号楼屋面门', 'building-1', [240, 230]],
  ['door-b1-stair', '1 号楼楼梯间门', 'building-1', [460, 230]],
  ['door-b2-lobby', '2 号楼大堂门', 'building-2', [850, 455]],
  ['door-b2-roof', '2 号楼屋面门', 'building-2', [740, 230]],
  ['door-b2-stair', '2 号楼楼梯间门', 'building-2', [960, 230]],
  ['door-garage-b1', '地库至 1 号楼', 'garage', [400, 560]],
  ['door-garage-b2', '地库至 2 号楼', 'garage', [800, 560]],
  ['door-pump-room', '水泵房门', 'pump-room', [1010, 620]],
  ['door-office', '物业办公室门', 'office', [160, 620]],
];
/** Doors of the buildings are wired to a controller each; it keeps their cards. */
const controllers = [
  { id: 'controller-b1', name: '1 号楼门禁控制器', area: 'building-1' },
  { id: 'controller-b2', name: '2 号楼门禁控制器', area: 'building-2' },
];
/** The controller of a door; undefined for one that has a connection of its own. */
export function controllerOf(door: string): string | undefined {
  return controllers.find(({ id }) => door.startsWith(`door-${id.slice(-2)}-`))?.id;
}
const checkpointPlaces: [string, string, Point][] = [
  ['主入口', 'gate', [590, 715]],
  ['南围墙西', 'perimeter', [320, 735]],
  ['西南角', 'perimeter', [80, 730]],
  ['西围墙中', 'perimeter', [80, 410]],
  ['西北角', 'perimeter', [80, 75]],
  ['北围墙中', 'perimeter', [590, 75]],
  ['东北角', 'perimeter', [1115, 75]],
  ['东围墙中', 'perimeter', [1115, 410]],
  ['东南角', 'perimeter', [1115, 730]],
  ['水泵房', 'pump-room', [985, 650]],
  ['地库入口', 'garage', [600, 620]],
  ['1 号楼大堂', 'building-1', [330, 470]],
];
const cameraPlaces: [string, string, Point][] = [
  ['北侧摄像机', 'perimeter', [620, 85]],
  ['西侧摄像机', 'perimeter', [95, 380]],
  ['南侧摄像机', 'perimeter', [640, 700]],
  ['东侧摄像机', 'perimeter', [1090, 380]],
  ['大堂摄像机', 'building-1', [370, 480]],
  ['地库摄像机', 'garage', [560, 590]],
];
/** Which camera sees which segment, by index. */
const segmentCamera = [1, 1, 2, 2, 3, 3, 4, 4];

export const tagOf = (index: number): string =>
  `0100A0${(0x10 + index).toString(16).toUpperCase().padStart(4, '0')}`;
export const guardTag = '0100B00001';
export const accountOf = (home: number): string => (0x1000 + home).toString(16).toUpperCase();
export const cardOf = (person: number): string => String(10_000_001 + person);
export const homes = Array.from({ length: 40 }, (_, i) => {
  const building = i < 20 ? 1 : 2;
  const floor = Math.floor((i % 20) / 4) + 1;
  return { number: i + 1, building, room: `${building}-${floor}0${(i % 4) + 1}` };
});

function box(x: number, y: number, width: number, height: number): Point[] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

/** The demo compound: two buildings, a garage, eight perimeter segments, forty homes, pumps, tanks, doors, a patrol route. */
export function demoSite(ports: DemoPorts): string {
  const areas = [
    { id: 'compound', name: '示范小区', kind: 'site', plan: { width: 1200, height: 800 } },
    { id: 'perimeter', name: '周界', kind: 'perimeter', parent: 'compound' },
    { id: 'gate', name: '出入口', kind: 'gate', parent: 'compound', outline: box(540, 700, 120, 45) },
    {
      id: 'building-1',
      name: '1 号楼',
      kind: 'building',
      parent: 'compound',
      outline: box(220, 200, 260, 260),
    },
    {
      id: 'building-2',
      name: '2 号楼',
      kind: 'building',
      parent: 'compound',
      outline: box(720, 200, 260, 260),
    },
    { id: 'garage', name: '地下车库', kind: 'garage', parent: 'compound', outline: box(380, 510, 440, 130) },
    {
      id: 'pump-room',
      name: '水泵房',
      kind: 'plant-room',
      parent: 'compound',
      outline: box(940, 560, 140, 110),
    },
    {
      id: 'office',
      name: '物业办公室',
      kind: 'office',
      parent: 'compound',
      outline: box(110, 560, 150, 100),
    },
  ];
  const links = [
    {
      id: 'perimeter-bus',
      name: '周界 RS-485 总线',
      kind: 'bus',
      path: `tcp://127.0.0.1:${ports.perimeterBus}`,
      protocol: 'modbus-rtu',
      baudRate: 19_200,
      timeoutMs: 200,
    },
    { id: 'plant', name: '水泵房控制柜', kind: 'modbus-tcp', host: '127.0.0.1', port: ports.plant },
    {
      id: 'meter-bus',
      name: '电表与水表总线',
      kind: 'bus',
      path: `tcp://127.0.0.1:${ports.meterBus}`,
      protocol: 'dlt645-2007',
      baudRate: 9_600,
      parity: 'none',
      also: { 'modbus-rtu': {} },
    },
    {
      id: 'alarm-line',
      name: '接警机串口',
      kind: 'bus',
      path: `tcp://127.0.0.1:${ports.receiver}`,
      protocol: 'surgard-mlr2',
    },
    {
      id: 'tag-line',
      name: '巡更读卡头串口',
      kind: 'bus',
      path: `tcp://127.0.0.1:${ports.tagReader}`,
      protocol: 'rfid-em4100-serial',
    },
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
    { id: 'engineer-1', name: '工程值班', role: 'engineer', cards: [cardOf(0)] },
    ...homes.slice(0, 20).map(({ room }, i) => ({
      id: `resident-${room}`,
      name: `${room} 住户`,
      role: 'resident',
      household: `home-${room}`,
      cards: [cardOf(i + 1)],
    })),
  ];
  const cameras = cameraPlaces.map(([name, area, position], i) => ({
    id: `camera-${i + 1}`,
    type: 'camera',
    name,
    area,
    position,
    settings: {
      snapshotUrl: `http://127.0.0.1:${ports.cameras}/camera-${i + 1}.jpg`,
      liveUrl: `http://127.0.0.1:${ports.cameras}/live/camera-${i + 1}`,
      recordingUrl: `http://127.0.0.1:${ports.cameras}/recording/camera-${i + 1}?at={time}`,
    },
  }));
  const segments = segmentNames.map((name, i) => ({
    id: `segment-${i + 1}`,
    type: 'composed-perimeter-zone',
    name: `${i + 1} 防区 ${name}`,
    area: 'perimeter',
    cameras: [`camera-${segmentCamera[i]}`],
    shape: [corners[i], corners[(i + 1) % corners.length]],
    bind: { tripped: `perimeter-io.in${i + 1}` },
  }));
  const lights = segmentNames.map((name, i) => {
    const [ax, ay] = corners[i] ?? [0, 0];
    const [bx, by] = corners[(i + 1) % corners.length] ?? [0, 0];
    return {
      id: `wall-light-${i + 1}`,
      type: 'composed-light-circuit',
      name: `${name}照明`,
      area: 'perimeter',
      position: [(ax + bx) / 2, (ay + by) / 2],
      bind: {
        on: `perimeter-io.out${i + 1}`,
        switchOn: `perimeter-io.out${i + 1}On`,
        switchOff: `perimeter-io.out${i + 1}Off`,
      },
    };
  });
  const pumps = [1, 2].map((n) => ({
    id: `booster-${n}`,
    type: 'composed-pump',
    name: `生活水泵 ${n} 号`,
    area: 'pump-room',
    position: [950 + n * 25, 580],
    bind: {
      running: `plant-io.in${n * 2 - 1}`,
      fault: `plant-io.in${n * 2}`,
      start: `plant-io.out${n}On`,
      stop: `plant-io.out${n}Off`,
    },
  }));
  const meter = (
    id: string,
    type: string,
    name: string,
    area: string,
    address: string | number,
    more = {},
  ) => ({
    ...{ id, type, name, area, link: 'meter-bus', address },
    ...more,
  });
  const branch = (account: string) => ({ meter: { main: 'meter-main', account } });
  const meters = [
    meter('meter-main', 'dlt645-2007-meter', '小区总电表', 'office', '202611280001', {
      meter: { account: 'public' },
    }),
    meter(
      'meter-building-1',
      'dlt645-2007-meter',
      '1 号楼电表',
      'building-1',
      '202611280002',
      branch('residential'),
    ),
    meter(
      'meter-building-2',
      'dlt645-2007-meter',
      '2 号楼电表',
      'building-2',
      '202611280003',
      branch('residential'),
    ),
    meter('meter-pumps', 'eastron-sdm630', '水泵房电表', 'pump-room', demoUnits.pumps, branch('public')),
    // Two buildings draw water at night, too.
    meter('water-main', 'tuf-2000m', '给水总表', 'pump-room', demoUnits.water, {
      settings: { nightFlow: 20 },
    }),
  ];
  const devices = [
    ...cameras,
    {
      id: 'perimeter-io',
      type: 'generic-modbus-io-8',
      name: '周界输入输出模块',
      area: 'office',
      link: 'perimeter-bus',
      address: 1,
    },
    {
      id: 'plant-io',
      type: 'generic-modbus-io-8',
      name: '水泵房输入输出模块',
      area: 'pump-room',
      link: 'plant',
      address: 1,
    },
    ...segments,
    ...lights,
    {
      id: 'tank-domestic',
      type: 'native-tank',
      name: '生活水箱',
      area: 'pump-room',
      position: [1000, 600],
      cameras: [],
    },
    { id: 'tank-fire', type: 'native-fire-tank', name: '消防水箱', area: 'building-1', position: [300, 260] },
    {
      id: 'tank-underground',
      type: 'generic-level-transmitter',
      name: '地下水池',
      area: 'pump-room',
      link: 'plant',
      address: 2,
      position: [1040, 640],
    },
    ...pumps,
    { id: 'sump-garage', type: 'native-sump', name: '地库集水井', area: 'garage', position: [470, 600] },
    ...controllers.map(({ id, name, area }) => ({ id, type: 'native-door-controller', name, area })),
    ...doorPlaces.map(([id, name, area, position]) => {
      const parent = controllerOf(id);
      const way = parent === undefined ? { type: 'native-door' } : { type: 'controller-door', parent };
      return { id, ...way, name, area, position };
    }),
    {
      id: 'fire-b1',
      type: 'native-fire-input',
      name: '1 号楼火灾报警',
      area: 'building-1',
      position: [420, 260],
      cameras: ['camera-5'],
    },
    {
      id: 'panic-lobby',
      type: 'native-panic-button',
      name: '大堂紧急按钮',
      area: 'building-1',
      position: [310, 440],
      cameras: ['camera-5'],
    },
    { id: 'receiver', type: 'surgard-receiver', name: '户内报警接警机', area: 'office', link: 'alarm-line' },
    ...homes.map(({ number, building, room }) => ({
      id: `panel-${room}`,
      type: 'contact-id-account',
      name: `${room} 户内主机`,
      area: `building-${building}`,
      parent: 'receiver',
      address: accountOf(number),
      household: `home-${room}`,
      settings: { zones: { 1: '入户门', 2: '客厅红外', 3: '厨房燃气', 5: '紧急按钮' } },
    })),
    ...meters,
    ...supplyMeters,
    { id: 'patrol-wand', type: 'patrol-wand', name: '巡更棒', area: 'office', address: 'W5-0317' },
    { id: 'patrol-reader', type: 'em4100-reader', name: '巡更读卡头', area: 'office', link: 'tag-line' },
  ];
  const checkpoints = checkpointPlaces.map(([name, area, position], i) => ({
    id: `checkpoint-${i + 1}`,
    name,
    area,
    position,
    tag: tagOf(i),
  }));
  const draft: Partial<Draft> = {
    site: { id: 'demo', name: '示范小区', timeZone: 'Asia/Shanghai' },
    areas,
    links,
    households,
    people,
    devices,
    checkpoints,
    routes: [
      {
        id: 'night-route',
        name: '夜间巡更',
        checkpoints: checkpoints.map(({ id }, i) => ({ checkpoint: id, dueMin: i })),
        toleranceMin: 2,
        graceMin: 2,
      },
    ],
    plans: [
      {
        id: 'every-quarter',
        name: '每一刻钟',
        route: 'night-route',
        schedule: '*/15 * * * *',
        guards: ['guard-1'],
      },
    ],
    linkages: [
      {
        id: 'fire-b1',
        name: '1 号楼火警释门',
        on: { device: 'fire-b1', definition: 'fire' },
        do: [{ all: 'door', command: 'unlock' }],
      },
      ...segments.map(({ id }, i) => ({
        id: `light-${i + 1}`,
        name: `${i + 1} 防区报警开灯`,
        on: { device: id, definition: 'intrusion' },
        do: [{ device: `wall-light-${i + 1}`, command: 'switchOn' }],
      })),
    ],
  };
  return stringify(draft, { lineWidth: 160 });
}

export const controllerIds = controllers.map(({ id }) => id);
/** Devices of the demo compound that speak MQTT and need a secret. */
export const nativeDevices = [
  'tank-domestic',
  'tank-fire',
  'sump-garage',
  'panic-lobby',
  ...controllerIds,
  ...doorPlaces.map(([id]) => id).filter((id) => controllerOf(id) === undefined),
  'fire-b1',
  ...supplyMeters.map(({ id }) => id),
];
export const doors = doorPlaces.map(([id]) => id);
