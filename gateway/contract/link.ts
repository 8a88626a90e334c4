import { z } from 'zod';
import type { AskedLink } from './device-type.ts';
import { hasWildcard, plainTopicFault } from './mqtt-topic.ts';
import { keySchema, nameSchema } from './names.ts';

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
