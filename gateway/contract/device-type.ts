import { z } from 'zod';
import { alarmDefinitionSchema } from './alarm.ts';
import { bandsSchema } from './bands.ts';
import { eventDataSchema } from './event.ts';
import { settingDefinitionSchema } from './kind.ts';
import { keySchema, labelSchema } from './names.ts';
import { pointValueSchema } from './reading.ts';

/** How the raw value becomes the kind's value, in this order: number | sum, then map | invert | scale, offset, then bands. */
export const transformSchema = z.strictObject({
  /** A text such as "10.0" becomes the number that it spells. */
  number: z.boolean().optional(),
  /** A list of numbers becomes their sum: a meter's phases. */
  sum: z.boolean().optional(),
  map: z.record(z.string(), pointValueSchema).optional(),
  invert: z.boolean().optional(),
  scale: z.number().optional(),
  offset: z.number().optional(),
  /** A number becomes the word in whose span it lies: `normal: [4, 6]`. */
  bands: bandsSchema.optional(),
  /** The word of a number that lies in none of the bands; without it such a number is no value. */
  otherwise: z.string().optional(),
});
export type Transform = z.infer<typeof transformSchema>;

export const dataTypeSchema = z.enum([
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'bcd16',
  'bcd32',
  'bcd64',
  'bool',
  'ascii',
  'nibbles',
]);
export type DataType = z.infer<typeof dataTypeSchema>;
export const wordOrderSchema = z.enum(['ABCD', 'CDAB', 'BADC', 'DCBA']);
export type WordOrder = z.infer<typeof wordOrderSchema>;

/** One value read from a Modbus device; `address` is the PDU address (0-based). */
export const modbusReadSchema = z.strictObject({
  function: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  address: z.number().int().min(0).max(65_535),
  type: dataTypeSchema,
  order: wordOrderSchema.default('ABCD'),
  bit: z.number().int().min(0).max(63).optional(),
  /** A span of bits, both ends included, 0 the lowest. */
  bits: z.tuple([z.number().int().min(0).max(63), z.number().int().min(0).max(63)]).optional(),
  /** Of the type `nibbles`: true when any four bits of its registers are one of these (alarm words of four states each). */
  any: z.array(z.number().int().min(0).max(15)).min(1).optional(),
  /** Bytes from the first register to the value: for values that lie across register boundaries. */
  byteOffset: z.number().int().min(0).max(249).optional(),
  /** Raw values that mean "not available": the reading becomes bad. */
  sentinels: z.array(z.number()).optional(),
  /** Registers of an ascii value, or of nibbles. */
  length: z.number().int().min(1).max(60).optional(),
  /** What the value is multiplied by: names of the type's `factors`, or of settings that are numbers. */
  times: z.array(z.string()).min(1).optional(),
});
export type ModbusRead = z.infer<typeof modbusReadSchema>;

/** One value read from a DL/T 645 meter. */
export const dlt645ReadSchema = z.strictObject({
  /** The data identifier, its high byte first, as annex A of the standard prints it: DI3 to DI0, or DI1 DI0 of the edition of 1997. */
  di: z
    .string()
    .regex(
      /^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4})$/,
      'write eight hex digits in quotes, for example "00010000", or four of a meter of 1997, for example "9010"',
    ),
  /** Place in a block, 0 the first. */
  item: z.number().int().min(0).max(63).default(0),
  /** How the number is packed; needed only for an identifier that Gatehouse does not know. */
  digits: z.number().int().min(2).max(14).multipleOf(2).optional(),
  decimals: z.number().int().min(0).max(6).optional(),
  /** The top bit is the direction or the sign. */
  signed: z.boolean().optional(),
});
export type Dlt645Read = z.infer<typeof dlt645ReadSchema>;

