import { z } from 'zod';
import { bandsSchema } from './bands.ts';
import type { AskedLink } from './device-type.ts';
import { hasWildcard, plainTopicFault } from './mqtt-topic.ts';
import { keySchema } from './names.ts';

const nameSchema = z.string().min(1).max(120);
/** A place on the plan of an area, in the plan's own units (pixels of its drawing), origin at the top left. */
export const positionSchema = z.tuple([z.number(), z.number()]);

export const areaSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  parent: keySchema.optional(),
  kind: z
    .enum(['site', 'building', 'floor', 'garage', 'perimeter', 'plant-room', 'outdoor', 'gate', 'office'])
    .default('outdoor'),
  /** The drawing: an SVG or PNG in the data directory's `plans/`, or none (outlines of the child areas are drawn). */
  plan: z
    .strictObject({
      width: z.number().positive(),
      height: z.number().positive(),
      image: z.string().optional(),
    })
    .optional(),
  /** Its outline on the nearest ancestor that has a plan. */
  outline: z.array(positionSchema).min(2).optional(),
});
export type Area = z.infer<typeof areaSchema>;

/** Settings of a serial port, and how long an answer is waited for, ms; what a protocol has unless the site says otherwise. */
const lineSettings = (baudRate: number, parity: 'none' | 'even', timeoutMs: number) => ({
  baudRate: z.number().int().min(300).max(921_600).default(baudRate),
  dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
  parity: z.enum(['none', 'even', 'odd']).default(parity),
  stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
  timeoutMs: z.number().int().min(20).max(30_000).default(timeoutMs),
});
const modbusLine = lineSettings(9_600, 'none', 500);
/** DL/T 645-2007 §4, CJ/T 188 alike: 2400 bit/s, even parity; a meter may take 500 ms before it begins to answer. */
const meterLine = lineSettings(2_400, 'even', 1_000);
/** OSDP v2.2 §5.2: 9600 bit/s until a reader is told otherwise, 8N1; a reply begins within 200 ms. */
const readerLine = lineSettings(9_600, 'none', 200);

/** Shortest silence between an answer and the next request, ms. */
const gapMs = z.number().int().min(0).max(1_000).default(5);
/** What else is asked on the same pair of wires, each with settings of its own: the port is set anew for each question. */
const also = (modbus: typeof modbusLine, meter: typeof meterLine) =>
  z
    .strictObject({
      'modbus-rtu': z.strictObject(modbus).optional(),
      'dlt645-2007': z.strictObject(meter).optional(),
      cjt188: z.strictObject(meter).optional(),
    })
    .optional();
const modbusProtocol = z.literal('modbus-rtu');
const meterProtocols = z.enum(['dlt645-2007', 'cjt188']);
const heardProtocols = z.enum(['surgard-mlr2', 'ademco-685', 'rfid-em4100-serial']);

const busFields = {
  id: keySchema,
  name: nameSchema.optional(),
  kind: z.literal('bus'),
  /** A serial device (`/dev/ttyUSB0`) or a raw TCP serial server (`tcp://host:port`). */
  path: z.string().min(1),
  gapMs,
};
const askedBusFields = { ...busFields, also: also(modbusLine, meterLine) };

/** A serial line. Asked: modbus-rtu, dlt645-2007, cjt188; osdp. Listened to: surgard-mlr2, ademco-685, rfid-em4100-serial. */
const busSchema = z.discriminatedUnion('protocol', [
  z.strictObject({ ...askedBusFields, protocol: modbusProtocol, ...modbusLine }),
  z.strictObject({ ...askedBusFields, protocol: meterProtocols, ...meterLine }),
  z.strictObject({ ...busFields, protocol: heardProtocols, ...modbusLine }),
  z.strictObject({ ...busFields, protocol: z.literal('osdp'), ...readerLine }),
]);

/** Fixed bytes that a unit sends: text, or hex digits after `hex:`. */
const signalSchema = z
  .string()
  .max(400)
  .regex(
    /^(hex:([0-9A-Fa-f]{2}[\s:-]*)+|(?!hex:)[^\r\n]+)$/,
    'write the text that the unit sends, or its bytes as hex:01A2B3',
  );
const leastRegistration = 4;

