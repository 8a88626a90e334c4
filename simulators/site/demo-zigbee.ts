import type { Device } from '../../gateway/contract/site.ts';

// Battery sensors of the demo compound that Zigbee2MQTT brings along.

export const zigbeeLink = {
  ...{ id: 'zigbee', name: 'Zigbee 网桥', kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt'] },
} as const;

/** Friendly names, as they stand in Zigbee2MQTT. */
export const zigbeeNames = { hatch: 'power room/hatch', floor: 'pump room/floor' } as const;

export const zigbeeDevices: readonly Device[] = [
  {
    id: 'hatch-power-room',
    type: 'zigbee2mqtt-contact',
    name: '配电房检修门',
    area: 'power-room',
    link: zigbeeLink.id,
    address: zigbeeNames.hatch,
    position: [205, 512],
  },
  {
    id: 'leak-pump-room',
    type: 'zigbee2mqtt-water-leak',
    name: '水泵房水浸',
    area: 'pump-room',
    link: zigbeeLink.id,
    address: zigbeeNames.floor,
    position: [1060, 580],
  },
];