/** How the meters of a type with `link: cjt188` differ: what a maker does otherwise than the standard. */
export const cjt188ProfileSchema = z.strictObject({
  /** The type of meter, two hex digits: 10 cold water, 11 hot water, 20 heat, 30 gas … A device's setting `meterType` overrides it. */
  meterType: z.string().regex(/^[1-4][0-9]$/, 'write two digits in quotes, for example "10"'),
  /** The unit's code stands before its value. */
  unitFirst: z.boolean().default(false),
  /** The clock begins with its century. */
  clockHighFirst: z.boolean().default(false),
  /** Decimals of the flow: four by the standard. Compare with the meter's display. */
  flowDecimals: z.number().int().min(0).max(4).default(4),
  /** The data identifier is sent high byte first, as the edition of 2004 has it; answers are taken in either order. */
  identifierHighFirst: z.boolean().default(false),
});
export type Cjt188Profile = z.infer<typeof cjt188ProfileSchema>;

/** One value of the present measurements of a CJ/T 188 meter, in kWh, kW, m³, m³/h, °C or h whatever unit the meter sends. */
export const cjt188ReadSchema = z.union([
  z.strictObject({
    field: z.enum(['total', 'settlement', 'energy', 'energy_settlement', 'power', 'flow', 'volume']),
  }),
  z.strictObject({ field: z.enum(['supply_c', 'return_c', 'work_hours']) }),
  /** True when any of these bits of the status is set; the first byte on the wire is the low one. */
  z.strictObject({ field: z.literal('status'), mask: z.number().int().min(1).max(0xffff) }),
]);
export type Cjt188Read = z.infer<typeof cjt188ReadSchema>;

const writtenSchema = z.union([z.number(), z.boolean()]);
export const modbusWriteSchema = z.strictObject({
  function: z.union([z.literal(5), z.literal(6), z.literal(15), z.literal(16)]),
  address: z.number().int().min(0).max(65_535),
  /** Several are coils (function 15) or registers (function 16) from the address on. */
  value: z.union([writtenSchema, z.array(writtenSchema).min(1).max(123)]).optional(),
  /** Instead of `value`: the argument of the command that is written. */
  argument: z.string().optional(),
  /** How one value lies in the registers of function 16, or an argument in those of 6 and 16; without it a value is one register. */
  type: dataTypeSchema.optional(),
  order: wordOrderSchema.optional(),
  /** Function 6: only these bits of the register are changed. It is read before, and its other bits are written as they were. */
  mask: z.number().int().min(1).max(0xffff).optional(),
});
export type ModbusWrite = z.infer<typeof modbusWriteSchema>;

/**
 * Topics of a type with `link: mqtt`, one or several that tell the same: whole, with `{address}` and `{device}` for the
 * device's own and `{name}` for a setting of that name. Of a native type: what follows `gatehouse/{device}/`.
 */
const topicsSchema = z.union([z.string(), z.array(z.string()).min(1)]);

/**
 * A path such as `a.b[0]["x y"]` or `list[flag="T1"].value`, or several of which the first that leads somewhere counts.
 * `{address}`, `{device}` and `{name}` stand for what they do in topics.
 */
const pathsSchema = z.union([z.string(), z.array(z.string()).min(1)]);

/** Where a point, event or command of the kind comes from, by the link's own way. */
export const pointSourceSchema = z.union([
  z.strictObject({ modbus: modbusReadSchema, ...transformSchema.shape }),
  z.strictObject({ dlt645: dlt645ReadSchema, ...transformSchema.shape }),
  z.strictObject({ cjt188: cjt188ReadSchema, ...transformSchema.shape }),
  z.strictObject({ json: pathsSchema, topic: topicsSchema.optional(), ...transformSchema.shape }),
  /** The whole payload is the value. */
  z.strictObject({ topic: topicsSchema, ...transformSchema.shape }),
  /** A metric of Sparkplug B, by its name in the birth; `{name}` in it stands for what it does in topics. */
  z.strictObject({ metric: z.string().min(1), ...transformSchema.shape }),
  /**
   * The value of an entity that Home Assistant's discovery announces, `component/object` or `component/node/object`; `{name}`
   * stands for what it does in topics. `classes`: the device classes by which the type is offered for it.
   */
  z.strictObject({
    entity: z.string().min(1),
    classes: z.array(z.string()).min(1).optional(),
    ...transformSchema.shape,
  }),
  z.strictObject({ value: z.string().describe('CEL over the other points'), ...transformSchema.shape }),
]);
export type PointSource = z.infer<typeof pointSourceSchema>;

