import type { AskedLink, DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind, SettingDefinition } from '../../../gateway/contract/kind.ts';
import type { Device, Link } from '../../../gateway/contract/site.ts';
import type { NewArea } from './new-area.ts';
import type { LinkForm } from './new-link.ts';

// What the page "add a device" knows: a form of words as they were typed, and the device that they make.

/** What a point of a composed device is bound to. */
export interface Bound {
  /** `device.point`; empty: nothing. */
  from: string;
  /** Of a contact that is normally closed, or a command that switches off. */
  invert: boolean;
}

export interface AddForm {
  type: string | null;
  /** A link of the site by which others lead here, or on which the device before it is. */
  link: string | null;
  /** What was typed of where it is; null: as proposed. */
  where: string | null;
  /** What of a new link was set otherwise than proposed. */
  line: Readonly<Partial<LinkForm>>;
  parent: string | null;
  address: string;
  /** By point or command of the kind. */
  bind: Readonly<Record<string, Bound>>;
  /** What was typed; what is absent is as the type has it. */
  settings: Readonly<Record<string, string | boolean>>;
  /** Null: as proposed. */
  name: string | null;
  /** Empty: as proposed. */
  id: string;
  area: string | null;
  /** The area in which it stands is made with it. */
  newArea: NewArea | null;
}

/** A form whose proposals have been taken: what was left open stands there. */
export interface FilledForm extends AddForm {
  name: string;
}

export const emptyForm: AddForm = {
  type: null,
  link: null,
  where: null,
  line: {},
  parent: null,
  address: '',
  bind: {},
  settings: {},
  name: null,
  id: '',
  area: null,
  newArea: null,
};

const spokenOn: Readonly<Record<string, AskedLink>> = {
  'modbus-rtu': 'modbus',
  'dlt645-2007': 'dlt645',
  cjt188: 'cjt188',
};

/** What devices speak on a link, in the words of a type's `link`. */
export function speechOf(link: Link): readonly DeviceType['link'][] {
  switch (link.kind) {
    case 'modbus-tcp':
      return ['modbus'];
    case 'mqtt':
    case 'mqtt-bridge':
      return ['mqtt', 'native'];
    case 'uhppote':
      return ['uhppote'];
    default: {
      const carried = [link.protocol, ...('also' in link ? Object.keys(link.also ?? {}) : [])];
      return carried.map((protocol) => spokenOn[protocol] ?? (protocol as DeviceType['link']));
    }
  }
}

export function fittingLinks(links: readonly Link[], type: DeviceType): Link[] {
  return links.filter((link) => speechOf(link).includes(type.link));
}

/** Faults of such explain those behind them: what is behind names it as its parent, whichever way it is reached itself. */
export function canCover(kind: Kind | undefined): boolean {
  return Object.values(kind?.alarms ?? {}).some(({ covers }) => covers);
}

/** How a device of a type is reached, as far as it must be asked. */
export interface Needs {
  link: 'must' | 'may' | 'no';
  parent: 'must' | 'may' | 'no';
  address: boolean;
  bind: boolean;
}

export function needsOf(type: DeviceType, kind: Kind): Needs {
  const behind = canCover(kind) ? ({ parent: 'may' } as const) : {};
  const no = { link: 'no', parent: 'no', address: false, bind: false } as const;
  switch (type.link) {
    case 'modbus':
    case 'dlt645':
    case 'cjt188':
    case 'mqtt':
    case 'uhppote':
    case 'osdp':
      return { ...no, link: 'must', address: true };
    case 'native':
      return { ...no, link: 'may', ...behind };
    case 'child':
      return { ...no, parent: 'must', address: true };
    case 'sia-dc09':
    case 'gbt26875':
      return { ...no, address: true };
    case 'surgard-mlr2':
    case 'ademco-685':
      // A receiver is on a line; one of its accounts is behind it.
      return { ...no, link: 'may', parent: 'may', address: true };
    case 'rfid-em4100-serial':
      return { ...no, link: 'must' };
    case 'composed':
      return { ...no, bind: true, ...behind };
    case 'none':
      return no;
  }
}

/** All settings of a type, with those of its kind. */
export function settingsOf(type: DeviceType, kind: Kind): [string, SettingDefinition][] {
  return Object.entries({ ...kind.settings, ...type.settings });
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
}

/** What a device is called until somebody says better: its type and the next number. */
export function proposedName(type: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) if (!taken.has(`${type} ${number}`)) return `${type} ${number}`;
}

