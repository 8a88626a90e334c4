import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Link } from '../../../gateway/contract/site.ts';
import { linkAddress } from '../../app/link-words.ts';
import {
  everybody,
  freeLinkId,
  freeListen,
  type LinkForm,
  type LinkSort,
  leadsTo,
  linkSorts,
  presetLine,
  usualPorts,
} from './new-link.ts';

// The one field "where is it": a link of the site, or an address from which a new one is made.

export type Where =
  | { is: 'nothing' }
  /** One of the site. */
  | { is: 'link'; link: string }
  | { is: 'new'; line: LinkForm }
  /** What was typed is none of what such a device has. */
  | { is: 'unclear' };

/** A link as it stands in the field and in its list. */
export function linkText(link: Link): string {
  return `${link.name ?? link.id} · ${linkAddress(link)}`;
}

type Place = Pick<LinkForm, 'path' | 'host' | 'port' | 'prefixes'> & { sort: LinkSort };

const nowhere = { path: '', host: '', port: '', prefixes: '' };
/** A name or an IPv4 address, or an IPv6 address in brackets; a port. */
const hostPattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?))(?::(\d{1,5}))?$/;
const bareIpv6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*$/;

function hostOf(text: string): { host: string; port: string } | null {
  if (bareIpv6.test(text)) return { host: text, port: '' };
  const match = hostPattern.exec(text);
  return match ? { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' } : null;
}

/** What an address is: a port of this machine begins with `/`; of Modbus, port 502 is Modbus TCP and any other a serial server. */
function placeOf(text: string, speech: DeviceType['link']): Place | null {
  const sorts = linkSorts(speech);
  if (sorts.includes('bridge')) return { ...nowhere, sort: 'bridge', prefixes: text };
  if (text.startsWith('/'))
    return sorts.includes('serial') ? { ...nowhere, sort: 'serial', path: text } : null;
  const scheme = /^([a-z]+):\/\/(.*)$/i.exec(text);
  const place = hostOf(scheme?.[2] ?? text);
  if (!place || (scheme && scheme[1]?.toLowerCase() !== 'tcp')) return null;
  if (sorts.includes('controllers')) return { ...nowhere, ...place, sort: 'controllers' };
  const isTcp = sorts.includes('tcp') && !scheme && (place.port === '' || place.port === usualPorts.tcp);
  return { ...nowhere, ...place, sort: isTcp ? 'tcp' : 'server' };
}

/** What stands in the field, as a link of the site or as one to be made. `changed`: what the user has set otherwise than proposed. */
export function readWhere(
  typed: string,
  about: {
    type: DeviceType;
    /** All of the site. */
    links: readonly Link[];
    /** Those that carry what the type speaks. */
    fitting: readonly Link[];
    changed: Partial<LinkForm>;
  },
): Where {
  const { type, links, fitting, changed } = about;
  const text = typed.trim();
  if (text === '') return { is: 'nothing' };
  const named = fitting.find((link) => text === linkText(link) || text === link.id || text === link.name);
  if (named) return { is: 'link', link: named.id };
  const place = placeOf(text, type.link);
  if (!place) return { is: 'unclear' };
  const sort = changed.sort ?? place.sort;
  const line: LinkForm = {
    ...presetLine(type),
    ...place,
    ...changed,
    sort,
    listen: freeListen(links),
    id: changed.id?.trim() || freeLinkId(sort, new Set(links.map(({ id }) => id))),
  };
  // A port of another number is a serial server's, but for a Modbus TCP link of the site that has it.
  const leads: LinkSort[] = changed.sort || text.includes('://') ? [sort] : [sort, 'tcp'];
  const same = fitting.find((link) => leads.some((one) => leadsTo(link, { ...line, sort: one }, type.link)));
  return same ? { is: 'link', link: same.id } : { is: 'new', line };
}

/** The topics that a type names, whole. */
function topicsOf(type: DeviceType): string[] {
  const found: string[] = [];
  const collect = (source: object | undefined) => {
    const topic = source && 'topic' in source ? source.topic : undefined;
    for (const one of Array.isArray(topic) ? topic : [topic]) if (typeof one === 'string') found.push(one);
  };
  for (const source of [...Object.values(type.points), ...Object.values(type.events)]) collect(source);
  for (const command of Object.values(type.commands)) if ('mqtt' in command) collect(command.mqtt);
  for (const state of Array.isArray(type.availability) ? type.availability : [type.availability])
    collect(state);
  collect(type.bridge);
  collect(type.answer);
  return found;
}

/** The trees of topics in which a device of a type speaks: what stands before its own name, or that name where it comes first. */
export function topicRoots(
  type: DeviceType,
  kind: Kind,
  { address, settings }: { address: string; settings: Readonly<Record<string, string | boolean>> },
): string {
  const definitions = { ...kind.settings, ...type.settings };
  const filled = (level: string) =>
    level.replace(/\{(\w+)\}/g, (whole, name: string) => {
      if (name === 'address') return address.trim().split('/')[0] || whole;
      return String(settings[name] || definitions[name]?.default || whole);
    });
  const roots = topicsOf(type).map((topic) => {
    const levels = topic.split('/');
    const own = levels.findIndex((level) => /\{(address|device)\}/.test(level));
    return levels.slice(0, Math.max(own, 1)).map(filled).join('/');
  });
  if (Object.values(type.points).some((source) => 'metric' in source)) roots.push('spBv1.0');
  return [...new Set(roots.filter((root) => root !== '' && !/[{}+#]/.test(root)))].join(', ');
}

/** What the field holds before anything was typed: the one link that fits; else what a new one would most likely be. */
export function usualWhere(about: {
  type: DeviceType;
  must: boolean;
  fitting: readonly Link[];
  /** Of an MQTT type. */
  roots: string;
}): string {
  const { type, must, fitting, roots } = about;
  const [only, another] = fitting;
  if (!must || another) return '';
  if (only) return linkText(only);
  if (type.link === 'uhppote') return everybody;
  return type.link === 'mqtt' ? roots : '';
}