/** A mobile network takes up to some seconds; what is patience on a wire would give up too early. */
const mobileMs = 2_500;
const dtuModbusLine = lineSettings(9_600, 'none', 500 + mobileMs);
const dtuMeterLine = lineSettings(2_400, 'even', 1_000 + mobileMs);

const dtuFields = {
  id: keySchema,
  name: nameSchema.optional(),
  kind: z.literal('dtu'),
  /** What the unit sends first on its connection, so that it is known: its IMEI, or what its tool was told. */
  registration: signalSchema.refine(
    (text) =>
      text.startsWith('hex:')
        ? text.replace(/[^0-9A-Fa-f]/g, '').length > 2 * leastRegistration
        : text.length >= leastRegistration,
    `a registration has at least ${leastRegistration} bytes, or it could be found in another one by chance`,
  ),
  /** What it sends now and then between the serial bytes. */
  heartbeat: signalSchema.optional(),
  /** No byte for so long: the connection is dead. */
  silenceS: z.number().int().min(10).max(3_600).default(90),
  gapMs,
};
const askedDtuFields = { ...dtuFields, also: also(dtuModbusLine, dtuMeterLine) };

/** A serial line behind a unit that dials in (4G DTU); the unit's own line settings count, these are for the computed cycle. */
const dtuSchema = z.discriminatedUnion('protocol', [
  z.strictObject({ ...askedDtuFields, protocol: modbusProtocol, ...dtuModbusLine }),
  z.strictObject({ ...askedDtuFields, protocol: meterProtocols, ...dtuMeterLine }),
  z.strictObject({ ...dtuFields, protocol: heardProtocols, ...dtuModbusLine }),
]);

/** The root of a tree of topics, whole levels: `zigbee2mqtt` stands for `zigbee2mqtt` and all below it. */
const topicTreeSchema = z.string().refine((tree) => plainTopicFault(tree) === null, {
  error: ({ input }) => {
    const tree = String(input);
    const mend = hasWildcard(tree) ? '; a prefix stands for all below it, write it without' : '';
    return `${JSON.stringify(tree)} is no root of topics: ${plainTopicFault(tree)}${mend}`;
  },
});

/** By which nodes of Sparkplug B know the gateway as their host, on `spBv1.0/STATE/…`; default the site's id. */
const sparkplugHostSchema = z.string().refine((id) => plainTopicFault(id) === null && !id.includes('/'), {
  error: ({ input }) =>
    `${JSON.stringify(input)} is no host id of Sparkplug B: ${plainTopicFault(String(input)) ?? 'it is one level of a topic, without /'}`,
});
/** Where datagrams go: an IPv4 address or a name, with a port or without. */
const endpointSchema = z
  .string()
  .regex(/^[0-9A-Za-z.-]{1,253}(:\d{1,5})?$/, 'write it as 192.168.1.50 or 192.168.1.50:60000');

