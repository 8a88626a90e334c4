import { z } from 'zod';
import type { DeviceType } from '../contract/device-type.ts';
import type { FieldEvent } from '../contract/event.ts';
import type { Kind } from '../contract/kind.ts';
import { type Misread, misreadText } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import { type Device, deviceSchema, type Link } from '../contract/site.ts';
import { createManualClock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import { uuidv7 } from '../lib/ids.ts';
import { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CaseHouse, caseBroker, caseLine, decodeCaseFrame, frameSchema } from './case-frames.ts';
import type { DeviceMessage, Devices } from './devices.ts';
import { createUnwiredDevices } from './unwired.ts';

/** Of one case, each answer of a poll counted: a case is played in one piece, and the gateway has alarms to raise meanwhile. */
export const mostFrames = 200;

const countOf = (frames: readonly z.infer<typeof frameSchema>[]): number =>
  frames.reduce((sum, frame) => sum + ('poll' in frame ? frame.poll.length : 1), 0);

/** `frames.json`: bytes as they came from a device, and how it is installed. */
export const storySchema = z.strictObject({
  /** Where the bytes are from: a manual's page, a capture. */
  source: z.string().min(1),
  /** How the device under test (`device`) is installed, where that matters: address, settings, bind, parent. */
  device: deviceSchema
    .pick({ address: true, settings: true, bind: true, parent: true })
    .partial()
    .default({}),
  /** Other devices that it needs: its receiver, the module it is bound to. */
  others: z.array(deviceSchema.omit({ name: true, area: true })).default([]),
  frames: z
    .array(frameSchema)
    .min(1)
    .refine((frames) => countOf(frames) <= mostFrames, {
      error: ({ input }) =>
        `these are ${countOf(input as z.infer<typeof frameSchema>[])} frames, and one case has at most ${mostFrames}; keep those that show what it is about, or make several cases of them`,
    }),
});
export type Story = z.infer<typeof storySchema>;

/** Kinds and types that a story may name. */
export interface KnownTypes {
  kinds: ReadonlyMap<string, Kind>;
  types: ReadonlyMap<string, DeviceType>;
}

/** What came of a story. */
export interface Played {
  /** Newest values of the device under test, by point; only what was told. */
  readings: Map<string, Pick<Reading, 'value' | 'quality'>>;
  events: FieldEvent[];
  /** The words in which messages, or parts of them, were refused. */
  refused: string[];
  /** The same by codes, in the same order; empty where there are words alone. */
  refusedWhy: (readonly Misread[])[];
  /** The message by which it would be asked for a command now. */
  commandMessage(
    name: string,
    args?: Readonly<Record<string, unknown>>,
  ): ReturnType<Devices['commandMessage']>;
}

const startMs = Date.UTC(2026, 0, 1);
/** The id of every command in a case. */
const caseCommand = '01a20143-29e1-7000-93b9-12ca9402c716';
function quietTurn(now: number): Turn {
  return {
    now,
    monoMs: now - startMs,
    actor: null,
    id: () => uuidv7(now),
    write() {},
    change() {},
    after() {},
    audit() {},
    record() {},
    timer() {},
    clearTimer() {},
  };
}

/** A devices room of its own, in which a type is tried without touching the site's. */
export interface Stage {
  devices: Devices;
  /** Why the devices cannot be used as they are installed. */
  unconnected: string[];
  /** Decodes one thing that came, and takes it as its turn would; what is refused is kept as words. */
  take(decode: (now: number) => DeviceMessage[]): void;
  outcome(device: string): Played;
}

/** @param type may be another text of a type than the catalogue has */
export function setStage(
  type: DeviceType,
  known: KnownTypes,
  docs: readonly Device[],
  links: readonly Link[],
): Stage {
  const types = new Map([...known.types, [type.id, type]]);
  const memory = new Memory();
  const devices = createUnwiredDevices({
    memory,
    clock: createManualClock(startMs),
    catalogue: { kinds: known.kinds, types },
  });
  devices.configure(docs, links);
  const events: FieldEvent[] = [];
  const refused: string[] = [];
  const refusedWhy: (readonly Misread[])[] = [];
  let now = startMs;

  function receive(turn: Turn, message: DeviceMessage): void {
    refused.push(...message.problems.map(misreadText));
    refusedWhy.push(...message.problems.map((problem) => [problem]));
    for (const event of devices.receive(turn, message).events) {
      events.push(event);
      const { device, externalId, type: name, data, at, receivedAt } = event;
      const stored = { device, externalId, type: name, data, receivedAt, late: false };
      devices.onEvent(turn, {
        ...stored,
        id: turn.id(),
        occurredAt: at ?? receivedAt,
        deviceTimeUsed: at !== null,
      });
    }
  }

  return {
    devices,
    unconnected: docs.flatMap(({ id }) => devices.views.device(id)?.problem ?? []),
    take(decode) {
      now += 1_000;
      const turn = quietTurn(now);
      memory.begin();
      try {
        for (const message of decode(now)) receive(turn, message);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        refused.push(error.detail);
        refusedWhy.push(error.why);
      }
      memory.commit();
    },
    outcome(device) {
      const readings = new Map(
        (devices.views.points(device) ?? [])
          .filter(({ receivedAt }) => receivedAt > 0)
          .map(({ point, value, quality }) => [point, { value, quality }]),
      );
      const commandMessage: Played['commandMessage'] = (name, args) =>
        devices.commandMessage(device, name, caseCommand, args);
      return { readings, events, refused, refusedWhy, commandMessage };
    },
  };
}

/** They stand on no link of the site. */
const lineless: ReadonlySet<string> = new Set(['native', 'composed', 'none', 'sia-dc09', 'gbt26875']);

/** A broker that brings what the story has of messages. */
function brokerOf({ frames }: Story): Link {
  const trees = frames.flatMap((frame) => ('topic' in frame ? (frame.topic.split('/')[0] ?? []) : []));
  return { ...caseBroker, prefixes: [...new Set(['case', ...trees])] };
}

/** How a story installs a type, and whatever else it needs. */
export interface Installation {
  docs: readonly Device[];
  links: readonly Link[];
  house: CaseHouse;
}

export function installationOf(type: DeviceType, known: KnownTypes, story: Story): Installation {
  const linkOf = (id: string) => (id === type.id ? type.link : known.types.get(id)?.link);
  const place = { name: 'case', area: 'case' };
  // Receivers and readers stand at the end of the line; their accounts have a parent instead.
  const onLine = (id: string, parent: string | undefined) => {
    const way = linkOf(id);
    if (way === 'mqtt') return { link: caseBroker.id };
    return way && !lineless.has(way) && parent === undefined ? { link: caseLine.id } : {};
  };
  const docs: Device[] = [
    { id: 'device', type: type.id, ...place, ...onLine(type.id, story.device.parent), ...story.device },
    ...story.others.map((other) => ({ ...place, ...onLine(other.type, other.parent), ...other })),
  ];
  return {
    docs,
    links: [caseLine, brokerOf(story)],
    house: {
      docOf: (id) => docs.find((doc) => doc.id === id),
      panels: docs.some((doc) => linkOf(doc.type) === 'sia-dc09'),
      fire: docs.some((doc) => linkOf(doc.type) === 'gbt26875'),
      controller: type.link === 'uhppote',
    },
  };
}

/**
 * Feeds the frames of a story through the room as the links would.
 * @returns why the devices cannot be used as the story installs them, or what came of its frames
 */
export function playStory(
  type: DeviceType,
  known: KnownTypes,
  story: Story,
): { unconnected: string[] } | Played {
  const { docs, links, house } = installationOf(type, known, story);
  const stage = setStage(type, known, docs, links);
  if (stage.unconnected.length > 0) return { unconnected: stage.unconnected };
  for (const frame of story.frames) stage.take((now) => decodeCaseFrame(stage.devices, frame, house, now));
  return stage.outcome('device');
}
