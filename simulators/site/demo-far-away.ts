import type { Device, Linkage } from '../../gateway/contract/site.ts';

// What dials the demo compound's gateway by itself: a fire transmission device, a home panel over IP, a 4G unit with a level
// transmitter behind it.

export const demoTransmitter = { id: 'fire-transmitter', address: '790300000000' };
/** Its parts that are devices of the site: kind of part, zone and number, and the panel's own words. */
export const demoParts = {
  'smoke-b1-3f': { type: 42, zone: 1, number: 31, text: '1号楼3层走廊烟感' },
  'smoke-b2-3f': { type: 42, zone: 2, number: 31, text: '2号楼3层走廊烟感' },
  'callpoint-garage': { type: 23, zone: 3, number: 8, text: '地库东手动报警按钮' },
} as const;
export type DemoPart = keyof typeof demoParts;

const partPlaces: [id: DemoPart, name: string, area: string, position: [number, number]][] = [
  ['smoke-b1-3f', '1 号楼 3 层走廊烟感', 'building-1', [440, 340]],
  ['smoke-b2-3f', '2 号楼 3 层走廊烟感', 'building-2', [940, 340]],
  ['callpoint-garage', '地库东侧手动报警按钮', 'garage', [900, 200]],
];

/** The home whose panel reports over IP; its password is in the environment of the demo. */
export const ipHome = 40;
export const ipPanel = { account: '861234567890', home: '1040', password: 'DEMO_PANEL_PASSWORD' };

export const rainUnit = { registration: '861234500000017', heartbeat: 'BEAT' };
export const rainLink = {
  id: 'rain-unit',
  name: '雨水泵站 4G 模块',
  kind: 'dtu',
  ...rainUnit,
  silenceS: 90,
  protocol: 'modbus-rtu',
  timeoutMs: 1_000,
};

export const farAwayDevices: readonly Device[] = [
  {
    ...{ id: demoTransmitter.id, type: 'gbt26875-transmitter', name: '消防控制室传输装置', area: 'office' },
    ...{ address: demoTransmitter.address, position: [220, 600] },
  },
  ...partPlaces.map(([id, name, area, position]) => ({
    ...{ id, type: 'gbt26875-part', name, area, position, parent: demoTransmitter.id },
    address: `1-1-${demoParts[id].zone}-${demoParts[id].number}`,
  })),
  {
    ...{ id: 'tank-rain', type: 'generic-level-transmitter', name: '雨水调蓄池', area: 'garden' },
    ...{ link: rainLink.id, address: 1, position: [660, 430] },
  },
];

export const farAwayLinkages: readonly Linkage[] = partPlaces.map(([id, name, area]) => ({
  id: `fire-${id}`,
  name: `${name}联动`,
  on: { device: id, definition: 'fire' },
  do: [
    { all: 'door', command: 'unlock' },
    ...(area === 'garage' ? [] : [{ all: 'lift', command: 'recall' }]),
  ],
}));