/** A key that nothing has, made of the Latin letters of a name that was typed, else of the type. */
export function proposedId(form: Pick<AddForm, 'name' | 'type'>, taken: ReadonlySet<string>): string {
  const own = slug(form.name ?? '');
  const base = /[a-z]/.test(own) ? own : (form.type ?? 'device').slice(0, 50);
  if (/[a-z]/.test(own) && !taken.has(base)) return base;
  for (let number = 1; ; number++) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}

function addressOf(text: string, type: DeviceType): string | number | undefined {
  // Numbers of meters are printed in groups on their plates, and stand in quotes in examples of the file.
  const isMeter = type.link === 'dlt645' || type.link === 'cjt188';
  const address = isMeter ? text.replace(/[\s"'“”]/g, '') : text.trim();
  if (address === '') return undefined;
  return type.link === 'modbus' && /^\d+$/.test(address) ? Number(address) : address;
}

/** A setting as it goes into the site; undefined: as the type has it. */
function settingOf(typed: string | boolean | undefined, { type, default: preset }: SettingDefinition) {
  if (typed === undefined || typed === '') return undefined;
  const number = Number(typed);
  const value = type === 'number' && typeof typed === 'string' && !Number.isNaN(number) ? number : typed;
  return value === preset ? undefined : value;
}

/** The device that the form makes; `id` where none was typed. */
export function deviceOf(
  form: FilledForm,
  { type, kind, id }: { type: DeviceType; kind: Kind; id: string },
): Device {
  const needs = needsOf(type, kind);
  const settings = Object.fromEntries(
    settingsOf(type, kind).flatMap(([name, definition]) => {
      const value = settingOf(form.settings[name], definition);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const bind = Object.fromEntries(
    Object.entries(form.bind).flatMap(([name, { from, invert }]) =>
      from === '' ? [] : [[name, invert ? { from, invert } : from] as const],
    ),
  );
  const address = needs.address ? addressOf(form.address, type) : undefined;
  return {
    id: form.id.trim() === '' ? id : form.id.trim(),
    type: type.id,
    name: form.name.trim(),
    area: form.area ?? '',
    ...(needs.link !== 'no' && form.link !== null && { link: form.link }),
    ...(needs.parent !== 'no' && form.parent !== null && { parent: form.parent }),
    ...(address !== undefined && { address }),
    ...(needs.bind && { bind }),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}

/** A text with its last number one higher, leading zeros kept; one without a number gets a 2. */
export function counted(text: string): string {
  const match = /^(.*?)(\d+)(\D*)$/.exec(text);
  if (!match) return text === '' ? '' : `${text} 2`;
  const [, before = '', digits = '', after = ''] = match;
  return before + String(BigInt(digits) + 1n).padStart(digits.length, '0') + after;
}

/** The same again with the next address, on the link and in the area that the one before it now has; everything else as it was. */
export function nextLike(form: AddForm, { link, area }: Pick<Device, 'link' | 'area'>): AddForm {
  return {
    ...{ ...form, link: link ?? null, area, where: null, line: {}, newArea: null, id: '' },
    address: counted(form.address),
    name: form.name === null ? null : counted(form.name),
  };
}

/** Where most devices of a link stand; else the only area that there is, else that of the device that was added last. */
export function usualArea(
  link: string | null,
  devices: readonly Device[],
  areas: readonly { id: string }[],
  last: string | null,
): string | null {
  const counts = new Map<string, number>();
  for (const device of devices)
    if (link !== null && device.link === link) counts.set(device.area, (counts.get(device.area) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most) return most[0];
  if (areas.length === 1) return areas[0]?.id ?? null;
  return areas.some(({ id }) => id === last) ? last : null;
}

/** Errors of the gateway by the field that they concern; '' for what concerns none. */
export function errorsByField(
  errors: readonly { path: string; message: string }[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of errors) {
    // What is missing has no place of its own: its message begins with its name.
    const missing = /^"(\w+)" is missing/.exec(message)?.[1];
    const own = path
      .replace(/^body(\.|$)/, '')
      .replace(/^device(\.|$)/, '')
      .replace(/^newLink(?=\.|$)/, 'link')
      // Of what comes along with the device.
      .replace(/^(link|area)s\.[a-z0-9-]+/, '$1');
    const field = own === '' ? (missing ?? '') : own;
    found.set(field, [found.get(field), message].filter(Boolean).join('; '));
  }
  return found;
}

/** Whether every word stands somewhere in a text. */
export function hasWords(text: string, words: string): boolean {
  const low = text.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