export const linkSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id: keySchema,
    name: nameSchema.optional(),
    kind: z.literal('modbus-tcp'),
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(502),
    timeoutMs: z.number().int().min(50).max(30_000).default(1_000),
  }),
  busSchema,
  dtuSchema,
  /** The network on which UHPPOTE ("UT0311-L0x") door controllers are asked by UDP, and push what happens. */
  z.strictObject({
    id: keySchema,
    name: nameSchema.optional(),
    kind: z.literal('uhppote'),
    /** Where controllers are called that have no `host` of their own: the broadcast address of their network. */
    broadcast: endpointSchema.default('255.255.255.255'),
    /** Where pushed events are heard; `0.0.0.0` is every address of this machine, port 0 a free one. */
    listen: z
      .string()
      .regex(
        /^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$/,
        'write it as 0.0.0.0:60001, an IPv4 address of this machine and a port',
      )
      .default('0.0.0.0:60001'),
    /** What controllers are told to push to, where that is not what `listen` says: behind a container or a router. */
    announce: endpointSchema.optional(),
    timeoutMs: z.number().int().min(50).max(10_000).default(500),
  }),
  /** A broker that is not ours (Mosquitto, EMQX …), to which the gateway is a client. */
  z.strictObject({
    id: keySchema,
    name: nameSchema.optional(),
    kind: z.literal('mqtt'),
    url: z
      .string()
      .regex(
        /^mqtts?:\/\/(\[[0-9A-Fa-f:]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/,
        'write mqtt://host:1883, or mqtts://host:8883 for TLS; name and password have fields of their own',
      ),
    version: z.enum(['3.1.1', '5']).default('5'),
    username: z.string().min(1).optional(),
    password: z
      .string()
      .regex(
        /^env:[A-Za-z_][A-Za-z0-9_]*$/,
        'a password never stands in the site; write env:NAME and set NAME where the gateway is started',
      )
      .optional(),
    /** The broker keeps what comes while the gateway is away under this name; default `gatehouse-{site}-{link}`. */
    clientId: z
      .string()
      .regex(/^[0-9A-Za-z._~-]{1,128}$/, 'use 1 to 128 letters, digits, and . _ ~ -')
      .optional(),
    /** The trees of topics that the gateway listens to there. */
    prefixes: z.array(topicTreeSchema).min(1),
    /** Announces the site's devices there: the first level of Home Assistant's discovery topics, `homeassistant`. */
    homeAssistant: topicTreeSchema.optional(),
    sparkplugHost: sparkplugHostSchema.optional(),
  }),
  /** The credential of a bridge (Zigbee2MQTT …) on the embedded broker. */
  z.strictObject({
    id: keySchema,
    name: nameSchema.optional(),
    kind: z.literal('mqtt-bridge'),
    /** The trees of topics in which it may publish and subscribe, and no other. */
    prefixes: z.array(topicTreeSchema).min(1),
    sparkplugHost: sparkplugHostSchema.optional(),
  }),
]);
export type Link = z.infer<typeof linkSchema>;
export type OsdpBus = Extract<Link, { protocol: 'osdp' }>;
export type MqttLink = Extract<Link, { kind: 'mqtt' | 'mqtt-bridge' }>;
export type UhppoteLink = Extract<Link, { kind: 'uhppote' }>;
/** A link of bytes: a bus, a unit that dials in, a socket. */
export type LineLink = Exclude<Link, MqttLink | UhppoteLink>;

export function isMqttLink(link: Link): link is MqttLink {
  return link.kind === 'mqtt' || link.kind === 'mqtt-bridge';
}

/** The first level of Home Assistant's discovery topics on a link: on which the site announces itself, too, if it does. */
export function discoveryPrefix(link: MqttLink): string {
  return (link.kind === 'mqtt' ? link.homeAssistant : undefined) ?? 'homeassistant';
}

export function isLineLink(link: Link): link is LineLink {
  return !isMqttLink(link) && link.kind !== 'uhppote';
}

/** The protocols that are asked on a bus, and what a device type that speaks one has as its `link`. */
export const askedOnBus = {
  'modbus-rtu': 'modbus',
  'dlt645-2007': 'dlt645',
  cjt188: 'cjt188',
} as const satisfies Record<string, AskedLink>;
const busProtocols = { modbus: 'modbus-rtu', dlt645: 'dlt645-2007', cjt188: 'cjt188' } as const satisfies {
  [speech in AskedLink]: AskedBusProtocol;
};
export type AskedBusProtocol = keyof typeof askedOnBus;
export type AskedBus = Extract<Link, { protocol: AskedBusProtocol }>;

export function isAskedBus(link: Link): link is AskedBus {
  return 'protocol' in link && Object.hasOwn(askedOnBus, link.protocol);
}

/** How a protocol goes over an asked bus; undefined: the bus does not carry it. */
export function busLine(bus: AskedBus, speech: AskedLink) {
  const carried = { ...bus.also, [bus.protocol]: bus };
  return carried[busProtocols[speech]];
}
export type LineSettings = Pick<AskedBus, 'baudRate' | 'dataBits' | 'parity' | 'stopBits'>;

const pointReferenceSchema = z
  .string()
  .regex(/^[a-z0-9-]+\.[A-Za-z0-9]+$/, 'write it as device.point, for example io-2.in4');

/** A point, event or command of a composed device bound to another device's. `from` is `device.point`. */
export const bindingSchema = z.union([
  pointReferenceSchema,
  z.strictObject({
    from: pointReferenceSchema,
    invert: z.boolean().optional(),
    scale: z.number().optional(),
    offset: z.number().optional(),
    map: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
    bands: bandsSchema.optional(),
    otherwise: z.string().optional(),
    /** An event raised at the edge to true / to false instead of a point. */
    event: z.string().optional(),
    restore: z.string().optional(),
  }),
]);
export type Binding = z.infer<typeof bindingSchema>;

