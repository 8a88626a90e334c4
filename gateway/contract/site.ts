import { z } from 'zod';
import { bandsSchema } from './bands.ts';
import { linkSchema } from './link.ts';
import { keySchema, nameSchema } from './names.ts';

// A link is a thing of the site like any other.
export * from './link.ts';

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
