import type { AlarmDefinition } from '../contract/alarm.ts';
import type { EventData } from '../contract/event.ts';
import type { Label } from '../contract/names.ts';
import type { AlarmedDevice, EventRule } from './compile.ts';
import type { AlarmSeed } from './occurrence.ts';

const longestInstance = 64;

/** A name for an instance, from the device's settings: `zones: {3: 客厅红外}` for the field `zone`. */
function instanceName({ device }: AlarmedDevice, field: string, instance: string): string | undefined {
  const names = device.settings?.[`${field}s`];
  if (typeof names !== 'object' || names === null || !Object.hasOwn(names, instance)) return undefined;
  const name = (names as Record<string, unknown>)[instance];
  return typeof name === 'string' ? name : undefined;
}

/** Which of several things of one definition the event tells of: a zone, a user. */
export function instanceOf(rule: EventRule, data: EventData): string | undefined {
  const value = rule.on.instance === undefined ? undefined : data[rule.on.instance];
  return value === undefined || value === null ? undefined : String(value).slice(0, longestInstance);
}

/** What else tells this alarm from others of its instance, in the order of the definition; a field that the event has not is `-`. */
export function apartOf({ on }: EventRule, data: EventData): string | undefined {
  return on.apart?.map((field) => String(data[field] ?? '-').slice(0, longestInstance)).join(' ');
}

/** Whether a restore may be that of an alarm: neither says anything that the other contradicts. */
export function fitsApart(alarm: string | undefined, restore: string): boolean {
  if (alarm === undefined) return true;
  const said = restore.split(' ');
  return alarm.split(' ').every((field, i) => field === said[i] || field === '-' || said[i] === '-');
}

/** The name that the event itself gives it: `partName`, or `partNameZh` and `partNameEn`. */
function toldName(field: string, data: EventData): Label | undefined {
  const word = (name: string) => {
    const value = data[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = word(`${field}Name`);
  const zh = word(`${field}NameZh`) ?? name;
  const en = word(`${field}NameEn`) ?? name;
  return zh === undefined || en === undefined ? undefined : { zh, en };
}

/** The definition's words, with the name of the instance where the settings or the event give it one. */
export function titleOf(
  { on, definition: { title } }: EventRule,
  subject: AlarmedDevice,
  instance: string | undefined,
  data: EventData,
): Label {
  if (on.instance === undefined || instance === undefined) return title;
  const set = instanceName(subject, on.instance, instance);
  const name = set === undefined ? toldName(on.instance, data) : { zh: set, en: set };
  return name === undefined ? title : { zh: `${title.zh}（${name.zh}）`, en: `${title.en} (${name.en})` };
}

/** A title with what it is about this time. */
export function titled(title: Label, detail: Label | undefined): Label {
  return detail ? { zh: `${title.zh}：${detail.zh}`, en: `${title.en}: ${detail.en}` } : title;
}

/** What an alarm of this definition takes from its device. */
export function seedOf(
  subject: AlarmedDevice,
  name: string,
  definition: AlarmDefinition,
  fields: Partial<AlarmSeed>,
): AlarmSeed {
  const { device, kind, areaName } = subject;
  // A camera sees what it tells of itself.
  const own = kind.id === 'camera' ? [device.id] : [];
  return {
    device: device.id,
    definition: name,
    area: device.area,
    household: device.household,
    category: definition.category,
    priority: definition.priority,
    title: definition.title,
    deviceName: device.name,
    areaName,
    latched: false,
    popup: definition.popup,
    shelvable: definition.shelvable,
    cameras: [...own, ...(device.cameras ?? [])],
    ...fields,
  };
}