/** A value that is read along to multiply others by: a transformer ratio, decimals as 0.01. */
export const factorSchema = z.strictObject({
  modbus: modbusReadSchema.omit({ times: true }),
  ...transformSchema.shape,
});

/** What the event tells along: the number of the channel. */
const edgeDataSchema = eventDataSchema.optional();

/** A change of a decoded point, to a value or away from it, that becomes an event of the kind. */
export const edgeEventSchema = z.union([
  z.strictObject({ point: z.string(), becomes: pointValueSchema, event: z.string(), data: edgeDataSchema }),
  z.strictObject({ point: z.string(), leaves: pointValueSchema, event: z.string(), data: edgeDataSchema }),
]);
export type EdgeEvent = z.infer<typeof edgeEventSchema>;

/** A message that is an event each time it comes: the press of a button. */
export const messageEventSchema = z.strictObject({
  json: pathsSchema,
  topic: topicsSchema,
  /** The values there that mean it; whatever else stands there means nothing. */
  is: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
});
export type MessageEvent = z.infer<typeof messageEventSchema>;

const wordsSchema = z.union([z.string(), z.array(z.string()).min(1)]);

/** A topic on which somebody tells whether a thing is there, as a bare word or as a word in JSON. */
export const stateTopicSchema = z.strictObject({
  topic: z.string(),
  /** The path of the word when the payload is a JSON object. */
  json: z.string().optional(),
  online: wordsSchema.default('online'),
  offline: wordsSchema.default('offline'),
  /** Words that say neither. */
  neither: z.array(z.string()).default([]),
  /** Whatever comes there says this. */
  says: z.enum(['online', 'offline']).optional(),
});
export type StateTopicSource = z.infer<typeof stateTopicSchema>;

/** Where a device's own time stands: UTC ms, or ISO 8601 with its zone, unless it says otherwise. */
export const ownTimeSchema = z.union([
  z.string(),
  z.strictObject({
    json: z.string(),
    /** Of a number. */
    unit: z.enum(['ms', 's']).default('ms'),
    /** Of a text in UTC: `HH:mm:ss MM/DD/YYYY`; all else stands for itself. */
    format: z.string().optional(),
  }),
]);
export type OwnTime = z.infer<typeof ownTimeSchema>;

/** How a message on a topic that many devices share tells whose it is; by the device's `address`. */
export const whoseSchema = z.strictObject({
  /** The path of the name. */
  json: z.string().optional(),
  /** The message has a field for each device, and paths begin in it; a list there is several messages. */
  fields: z.boolean().default(false),
});
export type Whose = z.infer<typeof whoseSchema>;

/** Codecs for bytes that stand in JSON as base64. */
export const payloadCodecs = ['milesight'] as const;
export type PayloadCodec = (typeof payloadCodecs)[number];

/** Where a device answers commands whose payload has `{request}`, with that number or text in its answer. */
export const commandAnswerSchema = z.strictObject({
  topic: z.string(),
  /** The path of the request's id; a message without it is no answer. */
  id: z.string(),
  /** The values at a path that mean done; without it an answer is one, unless words of an error stand in it. */
  ok: z
    .strictObject({
      json: pathsSchema,
      is: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
    })
    .optional(),
  /** The path of the device's own words for why not. */
  error: pathsSchema.optional(),
});
export type CommandAnswerSource = z.infer<typeof commandAnswerSchema>;

const metricValueSchema = z.union([z.number(), z.boolean(), z.string()]);

