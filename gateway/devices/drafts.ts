import { isAsked } from '../contract/device-type.ts';
import { fireAddress } from '../contract/fire-address.ts';
import { type Misread, misreadText } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { isSparkplug } from '../protocols/sparkplug/session.ts';
import type { Catalogue } from './catalogue.ts';
import { boundPoints } from './composition.ts';
import { decodeHeardFrame } from './heard-frame.ts';
import type { JsonStep } from './json-path.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';
import { type DeviceMessage, readingOf } from './message.ts';
import { type ReaderSetting, readerSetting } from './osdp.ts';
import { accountKey } from './panel-report.ts';
import { decodePoll, polledDevice } from './polled.ts';
import { heardLinks, type Registry, readyDevice } from './registry.ts';
import { createSparkplugHost } from './sparkplug.ts';
import { decodeTopic, type TopicMessage } from './topic-decoding.ts';
import { buildTopicIndex } from './topic-index.ts';
import { controllerPlan } from './uhppote.ts';

/**
 * How a device is reached. `topics`: by messages on its MQTT link. `announced`: so, too, on topics that its announcement names. `line`:
 * by frames of the line of this link. `panel`, `fire`: by the gateway's own receivers. `controller`: a door controller, or one of its
 * doors, by asking the controller. `reader`: a card reader on an OSDP line. `parent`: by the messages of this device. `own`: it signs in
 * to the embedded broker itself.
 */
export type DraftWay =
  | { by: 'asked'; reads: readonly AskedRead[] }
  | { by: 'topics'; link: string; topics: readonly { topic: string; example: string }[] }
  | { by: 'announced'; link: string }
  | { by: 'line'; link: string }
  | { by: 'panel' }
  | { by: 'fire'; address: string }
  | { by: 'controller'; link: string; serial: number; host: string | null }
  | { by: 'reader'; link: string; reader: ReaderSetting }
  | { by: 'parent'; device: string; topics: readonly { topic: string; example: string }[] }
  | { by: 'own'; topics: readonly { topic: string; example: string }[] }
  | { by: 'bound' }
  /** `parent`: the device that it is behind and that brings nothing. */
  | { by: 'none'; kind: string; parent: string | null };

/** A device that is not of the site, made ready to be tried: it hears nothing and changes nothing. */
export interface Draft {
  readonly id: string;
  readonly way: DraftWay;
  /** What stands in its way as it is set. */
  readonly problems: readonly string[];
  unitOf(point: string): string | null;
  /** What it would read of these answers. */
  ofAnswers(answers: readonly AskedAnswer[], receivedAt: number): DeviceMessage;
  /** What it would take of a message on its link; null: it is not this device's. @throws message.invalid */
  ofTopic(message: TopicMessage): DeviceMessage | null;
  /** What it would take of a frame of its line; null: it is not this device's. @throws message.invalid */
  ofFrame(bytes: Uint8Array, receivedAt: number): DeviceMessage | null;
  /** The points that it is bound to, as they are now; a reading is absent until the source has one. */
  bound(): { point: string; from: string; reading: Reading | null; problem: string | null }[];
}

/** A value that a point may have when all is well, for an example: who copies it into the device must not raise an alarm. */
function exampleOf({ definition, type, name }: LivePoint, alarms: LiveDevice['alarms']): unknown {
  const { min = 0, max = min + 2, decimals = 1 } = definition;
  const usual = min <= 0 && max > 0 ? max / 10 : min;
  switch (type) {
    case 'number':
      return Number(usual.toFixed(Math.min(decimals, 2)));
    case 'bool':
      return Object.values(alarms).some(
        ({ on }) => on.rule === 'is' && on.point === name && on.value === false,
      );
    case 'enum':
      return Object.keys(definition.values ?? {})[0] ?? '';
    case 'text':
      return '';
  }
}

/** Without a prototype: its names come from a type's paths. */
const emptyJson = () => Object.create(null) as Record<string, unknown>;