/** Where a meter stands among the others, and whose supply it counts; only for kinds that have registers. */
export const meterPlaceSchema = z.strictObject({
  /** The meter upstream of it, which counts all that it counts. */
  main: keySchema.optional(),
  /** Whose supply it is: residential, commercial, public, fire, solar, or a name of the site's own. Else that of its main. */
  account: z.string().min(1).max(60).optional(),
  /** What it counts forward is fed in (solar, a generator), not drawn. */
  generates: z.boolean().optional(),
  /** Whole digits of its register: one of 6 goes from 999999 to 0. */
  digits: z.number().int().min(4).max(9).optional(),
});
export type MeterPlace = z.infer<typeof meterPlaceSchema>;

export const deviceSchema = z.strictObject({
  id: keySchema,
  type: keySchema,
  name: nameSchema,
  area: keySchema,
  /** Absent for composed devices, and for native MQTT devices unless they speak through an outside broker or a bridge. */
  link: keySchema.optional(),
  /** Unit id, account number, a bridge's name of the device … as the link's protocol wants it. */
  address: z.union([z.string(), z.number()]).optional(),
  parent: keySchema.optional(),
  bind: z.record(z.string(), bindingSchema).optional(),
  household: keySchema.optional(),
  cameras: z.array(keySchema).optional(),
  position: positionSchema.optional(),
  /** A perimeter segment or zone as a line or polygon on the plan. */
  shape: z.array(positionSchema).min(2).optional(),
  meter: meterPlaceSchema.optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
});
export type Device = z.infer<typeof deviceSchema>;

export const householdSchema = z.strictObject({
  id: keySchema,
  room: nameSchema,
  area: keySchema,
  contacts: z.array(z.strictObject({ name: nameSchema, phone: z.string().optional() })).default([]),
  notes: z.string().optional(),
  /** Shown only to those allowed; every look is recorded. */
  medical: z.string().optional(),
  alarmService: z.boolean().default(false),
});
export type Household = z.infer<typeof householdSchema>;

export const personSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  role: z.enum(['guard', 'engineer', 'operator', 'resident', 'staff', 'other']).default('other'),
  household: keySchema.optional(),
  phone: z.string().optional(),
  /** Cards and tags, in any of the field's spellings. */
  cards: z.array(z.string()).default([]),
});
export type Person = z.infer<typeof personSchema>;

export const checkpointSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  area: keySchema,
  tag: z.string().min(1),
  camera: keySchema.optional(),
  position: positionSchema.optional(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

export const routeSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  /** In walking order; minutes after the start of the round at which each is due. */
  checkpoints: z
    .array(
      z.strictObject({
        checkpoint: keySchema,
        dueMin: z.number().min(0),
        /** Least seconds for the way from the stop before; `minWalkS` of the route where it says nothing. */
        walkS: z.number().min(0).optional(),
      }),
    )
    .min(1),
  /** ± minutes around the due time that count as on time. */
  toleranceMin: z.number().min(0).default(5),
  /** Minutes after the last due time at which the round is judged. */
  graceMin: z.number().min(0).default(10),
  ordered: z.boolean().default(true),
  /** Two checkpoints within less than this (s) nobody has walked: their tags were read elsewhere. 0: not judged. */
  minWalkS: z.number().min(0).default(10),
});
export type Route = z.infer<typeof routeSchema>;

export const patrolPlanSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  route: keySchema,
  /** Start times in the site's time zone as a cron pattern, five fields. */
  schedule: z.string().min(1),
  guards: z.array(keySchema).default([]),
  enabled: z.boolean().default(true),
});
export type PatrolPlan = z.infer<typeof patrolPlanSchema>;

/** One command to one device, or to all devices of a kind that take it. */
export const linkageActionSchema = z.strictObject({
  device: keySchema.optional(),
  /** Instead of `device`: a kind. All its devices in the alarm's area and those under it are meant. */
  all: keySchema.optional(),
  /** With `all`: another area than the alarm's, with those under it. */
  within: keySchema.optional(),
  command: z.string(),
  args: z.record(z.string(), z.unknown()).optional(),
});
export type LinkageAction = z.infer<typeof linkageActionSchema>;

