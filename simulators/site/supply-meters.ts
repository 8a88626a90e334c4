/**
 * The supply of shops and public loads of the demo compound, with a roof that generates, and its public water: meters that speak
 * MQTT and keep their hours. The homes' meters are on the meter bus.
 */
export const supplyMeters = [
  {
    id: 'power-main',
    type: 'native-electricity-meter',
    name: '商业与公共进线电表',
    area: 'office',
    meter: { account: 'commercial' },
  },
  ...[
    ['power-shops', '商铺电表', 'gate', {}],
    ['power-garage', '车库电表', 'garage', { account: 'public' }],
    ['power-lighting', '公共照明电表', 'compound', { account: 'public' }],
    ['power-lifts', '电梯电表', 'building-1', { account: 'public' }],
    ['power-roof', '屋面光伏电表', 'building-2', { account: 'solar', generates: true }],
  ].map(([id, name, area, place]) => ({
    ...{ id, type: 'native-electricity-meter', name, area },
    meter: { main: 'power-main', ...(place as object) },
  })),
  {
    id: 'water-public',
    type: 'native-water-meter',
    name: '公共用水总表',
    area: 'pump-room',
    meter: { account: 'public' },
  },
  ...[
    ['water-garden', '绿化水表', 'compound', {}],
    ['water-fountain', '水景水表', 'gate', {}],
    ['water-makeup', '消防补水表', 'pump-room', { account: 'fire' }],
  ].map(([id, name, area, place]) => ({
    ...{ id, type: 'native-water-meter', name, area },
    meter: { main: 'water-public', ...(place as object) },
  })),
] as { id: string }[];
