import type { Device } from '../../gateway/contract/site.ts';

// The meters on the meter bus of the demo compound: three electricity supplies and the water main, and what hangs behind each.
// Those that speak MQTT and keep their hours are the supply meters beside this.

/** How a meter is read: two kinds of DL/T 645 meters, one of CJ/T 188, three Modbus ones on the same pair of wires. */
type Way =
  | 'dlt645-2007-meter'
  | 'dlt645-2007-single-phase-meter'
  | 'eastron-sdm630'
  | 'eastron-sdm230'
  | 'tuf-2000m'
  | 'cjt188-water-meter';

/** What makes the load behind a meter change; a steady one goes up and down a little. */
export type Load = 'steady' | 'pumps' | 'lights' | 'fountain';

export interface DemoMeter {
  id: string;
  name: string;
  area: string;
  way: Way;
  /** Its number, or its unit id. */
  address: string | number;
  /** The meter upstream. A main itself counts what is behind it. */
  main?: string;
  account?: string;
  load: Load;
  /** At full load: kW, or m³/h. */
  full: number;
  /** Its register when the demo begins: kWh, or m³. */
  register: number;
  /** m³/h that may flow at night: where people live somebody always draws water. */
  nightFlow?: number;
}

const number = (n: number): string => `2026112800${String(n).padStart(2, '0')}`;
/** Fourteen digits: the maker's code, the number. */
const waterNumber = '00002026112833';
const threePhase = 'dlt645-2007-meter';
const singlePhase = 'dlt645-2007-single-phase-meter';

type Row = [
  id: string,
  name: string,
  area: string,
  way: Way,
  address: string | number,
  load: Load,
  full: number,
  register: number,
];

function behind(main: string, rows: readonly Row[]): DemoMeter[] {
  return rows.map(([id, name, area, way, address, load, full, register]) => ({
    ...{ id, name, area, way, address, load, full, register, main },
  }));
}

function supply(row: Row, account: string | undefined, rows: readonly Row[], nightFlow?: number) {
  const [id, name, area, way, address, load, full, register] = row;
  const main: DemoMeter = {
    ...{ id, name, area, way, address, load, full, register },
    ...(account === undefined ? {} : { account }),
    ...(nightFlow === undefined ? {} : { nightFlow }),
  };
  return [main, ...behind(id, rows)];
}

const residential = supply(
  ['meter-residential', '住宅总电表', 'power-room', threePhase, number(1), 'steady', 0, 48_213.6],
  'residential',
  [
    ['meter-building-1', '1 号楼电表', 'building-1', threePhase, number(2), 'steady', 24, 18_302.44],
    ['meter-building-2', '2 号楼电表', 'building-2', threePhase, number(3), 'steady', 22, 16_988.07],
  ],
);
const commercial = supply(
  ['meter-commercial', '沿街商铺进线电表', 'power-room', threePhase, number(4), 'steady', 0, 21_930.1],
  'commercial',
  [
    ['meter-market', '生鲜超市电表', 'shops', threePhase, number(5), 'steady', 11, 9_310.9],
    ['meter-shop-1', '商铺 1 电表', 'shops', singlePhase, number(6), 'steady', 2.2, 1_204.3],
    ['meter-shop-2', '商铺 2 电表', 'shops', singlePhase, number(7), 'steady', 1.4, 987.45],
    ['meter-shop-3', '商铺 3 电表', 'shops', singlePhase, number(8), 'steady', 2.9, 2_210.6],
    ['meter-shop-4', '商铺 4 电表', 'shops', singlePhase, number(9), 'steady', 1.8, 1_406.12],
  ],
);
const publicSupply = supply(
  ['meter-public', '机房公共进线电表', 'power-room', threePhase, number(10), 'steady', 0, 30_114.2],
  'public',
  [
    ['meter-pumps', '水泵房电表', 'pump-room', 'eastron-sdm630', 11, 'pumps', 7.5, 9_321.5],
    ['meter-lights', '室外照明电表', 'garden', 'eastron-sdm630', 14, 'lights', 3.1, 4_410.3],
    ['meter-garage', '地库风机照明电表', 'garage', 'eastron-sdm630', 15, 'steady', 4.5, 7_120.6],
    ['meter-fire-pumps', '消防泵房电表', 'pump-room', 'eastron-sdm630', 16, 'steady', 0.2, 402.9],
    ['meter-office', '物业办公电表', 'office', 'eastron-sdm230', 17, 'steady', 1.2, 1_980.4],
    ['meter-gate', '岗亭道闸电表', 'gate', 'eastron-sdm230', 18, 'steady', 0.4, 620.3],
    ['meter-fountain', '水景电表', 'garden', 'eastron-sdm230', 19, 'fountain', 1.5, 811.6],
  ],
);
const water = supply(
  ['water-main', '给水总表', 'pump-room', 'tuf-2000m', 31, 'steady', 0, 5_210.4],
  undefined,
  [
    ['water-building-1', '1 号楼水表', 'building-1', 'tuf-2000m', 32, 'steady', 2.6, 2_110.7],
    [
      'water-building-2',
      '2 号楼水表',
      'building-2',
      'cjt188-water-meter',
      waterNumber,
      'steady',
      2.3,
      1_986.2,
    ],
  ],
  20,
);

export const demoMeters: readonly DemoMeter[] = [
  ...residential,
  ...commercial,
  ...publicSupply,
  ...water,
].map((meter) => (meter.id.startsWith('water-building') ? { ...meter, nightFlow: 20 } : meter));

/** As `site.yaml` has them. */
export const meterDevices: readonly Device[] = demoMeters.map(
  ({ id, name, area, way, address, main, account, nightFlow }) => ({
    ...{ id, type: way, name, area, link: 'meter-bus', address },
    ...(main === undefined && account === undefined
      ? {}
      : {
          meter: {
            ...(main === undefined ? {} : { main }),
            ...(account === undefined ? {} : { account }),
          },
        }),
    ...(nightFlow === undefined ? {} : { settings: { nightFlow } }),
  }),
);
