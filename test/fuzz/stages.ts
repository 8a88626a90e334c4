import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DeviceType } from '../../gateway/contract/device-type.ts';
import { caseBroker, decodeCaseFrame } from '../../gateway/devices/case-frames.ts';
import {
  installationOf,
  type Stage,
  type Story,
  setStage,
  storySchema,
} from '../../gateway/devices/case-play.ts';
import { loadCatalogue } from '../../gateway/devices/catalogue.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import { type Frame, frameOf } from './harness.ts';

// The shipped device types, each installed as one of its cases has it: mutated frames go the whole way from their link to readings,
// events and states, through the room that takes them from the links.

const known = loadCatalogue({ siteDir: null, log: silentLog });
const devices = fileURLToPath(new URL('../../devices/', import.meta.url));

/** What was told is kept by a stage: it begins anew after so many frames. */
const mostTakes = 3_000;

/** One type as a case installs it. */
export interface Installed {
  frames: readonly Frame[];
  /** Hands a message over as its link would: whether it became one. Nothing but a refusal in words may be thrown. */
  take(topic: string, payload: Uint8Array): boolean;
  /** Likewise a frame of a line, a panel, a controller. */
  takeFrame(bytes: Uint8Array): void;
}

function storiesOf(type: DeviceType): Story[] {
  const folder = `${devices}${type.id}/cases/`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) =>
    storySchema.parse(JSON.parse(readFileSync(`${folder}${name}/frames.json`, 'utf8'))),
  );
}

function framesIn(story: Story): Frame[] {
  return story.frames.flatMap((frame): Frame[] => {
    if ('topic' in frame) {
      const { topic, payload = '', hex } = frame;
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      return [frameOf(hex === undefined ? text : Buffer.from(hex, 'hex'), topic)];
    }
    return 'hex' in frame && !('device' in frame) ? [frameOf(Buffer.from(frame.hex, 'hex'))] : [];
  });
}

function install(type: DeviceType, story: Story): Installed {
  const { docs, links, house } = installationOf(type, known, story);
  let stage: Stage | undefined;
  let takes = 0;
  function staged(): Stage {
    if (!stage || ++takes > mostTakes) {
      takes = 0;
      stage = setStage(type, known, docs, links);
      if (stage.unconnected.length > 0) throw new Error(`${type.id}: ${stage.unconnected.join()}`);
    }
    return stage;
  }
  return {
    frames: framesIn(story),
    take(topic, bytes) {
      const payload = Buffer.from(bytes);
      const { devices, take } = staged();
      let became = false;
      take((now) => {
        if (type.link === 'native') {
          const message = devices.decodeNative('device', topic, payload, now);
          became = true;
          return [message];
        }
        const decoded = devices.decodeTopic(caseBroker.id, {
          topic,
          payload,
          retained: false,
          receivedAt: now,
        });
        if (!decoded) devices.strayTopic(caseBroker.id, { topic, payload });
        for (const stranger of decoded?.strangers ?? []) devices.strayName(caseBroker.id, topic, stranger);
        became = (decoded?.messages.length ?? 0) > 0;
        return decoded?.messages ?? [];
      });
      return became;
    },
    takeFrame(bytes) {
      const { devices, take } = staged();
      take((now) => decodeCaseFrame(devices, { hex: Buffer.from(bytes).toString('hex') }, house, now));
    },
  };
}

/** Every case of the types that are asked for, installed. */
export function installed(fits: (type: DeviceType) => boolean): Installed[] {
  return [...known.types.values()]
    .filter(fits)
    .flatMap((type) => storiesOf(type).map((story) => install(type, story)))
    .filter(({ frames }) => frames.length > 0);
}

export function framesOfCases(some: readonly Installed[]): Frame[] {
  return some.flatMap(({ frames }) => [...frames]);
}
