import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DeviceType } from '../../gateway/contract/device-type.ts';
import type { Device } from '../../gateway/contract/site.ts';
import { type CaseHouse, caseBroker, caseLine, decodeCaseFrame } from '../../gateway/devices/case-frames.ts';
import { type Stage, type Story, setStage, storySchema } from '../../gateway/devices/case-play.ts';
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

const linked = (link: DeviceType['link'] | undefined): boolean =>
  link !== undefined && !['native', 'composed', 'none', 'sia-dc09', 'gbt26875'].includes(link);

function docsOf(type: DeviceType, story: Story): Device[] {
  const place = { name: 'case', area: 'case' };
  const lineOf = (id: string, parent: string | undefined) => {
    const link = known.types.get(id)?.link;
    if (link === 'mqtt') return { link: caseBroker.id };
    return linked(link) && parent === undefined ? { link: caseLine.id } : {};
  };
  return [
    { id: 'device', type: type.id, ...place, ...lineOf(type.id, story.device.parent), ...story.device },
    ...story.others.map((other) => ({ ...place, ...lineOf(other.type, other.parent), ...other })),
  ];
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
  const docs = docsOf(type, story);
  const linkOf = (doc: Device) => known.types.get(doc.type)?.link;
  const topics = story.frames.flatMap((frame) => ('topic' in frame ? [frame.topic] : []));
  const broker = {
    ...caseBroker,
    prefixes: [...new Set(['case', ...topics.map((topic) => topic.split('/')[0] ?? '')])],
  };
  const house: CaseHouse = {
    docOf: (id) => docs.find((doc) => doc.id === id),
    panels: docs.some((doc) => linkOf(doc) === 'sia-dc09'),
    fire: docs.some((doc) => linkOf(doc) === 'gbt26875'),
    controller: type.link === 'uhppote',
  };
  let stage: Stage | undefined;
  let takes = 0;
  function staged(): Stage {
    if (!stage || ++takes > mostTakes) {
      takes = 0;
      stage = setStage(type, known, docs, [caseLine, broker]);
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
        const decoded = devices.decodeTopic(broker.id, { topic, payload, retained: false, receivedAt: now });
        if (!decoded) devices.strayTopic(broker.id, { topic, payload });
        for (const stranger of decoded?.strangers ?? []) devices.strayName(broker.id, topic, stranger);
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
