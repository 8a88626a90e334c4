import type { SiteType, SiteTypes } from './docs.ts';

/** For tests: a small catalogue and a site file that has nothing wrong with it. */
function type(
  kind: string,
  link: SiteType['link'],
  parts: {
    points?: string;
    registers?: string;
    events?: string;
    commands?: string;
    alarms?: string;
    settings?: SiteType['settings'];
    topics?: string[];
  },
): SiteType {
  const set = (words: string, each = {}) => Object.fromEntries(words.split(' ').map((word) => [word, each]));
  const { points, registers, events, commands, alarms, settings = {}, topics = [] } = parts;
  return {
    kind,
    link,
    points: { ...(points ? set(points) : {}), ...(registers ? set(registers, { register: true }) : {}) },
    events: events ? set(events) : {},
    commands: commands ? set(commands) : {},
    alarms: alarms ? set(alarms) : {},
    settings,
    topics,
  };
}

const label = { zh: '设定', en: 'Setting' };
const catalogue = new Map<string, SiteType>([
  [
    'tank-level-rtu',
    type('tank', 'modbus', {
      points: 'level',
      alarms: 'high low',
      settings: {
        highM: { label, type: 'number', unit: 'm', min: 0, max: 20 },
        sensor: { label, type: 'text' },
        filtered: { label, type: 'bool' },
        password: { label, type: 'text', secret: true },
      },
    }),
  ],
  ['meter-645', type('electricity-meter', 'dlt645', { points: 'energyImport' })],
  ['io-8ch', type('io-module', 'modbus', { points: 'in1 in2 in3 out1 out2', commands: 'switch' })],
  [
    'pump-contacts',
    type('pump', 'composed', { points: 'running fault', events: 'tripped', commands: 'start stop' }),
  ],
  [
    'segment-contact',
    type('perimeter-zone', 'composed', { points: 'tripped', events: 'zone.alarm zone.restore' }),
  ],
  ['panic-mqtt', type('panic-button', 'native', { events: 'panic', alarms: 'panic' })],
  ['receiver-mlr2', type('alarm-receiver', 'surgard-mlr2', {})],
  [
    'home-panel',
    type('home-alarm-panel', 'surgard-mlr2', { events: 'panic zone.alarm', alarms: 'intrusion' }),
  ],
  [
    'panel-ip',
    type('home-alarm-panel', 'sia-dc09', {
      events: 'panic zone.alarm',
      settings: { key: { label, type: 'text', secret: true } },
    }),
  ],
  ['receiver-ip', type('home-alarm-receiver', 'sia-dc09', {})],
  ['fire-transmitter', type('fire-panel', 'gbt26875', { events: 'fire' })],
  ['fire-part', type('fire-input', 'child', { points: 'fire' })],
  ['controller-udp', type('door-controller', 'uhppote', {})],
  ['reader-rs485', type('card-reader', 'osdp', {})],
  ['reader-em4100', type('patrol-reader', 'rfid-em4100-serial', { events: 'checkin' })],
  ['power-meter', type('electricity-meter', 'native', { registers: 'energyImport' })],
  ['flow-meter', type('water-meter', 'native', { registers: 'volume' })],
  ['controller-door', type('door', 'child', { points: 'opened' })],
  [
    'camera-onvif',
    type('camera', 'none', {
      settings: {
        snapshotUrl: { label, type: 'text' },
        user: { label, type: 'text' },
        password: { label, type: 'text', secret: true },
        liveUrl: { label, type: 'text' },
        recordingUrl: { label, type: 'text' },
      },
    }),
  ],
  [
    'zigbee-contact',
    type('door', 'mqtt', {
      points: 'opened battery',
      settings: { base: { label, type: 'text', default: 'zigbee2mqtt' } },
      topics: ['{base}/{address}', '{base}/bridge/state'],
    }),
  ],
  ['wall-light', type('light', 'native', { points: 'on', commands: 'on off' })],
]);