/** What a product makes of a word that a command takes with it. */
export const argumentSourceSchema = z.strictObject({
  /** Narrower than the kind's. */
  min: z.number().optional(),
  max: z.number().optional(),
  decimals: z.number().int().min(0).max(6).optional(),
  /** As a point is read that shows it, so that both are written alike; on its way out the value goes them backwards. */
  scale: z
    .number()
    .refine((scale) => scale !== 0, 'a scale of 0 has no way back: write what one step is worth')
    .optional(),
  offset: z.number().optional(),
  map: z.record(z.string(), pointValueSchema).optional(),
});
export type ArgumentSource = z.infer<typeof argumentSourceSchema>;

/** By the name that the kind's command gives each. */
const argumentsSchema = z.record(z.string(), argumentSourceSchema).optional();

const secondsSchema = z.union([z.number().min(0.1).max(6_553), z.string().min(1)]);

/** What an OSDP reader can be told to do. */
const osdpActSchema = z.union([
  /** The first output is 0. */
  z.strictObject({
    output: z.number().int().min(0).max(15),
    on: z.boolean(),
    seconds: secondsSchema.optional(),
  }),
  z.strictObject({
    light: z.enum(['off', 'red', 'green', 'amber', 'blue', 'magenta', 'cyan', 'white']),
    seconds: secondsSchema.optional(),
  }),
  /** So many tones of so many seconds. */
  z.strictObject({ beeps: z.number().int().min(1).max(255), seconds: secondsSchema }),
]);
export type OsdpAct = z.infer<typeof osdpActSchema>;

export const commandSourceSchema = z.union([
  z.strictObject({ modbus: modbusWriteSchema, args: argumentsSchema }),
  /**
   * A text is sent as it is, a mapping as JSON. In both `{name}` stands for what it does in topics, or for the argument of that
   * name, and `{request}` for the id of the command, by which the device's answer is known; a value that is nothing but
   * `{name:number}` becomes a number.
   */
  z.strictObject({
    mqtt: z.strictObject({
      topic: z.string(),
      payload: z.union([z.string(), z.record(z.string(), z.unknown())]),
    }),
    args: argumentsSchema,
  }),
  /** A metric of Sparkplug B is written, by NCMD or DCMD, in the datatype that the birth declares: a value, or an argument. */
  z.strictObject({
    metric: z.strictObject({
      name: z.string().min(1),
      value: metricValueSchema.optional(),
      argument: z.string().optional(),
    }),
    args: argumentsSchema,
  }),
  /** An announced switch is switched, on the topic and with the words of its announcement. */
  z.strictObject({ entity: z.strictObject({ address: z.string().min(1), turn: z.enum(['on', 'off']) }) }),
  /** Of a child: its parent does it, in the parent's own way, with `door` among the arguments. */
  z.strictObject({ parent: z.literal(true) }),
  /** A door controller of the link `uhppote` is told: to store or to delete a card. */
  z.strictObject({ uhppote: z.literal(true) }),
  /** Published on `gatehouse/{device}/commands`; of a child on its parent's, with `door` among the arguments. */
  z.strictObject({ native: z.literal(true), args: argumentsSchema }),
  /** A report as an alarm panel would send it (`qXYZ GG CCC`), to the panel; its password may go along. */
  z.strictObject({
    dc09: z.strictObject({
      /** The id of the maker's own blocks; what is preset is the only one that types knew before it could be said. */
      token: z
        .string()
        .regex(/^[A-Z0-9-]{1,16}$/, 'write it as the panel does: HENG-BO')
        .default('HENG-BO'),
      report: z.string().regex(/^[136]\d{3} \d{2} \d{3}$/, 'write it as 3400 00 099'),
      password: z.boolean().default(false),
    }),
  }),
  /** A card reader on an OSDP line is told. `seconds`: a number, or the name of a setting that is one; without it for good. */
  z.strictObject({ osdp: osdpActSchema }),
  /** Nothing is sent: the gateway itself tells this event of the device, which sets the point that confirms the command. */
  z.strictObject({ tells: z.string() }),
]);

