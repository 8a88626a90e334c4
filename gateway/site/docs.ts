import type { z } from 'zod';
import type { DeviceType } from '../contract/device-type.ts';
import type { SettingDefinition } from '../contract/kind.ts';
import {
  areaSchema,
  checkpointSchema,
  deviceSchema,
  householdSchema,
  linkageSchema,
  linkSchema,
  patrolPlanSchema,
  personSchema,
  routeSchema,
  type SiteClass,
  type SiteFile,
  type SiteSettings,
  scheduleSchema,
  siteClasses,
} from '../contract/site.ts';

/** The document of each class of named things. */
export type Docs = { [Class in SiteClass]: SiteFile[Class][number] };
export type Doc = Docs[SiteClass];

export const docSchemas: { [Class in SiteClass]: z.ZodType<Docs[Class]> } = {
  areas: areaSchema,
  links: linkSchema,
  households: householdSchema,
  people: personSchema,
  devices: deviceSchema,
  checkpoints: checkpointSchema,
  routes: routeSchema,
  plans: patrolPlanSchema,
  linkages: linkageSchema,
  schedules: scheduleSchema,
};

/** What one of each class is called in messages. */
export const nouns: Record<SiteClass, string> = {
  areas: 'area',
  links: 'link',
  households: 'household',
  people: 'person',
  devices: 'device',
  checkpoints: 'checkpoint',
  routes: 'route',
  plans: 'plan',
  linkages: 'linkage',
  schedules: 'schedule',
};

/** All that exists on the site at one moment, by class and key. */
export type SiteDocs = { readonly [Class in SiteClass]: ReadonlyMap<string, Docs[Class]> };

/** A site as a whole: before `settings` are set for the first time they are null. */
export interface SiteState {
  settings: SiteSettings | null;
  docs: SiteDocs;
}

/** Builds a `SiteDocs` class by class. */
export function docsOf(
  make: <Class extends SiteClass>(name: Class) => ReadonlyMap<string, Docs[Class]>,
): SiteDocs {
  return Object.fromEntries(siteClasses.map((name) => [name, make(name)])) as unknown as SiteDocs;
}

export const emptyDocs: SiteDocs = docsOf(() => new Map());

/** What the site needs to know of a device type; the devices room's catalogue answers. */
export interface SiteType {
  kind: string;
  link: DeviceType['link'];
  points: Readonly<Record<string, { register?: boolean | undefined }>>;
  events: Readonly<Record<string, unknown>>;
  commands: Readonly<Record<string, unknown>>;
  /** What is wrong with what one of them would take with it, in words; null when nothing is. */
  argumentFault?(command: string, args: Readonly<Record<string, unknown>>): string | null;
  /** Of the kind and the type together. */
  settings: Readonly<Record<string, SettingDefinition>>;
  /** Of the kind and the type together. */
  alarms: Readonly<Record<string, unknown>>;
  /** Of a type with topics of its own: all of them, their names in braces still open. */
  topics?: readonly string[];
  /** Whether its messages name the device, by its address. */
  namesInside?: boolean;
}

export interface SiteTypes {
  type(id: string): SiteType | undefined;
  /** All ids, for suggestions. */
  ids(): Iterable<string>;
}

/** Something wrong with the site as a whole, at one field of one thing (`site`: the settings). */
export interface SiteProblem {
  class: SiteClass | 'site';
  id: string;
  path: PropertyKey[];
  /** The last step of the path is itself wrong, not its value. */
  atKey?: boolean;
  severity: 'error' | 'warning';
  message: string;
}

export type Report = (
  problem: Omit<SiteProblem, 'severity'> & { severity?: SiteProblem['severity'] },
) => void;

/** Whether a record from YAML has this key itself (`constructor` is no point). */
export function has(record: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(record, key);
}
