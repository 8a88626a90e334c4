import { type Device, type Link, type SiteClass, siteClasses } from '../contract/site.ts';
import { suggestion } from '../lib/nearest.ts';
import { checkCameras } from './check-cameras.ts';
import { checkDevices } from './check-devices.ts';
import { checkLinkages } from './check-linkages.ts';
import { checkLinks } from './check-links.ts';
import { checkMqttLinks } from './check-mqtt.ts';
import { checkPatrol, knowsTimeZone } from './check-patrol.ts';
import { checkPlant } from './check-plant.ts';
import { checkTags } from './check-tags.ts';
import {
  nouns,
  type Report,
  type SiteDocs,
  type SiteProblem,
  type SiteState,
  type SiteTypes,
} from './docs.ts';
import { listed, missing, reportRings } from './references.ts';

export interface CheckContext {
  types: SiteTypes;
  /** Where `env:NAME` is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** When a key was removed (UTC ms); such a key is never used again. */
  retiredAt?(name: SiteClass, id: string): number | undefined;
  /** Worst cycles of the buses against what their devices need. */
  checkBuses?(docs: SiteDocs): SiteProblem[];
}

/** Everything that is wrong with a site as it would stand. Pure; the forms of the documents have been checked before. */
export function checkSite(state: SiteState, context: CheckContext): SiteProblem[] {
  const problems: SiteProblem[] = [];
  const report: Report = (problem) => problems.push({ severity: 'error', ...problem });
  const { docs } = state;
  checkTimeZone(state, report);
  checkAreas(docs, report);
  checkHouseholds(docs, report);
  checkPeople(docs, report);
  checkTags(docs, report);
  checkLinks(docs, report);
  checkMqttLinks(docs, report);
  checkDevices(docs, context.types, report);
  checkCameras(docs, context.types, report);
  checkPatrol(state, context.types, report);
  checkLinkages(docs, context.types, report);
  checkPlant(docs, context.types, report);
  checkSecrets(state, context.env, report);
  for (const name of siteClasses)
    for (const id of docs[name].keys()) {
      const at = context.retiredAt?.(name, id);
      if (at !== undefined)
        report({
          class: name,
          id,
          path: ['id'],
          message: `the key "${id}" belonged to a ${nouns[name]} that was removed on ${new Date(at).toISOString().slice(0, 10)}, and a key is never used again, so that old records stay true; choose another`,
        });
    }
  // A site with dangling references has no cycles worth computing.
  if (context.checkBuses && !problems.some((problem) => problem.severity === 'error'))
    problems.push(...context.checkBuses(docs));
  return problems;
}

/** What is wrong with one device beside those of a site, at its own fields; the device that has its address now is passed over. */
export function problemsWith(
  state: SiteState,
  device: Device,
  context: CheckContext,
  link?: Link,
): SiteProblem[] {
  const { docs } = state;
  const isTwin = ({ link, parent, address }: Device) =>
    device.address !== undefined &&
    link === device.link &&
    parent === device.parent &&
    String(address) === String(device.address);
  const others = [...docs.devices.values()].filter((one) => one.id !== device.id && !isTwin(one));
  const devices = new Map([...others, device].map((one) => [one.id, one]));
  const { types, env } = context;
  const links = link ? new Map(docs.links).set(link.id, link) : docs.links;
  return checkSite({ ...state, docs: { ...docs, links, devices } }, { types, env }).filter(
    ({ class: name, id, severity, path }) =>
      severity === 'error' &&
      ((name === 'devices' && id === device.id && path[0] !== 'area') ||
        (name === 'links' && id === link?.id)),
  );
}

function checkTimeZone(state: SiteState, report: Report): void {
  const { settings } = state;
  if (!settings || knowsTimeZone(settings.timeZone)) return;
  const near = suggestion(settings.timeZone, Intl.supportedValuesOf('timeZone'));
  report({
    class: 'site',
    id: settings.id,
    path: ['timeZone'],
    message: `the time zone "${settings.timeZone}" is unknown${near || '; use an IANA name such as Asia/Shanghai'}`,
  });
}

function checkAreas(docs: SiteDocs, report: Report): void {
  for (const area of docs.areas.values()) {
    if (area.parent !== undefined && !docs.areas.has(area.parent))
      report({ class: 'areas', id: area.id, path: ['parent'], message: missing(docs, 'areas', area.parent) });
    const image = area.plan?.image;
    if (image !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*\.(svg|png)$/.test(image))
      report({
        class: 'areas',
        id: area.id,
        path: ['plan', 'image'],
        message: `"${image}" must be the plain name of an SVG or PNG file in the plans folder of the data directory, for example garage.svg`,
      });
  }
  reportRings(
    docs.areas.keys(),
    (id) => listed(docs.areas.get(id)?.parent),
    (id, ring) =>
      report({
        class: 'areas',
        id,
        path: ['parent'],
        message: `the area lies inside itself (${ring.join(' → ')}); take one "parent" of the ring out`,
      }),
  );
}

function checkHouseholds(docs: SiteDocs, report: Report): void {
  for (const household of docs.households.values())
    if (!docs.areas.has(household.area))
      report({
        class: 'households',
        id: household.id,
        path: ['area'],
        message: missing(docs, 'areas', household.area),
      });
}

function checkPeople(docs: SiteDocs, report: Report): void {
  for (const person of docs.people.values())
    if (person.household !== undefined && !docs.households.has(person.household))
      report({
        class: 'people',
        id: person.id,
        path: ['household'],
        message: missing(docs, 'households', person.household),
      });
}

/** Every text `env:NAME` must name a variable of the process; the value itself never enters the site. */
function checkSecrets({ docs }: SiteState, env: CheckContext['env'], report: Report): void {
  const walk = (
    value: unknown,
    path: PropertyKey[],
    found: (path: PropertyKey[], name: string) => void,
  ): void => {
    if (typeof value === 'string' && value.startsWith('env:')) found(path, value.slice(4));
    else if (value && typeof value === 'object')
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key], found);
  };
  for (const name of ['links', 'devices'] as const)
    for (const doc of docs[name].values())
      walk(doc, [], (path, variable) => {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
          report({
            class: name,
            id: doc.id,
            path,
            message: `"env:${variable}" does not name a variable; write env:NAME`,
          });
        else if (!env[variable])
          report({
            class: name,
            id: doc.id,
            path,
            message: `the environment of the gateway has no ${variable}; set it where the gateway is started, then try again`,
          });
      });
}
