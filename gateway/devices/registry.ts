import type { DeviceType } from '../contract/device-type.ts';
import { fireAddress } from '../contract/fire-address.ts';
import { misread } from '../contract/misread.ts';
import type { Device } from '../contract/site.ts';
import { misunderstood } from '../lib/errors.ts';
import type { Catalogue } from './catalogue.ts';
import { compose, sourcesOf } from './composition.ts';
import { buildDevice, type LiveDevice, nameAtParent } from './live-device.ts';
import { accountKey } from './panel-report.ts';
import { buildTopicIndex, type TopicIndex } from './topic-index.ts';

/** Lines on which the device speaks first: a head at their end, accounts behind it. */
export const heardLinks: readonly DeviceType['link'][] = ['surgard-mlr2', 'ademco-685', 'rfid-em4100-serial'];

/** The installed devices, built from the site's documents and the catalogue, with the indexes that messages need. */
export interface Registry {
  configure(docs: Iterable<Device>): void;
  get(id: string): LiveDevice | undefined;
  all(): Iterable<LiveDevice>;
  doc(id: string): Device | undefined;
  ids(): Iterable<string>;
  /** The receiver or reader at the end of a listened-to line. */
  onLink(link: string): LiveDevice | undefined;
  /** An account of a receiver, by `accountKey`. */
  account(receiver: string, key: string): LiveDevice | undefined;
  /** A panel that reports to the gateway's own alarm receiver, by `accountKey`. */
  panel(key: string): LiveDevice | undefined;
  /** That receiver as a device of the site: it takes what unknown accounts report. */
  panelReceiver(): LiveDevice | undefined;
  /** A fire transmission device by its address on the wire, twelve hex digits. */
  fireTransmitter(address: string): LiveDevice | undefined;
  /** The child that a device means by a name: its id, or its address there. */
  child(parent: string, name: string): LiveDevice | undefined;
  /** The topics of MQTT links. */
  topics(): TopicIndex;
  /** The devices that a composed one is bound to. */
  sources(id: string): readonly string[];
  problemOf(id: string): string | null;
  problems(): { device: string; problem: string }[];
}

/** An installed device made ready, or why it cannot be. */
export function readyDevice(catalogue: Pick<Catalogue, 'kinds' | 'types'>, doc: Device): LiveDevice | string {
  const type = catalogue.types.get(doc.type);
  if (!type) return `its type "${doc.type}" is missing or broken`;
  const kind = catalogue.kinds.get(type.kind);
  if (!kind) return `the kind "${type.kind}" of its type is missing`;
  return buildDevice(doc, type, kind);
}

export function createRegistry(catalogue: Pick<Catalogue, 'kinds' | 'types'>): Registry {
  let docs = new Map<string, Device>();
  let devices = new Map<string, LiveDevice>();
  let heads = new Map<string, LiveDevice>();
  let accounts = new Map<string, LiveDevice>();
  let panels = new Map<string, LiveDevice>();
  let panelReceiver: LiveDevice | undefined;
  let fireTransmitters = new Map<string, LiveDevice>();
  let children = new Map<string, LiveDevice>();
  let refused = new Map<string, string>();
  let topics = buildTopicIndex([]);

  function index(): void {
    topics = buildTopicIndex(devices.values());
    heads = new Map();
    accounts = new Map();
    panels = new Map();
    panelReceiver = undefined;
    fireTransmitters = new Map();
    children = new Map();
    for (const live of devices.values()) {
      if (live.device.parent !== undefined) {
        children.set(`${live.device.parent}/${live.id}`, live);
        children.set(`${live.device.parent}/${nameAtParent(live.device)}`, live);
      }
      const { link } = live.type;
      const { parent, address } = live.device;
      if (link === 'sia-dc09') {
        if (address === undefined) panelReceiver = live;
        else panels.set(accountKey(address), live);
      }
      if (link === 'gbt26875' && address !== undefined)
        fireTransmitters.set(fireAddress(address) ?? '', live);
      if (!heardLinks.includes(link)) continue;
      if (parent !== undefined && address !== undefined)
        accounts.set(`${parent}/${accountKey(address)}`, live);
      else if (live.device.link !== undefined) heads.set(live.device.link, live);
    }
  }

  return {
    configure(nextDocs) {
      docs = new Map();
      devices = new Map();
      refused = new Map();
      for (const doc of nextDocs) {
        docs.set(doc.id, doc);
        const built = readyDevice(catalogue, doc);
        if (typeof built === 'string') refused.set(doc.id, built);
        else devices.set(doc.id, built);
      }
      compose(devices);
      index();
    },
    get: (id) => devices.get(id),
    all: () => devices.values(),
    doc: (id) => docs.get(id),
    ids: () => docs.keys(),
    onLink: (link) => heads.get(link),
    panel: (key) => panels.get(key),
    panelReceiver: () => panelReceiver,
    fireTransmitter: (address) => fireTransmitters.get(address),
    child: (parent, name) => children.get(`${parent}/${name}`),
    account: (receiver, key) => accounts.get(`${receiver}/${key}`),
    topics: () => topics,
    sources(id) {
      const live = devices.get(id);
      return live ? sourcesOf(live) : [];
    },
    problemOf: (id) => refused.get(id) ?? (devices.get(id)?.problems.join('; ') || null),
    problems: () => [
      ...[...refused].map(([device, problem]) => ({ device, problem })),
      ...[...devices.values()].flatMap(({ id, problems }) =>
        problems.map((problem) => ({ device: id, problem })),
      ),
    ],
  };
}

/** @throws message.invalid: the site has no such device, or it cannot work as it is configured */
export function requiredDevice(registry: Registry, id: string): LiveDevice {
  const device = registry.get(id);
  if (device) return device;
  const problem = registry.problemOf(id);
  throw misunderstood([
    problem === null
      ? misread('device-unknown', { device: id })
      : misread('device-unusable', { device: id, words: problem }),
  ]);
}