export const siteTypes: SiteTypes = { type: (id) => catalogue.get(id), ids: () => catalogue.keys() };

export const goodSite = `site:
  id: garden
  name: 花园小区
  timeZone: Asia/Shanghai
areas:
  - id: garden
    name: 花园小区
    kind: site
    plan: { width: 1200, height: 800, image: garden.svg }
  - id: garage
    name: 地下车库
    parent: garden
    kind: garage
  - id: b1
    name: 1号楼
    parent: garden
    kind: building
    outline: [[100, 100], [200, 100], [200, 200]]
links:
  - id: bus-1
    kind: bus
    path: tcp://127.0.0.1:4001
    protocol: modbus-rtu
  - id: plc
    kind: modbus-tcp
    host: 127.0.0.1
  - id: alarm-line
    kind: bus
    path: /dev/ttyUSB1
    protocol: surgard-mlr2
  - id: patrol-line
    kind: bus
    path: /dev/ttyUSB2
    protocol: rfid-em4100-serial
households:
  - id: b1-101
    room: 1-101
    area: b1
    contacts:
      - { name: 王芳, phone: "13800000000" }
    medical: 心脏病
    alarmService: true
people:
  - id: li-wei
    name: 李伟
    role: guard
    cards: ["0006547886"]
  - id: wang-fang
    name: 王芳
    role: resident
    household: b1-101
devices:
  - id: tank-1
    type: tank-level-rtu
    name: 消防水池
    area: garage
    link: bus-1
    address: 1
    cameras: [cam-1]
    settings: { highM: 3.2, sensor: 4-20mA, filtered: true, password: env:TANK_PASSWORD }
  - id: io-1
    type: io-8ch
    name: 车库模块
    area: garage
    link: plc
    address: 1
  - id: pump-1
    type: pump-contacts
    name: 排污泵
    area: garage
    bind: { running: io-1.in1, fault: { from: io-1.in2, invert: true }, start: io-1.out1 }
  - id: segment-1
    type: segment-contact
    name: 北围墙
    area: garden
    bind: { tripped: { from: io-1.in3, event: zone.alarm, restore: zone.restore } }
  - id: panic-1
    type: panic-mqtt
    name: 门卫按钮
    area: garden
  - id: receiver-1
    type: receiver-mlr2
    name: 接警机
    area: garden
    link: alarm-line
  - id: home-101
    type: home-panel
    name: 1-101 报警主机
    area: b1
    parent: receiver-1
    address: "0101"
    household: b1-101
    settings: { zones: { 3: 客厅红外 }, users: { 5: wang-fang } }
  - id: reader-1
    type: reader-em4100
    name: 巡更读卡器
    area: garden
    link: patrol-line
  - id: cam-1
    type: camera-onvif
    name: 车库摄像机
    area: garage
    settings:
      snapshotUrl: http://10.0.0.9/picture.jpg
      user: viewer
      password: env:CAMERA_PASSWORD
      liveUrl: http://nvr/live?src=1
      recordingUrl: http://nvr/play?at={time}
  - id: light-1
    type: wall-light
    name: 北墙灯
    area: garden
checkpoints:
  - id: cp-1
    name: 北门
    area: garden
    tag: 010063E9AF
  - id: cp-2
    name: 车库入口
    area: garage
    tag: 010063E9B0
    camera: cam-1
routes:
  - id: night
    name: 夜巡
    checkpoints:
      - { checkpoint: cp-1, dueMin: 0 }
      - { checkpoint: cp-2, dueMin: 10 }
plans:
  - id: night-plan
    name: 夜巡计划
    route: night
    schedule: 0 22,2 * * *
    guards: [li-wei]
linkages:
  - id: wall-light
    name: 围墙灯联动
    on: { device: segment-1 }
    do:
      - { device: light-1, command: "on" }
`;

export const siteEnv = { TANK_PASSWORD: 'secret', CAMERA_PASSWORD: 'secret' };
