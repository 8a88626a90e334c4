import type { Device, Linkage } from '../../gateway/contract/site.ts';
import { farAwayLinkages, ipHome, ipPanel } from './demo-far-away.ts';

// Fence, cameras, doors and home panels of the demo compound. What belongs to the garage lies on its own plan.

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
/** The fence from the north-east corner on, on a plan of 1200 × 800. */
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
const ends = (i: number): [Point, Point] => [
  corners[i] ?? [0, 0],
  corners[(i + 1) % corners.length] ?? [0, 0],
];

/** A point of a segment: the share of its length, and how far inside of the fence, px. */
function onFence(i: number, share: number, inside: number): Point {
  const [[ax, ay], [bx, by]] = ends(i);
  const [x, y] = [ax + (bx - ax) * share, ay + (by - ay) * share];
  return ax === bx ? [x + Math.sign(600 - x) * inside, y] : [x, y + Math.sign(400 - y) * inside];
}

const segments: Device[] = segmentNames.map((name, i) => ({
  id: `segment-${i + 1}`,
  type: 'composed-perimeter-zone',
  name: `${i + 1} 防区 ${name}`,
  area: 'perimeter',
  cameras: [`camera-${i + 1}`],
  shape: ends(i),
  bind: { tripped: `perimeter-io.in${i + 1}` },
}));
const wallLights: Device[] = segmentNames.map((name, i) => ({
  id: `wall-light-${i + 1}`,
  type: 'composed-light-circuit',
  name: `${name}照明`,
  area: 'perimeter',
  position: onFence(i, 0.5, 0),
  bind: {
    on: `perimeter-io.out${i + 1}`,
    switchOn: `perimeter-io.out${i + 1}On`,
    switchOff: `perimeter-io.out${i + 1}Off`,
  },
}));

/** After the eight of the segments, in the same order. */
const morePlaces: [string, string, Point][] = [
  ['1 号楼大堂摄像机', 'building-1', [360, 482]],
  ['2 号楼大堂摄像机', 'building-2', [860, 482]],
  ['主入口摄像机', 'gate', [560, 690]],
  ['地库西摄像机', 'garage', [150, 150]],
  ['地库东摄像机', 'garage', [850, 450]],
];
export const lobbyCamera = 'camera-9';
const cameras: Device[] = [
  ...segmentNames.map((name, i): [string, string, Point] => [
    `${name}摄像机`,
    'perimeter',
    onFence(i, 0.72, 34),
  ]),
  ...morePlaces,
].map(([name, area, position], i) => ({ id: `camera-${i + 1}`, type: 'camera', name, area, position }));
/** With the addresses of the pictures that a recorder on this port serves. */
function camerasAt(port: number): Device[] {
  const at = `http://127.0.0.1:${port}`;
  return cameras.map((camera) => ({
    ...camera,
    settings: {
      snapshotUrl: `${at}/${camera.id}.jpg`,
      liveUrl: `${at}/live/${camera.id}`,
      recordingUrl: `${at}/recording/${camera.id}?at={time}`,
    },
  }));
}

/** One input for each building and the garage, from the fire panel. */
const firePlaces: [area: string, name: string, Point, camera: string][] = [
  ['building-1', '1 号楼火灾报警', [420, 290], 'camera-9'],
  ['building-2', '2 号楼火灾报警', [920, 290], 'camera-10'],
  ['garage', '地库火灾报警', [560, 100], 'camera-12'],
];
const fireInputOf = (area: string) => (area === 'garage' ? 'fire-garage' : `fire-b${area.slice(-1)}`);
export const fireInputs = firePlaces.map(([area]) => fireInputOf(area));
const fireDevices: Device[] = firePlaces.map(([area, name, position, camera]) => ({
  ...{ id: fireInputOf(area), type: 'native-fire-input', name, area, position, cameras: [camera] },
}));