/** Puts a value where a path leads; nothing where a step chooses among a list's members, which cannot be made up. */
function putAt(root: Record<string, unknown>, steps: readonly JsonStep[], value: unknown): void {
  const plain = steps.flatMap((step) => (typeof step === 'object' ? [] : [step]));
  if (plain.length < steps.length) return;
  let at = root;
  for (const [index, step] of plain.entries()) {
    if (index === plain.length - 1) at[step] = value;
    else {
      const next = at[step] ?? (typeof plain[index + 1] === 'number' ? [] : emptyJson());
      at[step] = next;
      at = next as Record<string, unknown>;
    }
  }
}

/** The topics that a type reads, each with a payload as its mapping would take it. */
function mappedTopics(live: LiveDevice): { topic: string; example: string }[] {
  const { alarms } = live;
  const { topics, metrics, name } = live.mqtt ?? {};
  const read = [...(topics ?? [])]
    .filter(([, { points, events }]) => points.length + events.length > 0)
    .map(([topic, { points, events }]) => {
      const json = emptyJson();
      const [first] = points;
      if (first && first.paths === null) return { topic, example: String(exampleOf(first.point, alarms)) };
      for (const { paths, point } of points) {
        const [steps] = paths ?? [];
        if (steps && !point.transform) putAt(json, steps, exampleOf(point, alarms));
      }
      for (const { paths, is } of events) if (paths[0]) putAt(json, paths[0], is[0]);
      return { topic, example: Object.keys(json).length > 0 ? JSON.stringify(json) : '' };
    });
  const spoken = [...(metrics?.keys() ?? [])].join(', ');
  return spoken === '' ? read : [...read, { topic: `spBv1.0/… ${name}`, example: spoken }];
}

function nativeTopics(live: LiveDevice): { topic: string; example: string }[] {
  const topics: { topic: string; example: string }[] = [];
  const [[name, point] = [], ...others] = live.wire;
  if (name !== undefined && point) {
    const values = Object.fromEntries(
      [[name, point] as const, ...others].map(([key, one]) => [key, exampleOf(one, live.alarms)]),
    );
    topics.push({ topic: `gatehouse/${live.id}/readings`, example: JSON.stringify({ values }) });
  }
  const [event] = live.events.keys();
  if (event !== undefined)
    topics.push({
      topic: `gatehouse/${live.id}/events`,
      example: JSON.stringify({ id: '1', type: event, data: {} }),
    });
  topics.push({ topic: `gatehouse/${live.id}/status`, example: 'online' });
  return topics;
}

/** The topic on which its parent speaks for it: of a door by its number. */
function childTopics(live: LiveDevice, parent: string): { topic: string; example: string }[] {
  const [event] = live.events.keys();
  if (event === undefined) return [];
  const data = { door: String(live.device.address ?? live.id) };
  return [{ topic: `gatehouse/${parent}/events`, example: JSON.stringify({ id: '1', type: event, data }) }];
}

