import type { FieldEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { PointValue } from '../contract/reading.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import type { Shown } from '../protocols/gbt26875/frame.ts';
import type { FireUnit } from '../protocols/gbt26875/unit.ts';
import { unitTypes } from '../protocols/gbt26875/words.ts';
import { endedByReset, type FirePlace, fireTold } from './fire-events.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf } from './message.ts';
import { fieldEvent } from './panel-report.ts';
import type { Registry } from './registry.ts';

// Fire transmission devices (GB/T 26875.3). What they tell is of a part or a control unit that the site has as their child, else it
// is told at the device itself, with the place as the alarm's instance.

/** A report of a transmission device, taken out of its frame. */
export interface FireReport {
  device: string;
  /** Null for a sign of life. */
  unit: FireUnit | null;
  /** Marks its repeats; null when it tells nothing new. */
  identity: string | null;
  /** UTC ms of a time label; null when the device's clock cannot be trusted, or the label shows none. */
  momentOf(shown: Shown): number | null;
}

/** What stands now, so that only what is over is told as over. */
export interface FireStanding {
  /** Open alarms of a device that have not returned: their definitions are named as the events are. */
  alarms(device: string): readonly { definition: string; instance?: string | undefined }[];
  /** A point's newest value by its key. */
  value(key: string): PointValue | undefined;
  /** Conditions that are neither an alarm nor a point, since the last start. */
  noted(key: string): boolean;
  note(key: string, on: boolean): void;
}

type House = Pick<Registry, 'get' | 'all' | 'child'>;

/** Texts that are only kept: at most so many bytes of them. */
const mostRest = 200;

/** The events of one report, device by device, each with a mark of its own. */
function createTale(
  house: House,
  own: LiveDevice,
  report: FireReport,
  standing: FireStanding,
  receivedAt: number,
) {
  const events = new Map<string, FieldEvent[]>();
  /** Conditions that this very report has changed. */
  const changed = new Map<string, boolean>();
  /** Looked up once a device. */
  const open = new Map<string, ReadonlySet<string>>();
  let count = 0;

  function tell(live: LiveDevice, type: string, data: FieldEvent['data'], at: number | null): void {
    if (!live.events.has(type)) return;
    count++;
    const mark = count > 1 ? ` /${count}` : '';
    const identity = report.identity === null ? null : `${report.identity}${mark}`;
    const list = events.get(live.id) ?? [];
    events.set(live.id, list);
    list.push(fieldEvent(live.id, { type, data: { ...data } }, { receivedAt, at, identity }));
  }

  function alarmsOf(device: string): ReadonlySet<string> {
    const known = open.get(device);
    if (known) return known;
    const all = standing.alarms(device).map(({ definition, instance }) => `${definition} ${instance ?? ''}`);
    const found = new Set(all);
    open.set(device, found);
    return found;
  }

  /** A device with a point of the condition's name is a part by itself, and has one of each. */
  const hasPoint = (live: LiveDevice, condition: string) => live.points.has(condition);
  const keyOf = (live: LiveDevice, condition: string, part: string | undefined) =>
    `${live.id} ${condition} ${hasPoint(live, condition) ? '' : (part ?? '')}`;

  function stands(live: LiveDevice, condition: string, part: string | undefined): boolean {
    const here = changed.get(keyOf(live, condition, part));
    if (here !== undefined) return here;
    if (hasPoint(live, condition)) return standing.value(`${live.id}.${condition}`) === true;
    if (!live.alarms[condition]) return standing.noted(keyOf(live, condition, part));
    return alarmsOf(live.id).has(`${condition} ${part ?? ''}`);
  }

  function condition(
    live: LiveDevice,
    name: string,
    on: boolean,
    data: FieldEvent['data'],
    at: number | null,
  ): void {
    const part = typeof data.part === 'string' ? data.part : undefined;
    const before = stands(live, name, part);
    // A fire that is told once more rings once more.
    if (on && (!before || name === 'fire')) tell(live, name, data, at);
    if (!on && before) tell(live, `${name}.restore`, data, at);
    const key = keyOf(live, name, part);
    changed.set(key, on);
    if (on !== before && !hasPoint(live, name) && !live.alarms[name]) standing.note(key, on);
    if (on || part === undefined) return;
    for (const former of above(live, part))
      if (!hasPoint(former, name) && stands(former, name, part)) condition(former, name, false, data, at);
  }

  /** Where a place was told of while the site did not have its part, or its control unit, as a device. */
  function above(live: LiveDevice, part: string): LiveDevice[] {
    if (live === own) return [];
    const system = house.child(own.id, part.split('-', 2).join('-'));
    return system && system !== live ? [system, own] : [own];
  }

  const isSummary = (place: FirePlace | null, name: string) =>
    name === 'ownFire' || (name === 'fire' && place?.part === null);

  const targetOf = (place: FirePlace | null): LiveDevice => {
    if (place === null) return own;
    const part = place.part === null ? undefined : house.child(own.id, place.part);
    return part ?? house.child(own.id, place.system) ?? own;
  };

  /** A fire of a part of this system stands, or of any when it is null: then the one above it says the same in other words. */
  function burns(system: string | null): boolean {
    const within = (place: string) => system === null || place.startsWith(`${system}-`);
    for (const live of house.all()) {
      const { parent, address } = live.device;
      if (live.id !== own.id && parent !== own.id) continue;
      if (hasPoint(live, 'fire')) {
        if (within(String(address ?? '')) && stands(live, 'fire', undefined)) return true;
        continue;
      }
      for (const alarm of alarmsOf(live.id)) {
        const [definition, part = ''] = alarm.split(' ');
        if (definition === 'fire' && within(part) && stands(live, 'fire', part)) return true;
      }
    }
    return false;
  }

  /** A control unit was reset: what it and its parts told is over. */
  function reset(system: string, at: number | null): void {
    const within = (place: string) => place === system || place.startsWith(`${system}-`);
    const panel = targetOf({ system, part: null });
    for (const teller of new Set([own, panel]))
      for (const { definition, instance } of standing.alarms(teller.id))
        if (endedByReset.includes(definition) && instance !== undefined && within(instance))
          condition(teller, definition, false, { part: instance }, at);
    for (const live of house.all()) {
      const { parent, address } = live.device;
      if (parent !== own.id || !within(String(address ?? ''))) continue;
      for (const name of endedByReset)
        if (hasPoint(live, name)) condition(live, name, false, { part: String(address) }, at);
    }
    tell(panel, 'reset', { part: system }, at);
  }

  function take(unit: FireUnit): void {
    for (const object of unit.objects) {
      const { place, conditions, happened, data, reset: isReset } = fireTold(object);
      const at = report.momentOf(object.time);
      const live = targetOf(place);
      for (const one of happened) tell(live, one.type, one.data, at);
      if (isReset && place) reset(place.system, at);
      for (const [name, on] of conditions)
        if (!(on && isSummary(place, name) && burns(place?.system ?? null)))
          condition(live, name, on, data, at);
    }
    if (unit.objects.length > 0 || unit.rest.length === 0) return;
    const label = unitTypes.get(unit.type);
    const data = {
      report: unit.type,
      labelZh: label?.zh ?? '自定义信息',
      labelEn: label?.en ?? "A unit of the maker's own",
      bytes: bytesToHex(unit.rest.subarray(0, mostRest)),
    };
    tell(own, 'report', data, null);
  }

  return { events, take };
}

/** Why a unit is not read. */
export function fireUnitRefusal(unit: Uint8Array): Misread {
  return misread('fire-unit', { type: unit[0] ?? 0 });
}

/** What a report means for the devices of the site; nothing when its device is gone. */
export function decodeFireReport(
  house: House,
  report: FireReport,
  standing: FireStanding,
  receivedAt: number,
): DeviceMessage[] {
  const own = house.get(report.device);
  if (!own) return [];
  const { events, take } = createTale(house, own, report, standing, receivedAt);
  if (report.unit) take(report.unit);
  if (events.size === 0) return [messageOf(own.id, receivedAt, [], [], null)];
  return [...events].map(([device, told]) => {
    const message = messageOf(device, receivedAt, [], [], { events: told });
    return device === own.id ? message : { ...message, through: own.id };
  });
}