const doorPlaces: [string, string, string, Point][] = [
  ['door-gate-main', '主入口人行门', 'gate', [600, 735]],
  ['door-gate-north', '北门', 'gate', [825, 65]],
  ['door-b1-lobby', '1 号楼大堂门', 'building-1', [350, 455]],
  ['door-b1-roof', '1 号楼屋面门', 'building-1', [240, 230]],
  ['door-b1-stair', '1 号楼楼梯间门', 'building-1', [460, 230]],
  ['door-b2-lobby', '2 号楼大堂门', 'building-2', [850, 455]],
  ['door-b2-roof', '2 号楼屋面门', 'building-2', [740, 230]],
  ['door-b2-stair', '2 号楼楼梯间门', 'building-2', [960, 230]],
  ['door-garage-b1', '地库至 1 号楼', 'garage', [330, 60]],
  ['door-garage-b2', '地库至 2 号楼', 'garage', [670, 60]],
  ['door-pump-room', '水泵房门', 'pump-room', [1010, 670]],
  ['door-office', '物业办公室门', 'office', [240, 625]],
];
/** Doors of the buildings are wired to a controller each; it keeps their cards. */
const controllers = [
  { id: 'controller-b1', name: '1 号楼门禁控制器', area: 'building-1' },
  { id: 'controller-b2', name: '2 号楼门禁控制器', area: 'building-2' },
];
export const controllerIds = controllers.map(({ id }) => id);
/** The controller of a door; undefined for one that has a connection of its own. */
export function controllerOf(door: string): string | undefined {
  return controllers.find(({ id }) => door.startsWith(`door-${id.slice(-2)}-`))?.id;
}
/** The door that a scene props open: soon told, so that one sees it. */
export const heldDoor = 'door-pump-room';
export const doors = doorPlaces.map(([id]) => id);
const doorDevices: Device[] = [
  ...controllers.map(({ id, name, area }) => ({ id, type: 'native-door-controller', name, area })),
  ...doorPlaces.map(([id, name, area, position]) => {
    const parent = controllerOf(id);
    const way = parent === undefined ? { type: 'native-door' } : { type: 'controller-door', parent };
    return { id, ...way, name, area, position, ...(id === heldDoor ? { settings: { heldAfterS: 15 } } : {}) };
  }),
];

export const homes = Array.from({ length: 40 }, (_, i) => {
  const building = i < 20 ? 1 : 2;
  const floor = Math.floor((i % 20) / 4) + 1;
  return { number: i + 1, building, room: `${building}-${floor}0${(i % 4) + 1}` };
});
export const accountOf = (home: number): string => (0x1000 + home).toString(16).toUpperCase();
const overIp = { type: 'hengbo-panel', address: ipPanel.account };
const panels: Device[] = [
  { id: 'receiver', type: 'surgard-receiver', name: '户内报警接警机', area: 'office', link: 'alarm-line' },
  ...homes.map(({ number, building, room }) => ({
    id: `panel-${room}`,
    ...(number === ipHome
      ? overIp
      : { type: 'contact-id-account', parent: 'receiver', address: accountOf(number) }),
    name: `${room} 户内主机`,
    area: `building-${building}`,
    household: `home-${room}`,
    settings: {
      zones: { 1: '入户门', 2: '客厅红外', 3: '厨房燃气', 5: '紧急按钮' },
      ...(number === ipHome ? { password: `env:${ipPanel.password}` } : {}),
    },
  })),
];

export const securityDevices = (cameraPort: number): Device[] => [
  ...camerasAt(cameraPort),
  {
    id: 'perimeter-io',
    type: 'generic-modbus-io-8',
    name: '周界输入输出模块',
    area: 'office',
    link: 'perimeter-bus',
    address: 1,
  },
  ...segments,
  ...wallLights,
  ...doorDevices,
  ...fireDevices,
  {
    id: 'panic-lobby',
    type: 'native-panic-button',
    name: '大堂紧急按钮',
    area: 'building-1',
    position: [310, 440],
    cameras: [lobbyCamera],
  },
  ...panels,
];

const fireLinkages: Linkage[] = firePlaces.map(([area, name]) => ({
  id: fireInputOf(area),
  name: `${name}联动`,
  on: { device: fireInputOf(area), definition: 'fire' },
  do: [
    { all: 'door', command: 'unlock' },
    ...(area === 'garage' ? [] : [{ all: 'lift', command: 'recall' }]),
  ],
}));

export const securityLinkages: readonly Linkage[] = [
  ...fireLinkages,
  ...farAwayLinkages,
  ...segments.map(({ id }, i) => ({
    id: `light-${i + 1}`,
    name: `${i + 1} 防区报警开灯`,
    on: { device: id, definition: 'intrusion' },
    do: [{ device: `wall-light-${i + 1}`, command: 'switchOn' }],
  })),
];