/** The ways on which the gateway asks and the device answers; several may share a bus. */
export const askedLinks = ['modbus', 'dlt645', 'cjt188'] as const;
export type AskedLink = (typeof askedLinks)[number];

export function isAsked(link: string): link is AskedLink {
  return (askedLinks as readonly string[]).includes(link);
}

export const deviceTypeSchema = z.strictObject({
  id: keySchema,
  label: labelSchema,
  kind: keySchema,
  maker: z.string().default('generic'),
  model: z.string().default(''),
  /**
   * Which way it gets its data. `native`: the gateway's own MQTT topics. `mqtt`: topics of the product's own. `child`: its
   * parent's, which speaks for it. `composed`: bound to other devices' points. `sia-dc09`: it reports to the gateway's own
   * alarm receiver. `gbt26875`: a fire transmission device that reports to the gateway's own fire receiver.
   */
  link: z.enum([
    'native',
    'mqtt',
    'child',
    ...askedLinks,
    'surgard-mlr2',
    'ademco-685',
    'sia-dc09',
    'gbt26875',
    'rfid-em4100-serial',
    'uhppote',
    'osdp',
    'composed',
    'none',
  ]),
  /** Poll period of an asked device or a `uhppote` controller, ms. */
  pollMs: z.number().int().min(50).max(3_600_000).default(1_000),
  /** Largest number of registers or bits in one read. */
  maxRead: z.number().int().min(1).max(2_000).default(125),
  /** Of an asked type: how its serial port is set when it is delivered; a new link for it begins so. */
  line: z
    .strictObject({
      baudRate: z.number().int().min(300).max(921_600).optional(),
      parity: z.enum(['none', 'even', 'odd']).optional(),
    })
    .optional(),
  /** Of a type with `link: cjt188`. */
  cjt188: cjt188ProfileSchema.optional(),
  /**
   * Silence longer than this is loss; ms. Native default 90 s; asked devices default 3 polls, at most 90 s; a dial-up panel
   * is known by its daily test report, hence the long end. A device's setting `silenceS` overrides it.
   */
  supervisionMs: z
    .number()
    .int()
    .min(500)
    .max(7 * 86_400_000)
    .optional(),
  settings: z.record(z.string(), settingDefinitionSchema).default({}),
  /** Of a type with `link: modbus`: what its reads may name under `times`. */
  factors: z.record(z.string(), factorSchema).default({}),
  points: z.record(z.string(), pointSourceSchema).default({}),
  /** Events of the kind that stand in messages; of a type with `link: mqtt`. */
  events: z.record(z.string(), messageEventSchema).default({}),
  /** Where a type with `link: mqtt` hears whether the device is there. */
  availability: z.union([stateTopicSchema, z.array(stateTopicSchema).min(1)]).optional(),
  /** Where it hears whether the bridge is there that brings all its devices; their loss is the bridge's. */
  bridge: stateTopicSchema.optional(),
  /** The device's own time in its messages. */
  at: ownTimeSchema.optional(),
  /** Where it answers commands. */
  answer: commandAnswerSchema.optional(),
  /** For topics that do not name the device. */
  whose: whoseSchema.optional(),
  /** Paths at which base64 stands, and what reads its bytes; further paths go on in what it has read. */
  decode: z.record(z.string(), z.enum(payloadCodecs)).default({}),
  edges: z.array(edgeEventSchema).default([]),
  /** Of an alarm panel: Contact ID codes of its own, or that mean something else than in the standard. */
  codes: z
    .record(
      z.string().regex(/^\d{3}$/, 'write the three digits of the code in quotes, for example "485"'),
      z.strictObject({ label: labelSchema, raised: z.string(), restored: z.string() }),
    )
    .default({}),
  commands: z.record(z.string(), commandSourceSchema).default({}),
  /** Overrides of and additions to the kind's alarms. */
  alarms: z.record(z.string(), alarmDefinitionSchema).default({}),
});
export type DeviceType = z.infer<typeof deviceTypeSchema>;