/** When an alarm of this kind rises there, these commands go out. */
export const linkageSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  on: z.strictObject({
    device: keySchema.optional(),
    area: keySchema.optional(),
    definition: z.string().optional(),
  }),
  do: z.array(linkageActionSchema).min(1),
  /**
   * So long after the alarm those that nothing has confirmed are named, and asked again until they are or the alarm is closed.
   * A linkage with `all` does so after 2 s.
   */
  listAfterMs: z.number().int().min(500).max(60_000).optional(),
});
export type Linkage = z.infer<typeof linkageSchema>;

/** `18:30`; as an end also `24:00`. In the site's time zone. */
const clockTimeSchema = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write it as HH:MM, for example 18:30 (24:00 ends a day)');
const onOff = { on: clockTimeSchema, off: clockTimeSchema };
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A stretch of a day in which something shall be on; one whose `off` is not after its `on` ends on the next day. */
export const schedulePeriodSchema = z.strictObject({
  ...onOff,
  /** Days on which it begins; every day when absent. */
  days: z.array(z.enum(weekdays)).min(1).optional(),
});
export type SchedulePeriod = z.infer<typeof schedulePeriodSchema>;

/** When lights and water features are on. Inside its periods, or all day when it has none, `light` decides where it is given. */
export const scheduleSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  devices: z.array(keySchema).min(1),
  periods: z.array(schedulePeriodSchema).default([]),
  /** Days with periods of their own instead (festivals); none: it stays off. The first that names a day counts. */
  exceptions: z
    .array(
      z.strictObject({
        name: nameSchema.optional(),
        /** `2027-02-06`, `10-01` (every year), or from–to: `2027-02-05/2027-02-12`, `12-24/01-02`. */
        dates: z
          .array(
            z
              .string()
              .regex(
                /^(\d{4}-)?\d{2}-\d{2}(\/(\d{4}-)?\d{2}-\d{2})?$/,
                'write it as 2027-02-06, 10-01, or from/to: 2027-02-05/2027-02-12',
              ),
          )
          .min(1),
        periods: z.array(z.strictObject(onOff)).default([]),
      }),
    )
    .default([]),
  /** On when it gets darker than the one, off when it gets lighter than the other, each for `delayS`. */
  light: z
    .strictObject({
      sensor: keySchema,
      onBelowLx: z.number().min(0),
      offAboveLx: z.number().min(0),
      delayS: z.number().int().min(0).max(3_600).default(60),
    })
    .optional(),
  /** A device may differ from its plan for so long before that is an alarm. */
  graceS: z.number().int().min(5).max(3_600).default(60),
  enabled: z.boolean().default(true),
});
export type Schedule = z.infer<typeof scheduleSchema>;

export const siteSettingsSchema = z.strictObject({
  id: keySchema,
  name: nameSchema,
  /** IANA name; schedules live in it. */
  timeZone: z.string().default('Asia/Shanghai'),
});
export type SiteSettings = z.infer<typeof siteSettingsSchema>;

/** `site.yaml`: what exists on the site. The database is the truth; the file is a way in and out. */
export const siteFileSchema = z.strictObject({
  site: siteSettingsSchema,
  areas: z.array(areaSchema).default([]),
  links: z.array(linkSchema).default([]),
  households: z.array(householdSchema).default([]),
  people: z.array(personSchema).default([]),
  devices: z.array(deviceSchema).default([]),
  checkpoints: z.array(checkpointSchema).default([]),
  routes: z.array(routeSchema).default([]),
  plans: z.array(patrolPlanSchema).default([]),
  linkages: z.array(linkageSchema).default([]),
  schedules: z.array(scheduleSchema).default([]),
});
export type SiteFile = z.infer<typeof siteFileSchema>;

/** The classes of named things that the site room keeps, and the order in which they depend on each other. */
export const siteClasses = [
  'areas',
  'links',
  'households',
  'people',
  'devices',
  'checkpoints',
  'routes',
  'plans',
  'linkages',
  'schedules',
] as const;
export type SiteClass = (typeof siteClasses)[number];