export function createDrafts(house: {
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
  registry: Registry;
  /** The newest value of a point. */
  value(key: string): Reading | undefined;
}) {
  const { registry } = house;

  /** The device at the end of the line by which it is heard: itself, or the receiver that it is an account of. */
  function headOf(live: LiveDevice): LiveDevice | undefined {
    const { parent, link } = live.device;
    return link !== undefined ? live : registry.get(parent ?? '');
  }

  function wayOf(live: LiveDevice): DraftWay {
    const { link: speech } = live.type;
    const { link } = live.device;
    if (isAsked(speech)) return { by: 'asked', reads: polledDevice(live).reads };
    if (heardLinks.includes(speech)) {
      const head = headOf(live);
      if (head?.device.link !== undefined) return { by: 'line', link: head.device.link };
      return head?.type.link === 'sia-dc09' ? { by: 'panel' } : nowhere(live);
    }
    switch (speech) {
      case 'native':
        return link === undefined
          ? { by: 'own', topics: nativeTopics(live) }
          : { by: 'topics', link, topics: nativeTopics(live) };
      case 'mqtt': {
        if (link === undefined) return nowhere(live);
        if ((live.mqtt?.entities.size ?? 0) > 0) return { by: 'announced', link };
        return { by: 'topics', link, topics: mappedTopics(live) };
      }
      case 'sia-dc09':
        return { by: 'panel' };
      case 'composed':
        return { by: 'bound' };
      default:
        return behind(live) ?? nowhere(live);
    }
  }

  /** A device that is known by what another one says of it, or that is the other one itself. */
  function behind(live: LiveDevice): DraftWay | null {
    const head = live.device.parent === undefined ? live : registry.get(live.device.parent);
    const link = head?.device.link;
    const controller = head && controllerPlan(head);
    if (controller && link !== undefined) {
      const { serial, host } = controller;
      return { by: 'controller', link, serial, host };
    }
    if (head?.type.link === 'gbt26875') {
      const address = fireAddress(head.device.address ?? '');
      return address === null ? null : { by: 'fire', address };
    }
    if (head !== live && head?.type.link === 'native')
      return { by: 'parent', device: head.id, topics: childTopics(live, head.id) };
    const reader = readerSetting(live);
    return reader && link !== undefined ? { by: 'reader', link, reader } : null;
  }

  const nowhere = ({ kind, device }: LiveDevice): DraftWay => ({
    ...{ by: 'none', kind: kind.id, parent: device.parent ?? null },
  });

  /**
   * Makes a device ready that the site does not have.
   * @throws site.invalid when its type is missing, or it cannot be asked as it is set
   */
  function draft(doc: Device): Draft {
    const live = readyDevice(house.catalogue, doc);
    if (typeof live === 'string')
      throw fault('site.invalid', live, { errors: [{ path: 'type', message: live }] });
    let way: DraftWay;
    try {
      way = wayOf(live);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw fault('site.invalid', words, { errors: [{ path: 'address', message: words }], cause: error });
    }
    const index = buildTopicIndex([live]);
    const sparkplug = createSparkplugHost({
      devices: index.sparkplug,
      wasBad: () => false,
      isHostTold: () => true,
    });
    const child = (parent: string, name: string) =>
      parent === live.id ? undefined : registry.child(parent, name);
    const mine = (messages: readonly DeviceMessage[]) =>
      messages.find(({ device }) => device === live.id) ?? null;
    return {
      id: live.id,
      way,
      problems: live.problems,
      unitOf: (point) => live.points.get(point)?.definition.unit ?? null,
      ofAnswers: (answers, receivedAt) => decodePoll(live, answers, receivedAt, () => false),
      ofTopic(message) {
        const link = live.device.link ?? '';
        if (isSparkplug(message.topic)) return mine(sparkplug.hear(link, message).messages);
        const route = index.find(link, message.topic);
        if (!route) return null;
        return mine(decodeTopic(route, message, { device: () => live, child, wasBad: () => false }).messages);
      },
      ofFrame(bytes, receivedAt) {
        const head = headOf(live);
        if (!head) return null;
        const { parent, address } = live.device;
        const account = (receiver: string, key: string) =>
          receiver === parent && address !== undefined && key === accountKey(address)
            ? live
            : registry.account(receiver, key);
        return mine(decodeHeardFrame({ device: head, account }, bytes, receivedAt));
      },
      bound: () =>
        boundPoints(live).map(({ point, from, transform }) => {
          const now = house.value(from);
          const problems: Misread[] = [];
          if (!now || now.value === null)
            return { point: point.name, from, reading: now ?? null, problem: null };
          const raw = transform?.(now.value) ?? { value: now.value };
          const reading =
            'refused' in raw
              ? null
              : readingOf(point, raw.value, now.quality, now.at, now.receivedAt, problems);
          const problem =
            'refused' in raw ? `${point.key}: ${raw.refused}` : problems[0] ? misreadText(problems[0]) : null;
          return { point: point.name, from, reading, problem };
        }),
    };
  }

  return { draft };
}
