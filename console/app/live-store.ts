import type { AccessEvent, DoorState } from '../../gateway/contract/access.ts';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState, LinkState } from '../../gateway/contract/device-state.ts';
import type { LinkageRun } from '../../gateway/contract/linkage-run.ts';
import type { Change, Entity, LiveMessage, ValueRow } from '../../gateway/contract/live.ts';
import type { Round } from '../../gateway/contract/patrol.ts';
import type { LivePoint } from '../../gateway/contract/reading.ts';
import type {
  Area,
  Checkpoint,
  Device,
  Household,
  Link,
  Linkage,
  PatrolPlan,
  Person,
  Route,
  SiteSettings,
} from '../../gateway/contract/site.ts';
import type { Snapshot } from '../../gateway/contract/snapshot.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import type { ZoneState } from '../../gateway/contract/zone.ts';

/** What each entity's rows are. No contacts, notes or medical words travel on `/live`. */
export interface EntityRows {
  site: SiteSettings;
  areas: Area;
  links: Link;
  devices: Device;
  households: Omit<Household, 'contacts' | 'notes' | 'medical'>;
  people: Omit<Person, 'phone' | 'cards'>;
  checkpoints: Checkpoint;
  routes: Route;
  plans: PatrolPlan;
  linkages: Linkage;
  'linkage-runs': LinkageRun;
  'device-states': DeviceState;
  'link-states': LinkState;
  zones: ZoneState;
  alarms: Alarm;
  snapshots: Snapshot;
  tickets: Ticket;
  rounds: Round;
  'access-events': AccessEvent;
  doors: DoorState;
  commands: Command;
  system: unknown;
}

/** One point as the console knows it; `at` is UTC ms. */
export interface PointNow {
  value: LivePoint['value'];
  quality: LivePoint['quality'];
  at: number;
}

export interface Connection {
  /** `connecting`: never had a full picture yet; `lost`: had one, and it is no longer fed. */
  state: 'connecting' | 'live' | 'lost';
  /** Monotonic ms at which this state began. */
  since: number;
}

export type Topic = Entity | 'values' | 'connection' | 'beat';

/** What the socket has to do after a message: nothing, or close and come back for a whole snapshot. */
export type Applied = 'ok' | 'resync';

type Rows = Map<string, unknown>;

interface Staging {
  seq: number;
  tables: Map<Entity, Rows>;
  values: Map<string, PointNow>;
  /** Changes that overtook the last part of the snapshot. */
  held: Extract<LiveMessage, { type: 'change' }>[];
}

const none: readonly never[] = [];

/** Both are keys without a dot, so that the pair is one word. */
export function pointKey(device: string, point: string): string {
  return `${device}.${point}`;
}

/**
 * Everything that `/live` tells, normalised by entity and id. `publish` is called when something has changed and has to run
 * `flush` soon: it bounds how often the screen is drawn, the tables themselves are always up to date.
 */
export function createLiveStore(options: { monoMs: () => number; publish: (flush: () => void) => void }) {
  let tables = new Map<Entity, Rows>();
  let values = new Map<string, PointNow>();
  let staging: Staging | null = null;
  let epoch: string | null = null;
  let seq = -1;
  let whole = false;
  let connection: Connection = { state: 'connecting', since: options.monoMs() };
  let heardAt = options.monoMs();
  let offsetMs = 0;
  let beats = 0;
  /** Shown before they could be recorded; they outlive a snapshot of the same epoch, which cannot know them. */
  const unrecorded = new Map<string, Change>();

  const listeners = new Map<Topic, Set<() => void>>();
  const dirty = new Set<Topic>();
  const lists = new Map<Entity, readonly unknown[]>();
  const maps = new Map<Entity, ReadonlyMap<string, unknown>>();

  function mark(topic: Topic): void {
    const first = dirty.size === 0;
    dirty.add(topic);
    if (first) options.publish(flush);
  }

  function flush(): void {
    const topics = [...dirty];
    dirty.clear();
    for (const topic of topics) {
      lists.delete(topic as Entity);
      maps.delete(topic as Entity);
    }
    for (const topic of topics) for (const listener of [...(listeners.get(topic) ?? none)]) listener();
  }

  function table(entity: Entity): Rows {
    let rows = tables.get(entity);
    if (rows === undefined) {
      rows = new Map();
      tables.set(entity, rows);
    }
    return rows;
  }

  function put(into: (entity: Entity) => Rows, changes: readonly Change[]): void {
    for (const { entity, id, data } of changes) {
      if (data === null) into(entity).delete(id);
      else into(entity).set(id, data);
    }
  }

  function putValues(into: Map<string, PointNow>, rows: readonly ValueRow[]): void {
    for (const [device, point, value, quality, at] of rows) {
      into.set(pointKey(device, point), { value, quality, at });
    }
  }

  function setConnection(state: Connection['state']): void {
    if (connection.state === state) return;
    connection = { state, since: options.monoMs() };
    mark('connection');
  }

  function applyChanges(changes: readonly Change[]): void {
    put(table, changes);
    for (const change of changes) {
      unrecorded.delete(`${change.entity}/${change.id}`);
      mark(change.entity);
    }
  }

  function applyChange(message: Extract<LiveMessage, { type: 'change' }>): Applied {
    if (message.seq <= seq) return 'ok';
    // `prev` is the last number sent on this socket: numbers may leap, but the chain may not break.
    if (message.prev !== seq) return 'resync';
    seq = message.seq;
    applyChanges(message.changes);
    return 'ok';
  }

  function finishSnapshot(done: Staging): Applied {
    const touched = new Set<Entity>([...tables.keys(), ...done.tables.keys()]);
    tables = done.tables;
    values = done.values;
    seq = done.seq;
    staging = null;
    whole = true;
    for (const change of unrecorded.values()) {
      if (!table(change.entity).has(change.id)) put(table, [change]);
    }
    for (const entity of touched) mark(entity);
    mark('values');
    setConnection('live');
    for (const message of done.held) if (applyChange(message) === 'resync') return 'resync';
    return 'ok';
  }

  function applySnapshot(message: Extract<LiveMessage, { type: 'snapshot' }>): Applied {
    if (message.part === 0) {
      staging = { seq: message.seq, tables: new Map(), values: new Map(), held: [] };
    }
    if (staging === null) return 'resync';
    const into = staging.tables;
    put((entity) => {
      const rows = into.get(entity) ?? new Map<string, unknown>();
      into.set(entity, rows);
      return rows;
    }, message.changes);
    putValues(staging.values, message.values);
    return message.last ? finishSnapshot(staging) : 'ok';
  }

  function heard(serverTime: number): void {
    heardAt = options.monoMs();
    offsetMs = serverTime - heardAt;
  }

  return {
    apply(message: LiveMessage): Applied {
      if ('serverTime' in message) heard(message.serverTime);
      else heardAt = options.monoMs();
      switch (message.type) {
        case 'hello':
          staging = null;
          if (message.epoch !== epoch) {
            epoch = message.epoch;
            whole = false;
            seq = -1;
            // The gateway started anew: what it had not recorded was never acknowledged and comes again from the field.
            unrecorded.clear();
          }
          if (whole) setConnection('live');
          return 'ok';
        case 'snapshot':
          return applySnapshot(message);
        case 'change':
          if (staging !== null) {
            staging.held.push(message);
            return 'ok';
          }
          return applyChange(message);
        case 'values':
          putValues(staging?.values ?? values, message.values);
          if (staging === null) mark('values');
          return 'ok';
        case 'unrecorded':
          for (const change of message.changes) unrecorded.set(`${change.entity}/${change.id}`, change);
          put(table, message.changes);
          for (const change of message.changes) mark(change.entity);
          return 'ok';
        case 'beat':
          beats++;
          mark('beat');
          return 'ok';
      }
    },

    /** The socket is gone or silent: keep the picture, and say that it is old. */
    lose(): void {
      staging = null;
      setConnection(connection.state === 'connecting' ? 'connecting' : 'lost');
    },

    /** Where to go on from: `epoch:seq`, or nothing when only a whole snapshot will do. */
    resumePoint(): string | null {
      return whole && epoch !== null ? `${epoch}:${seq}` : null;
    },

    /** Forget where it was, so that the next socket starts with a whole snapshot; the picture stays until it has come. */
    forgetPlace(): void {
      whole = false;
    },

    /** Someone else signs in: nothing of what the one before could see may stay. */
    clear(): void {
      const touched = [...tables.keys()];
      tables = new Map();
      values = new Map();
      staging = null;
      epoch = null;
      seq = -1;
      whole = false;
      unrecorded.clear();
      for (const entity of touched) mark(entity);
      mark('values');
      connection = { state: 'connecting', since: options.monoMs() };
      mark('connection');
    },

    subscribe(topic: Topic, listener: () => void): () => void {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set);
      set.add(listener);
      return () => set.delete(listener);
    },

    list<E extends Entity>(entity: E): readonly EntityRows[E][] {
      let list = lists.get(entity);
      if (list === undefined) {
        list = [...(tables.get(entity)?.values() ?? none)];
        lists.set(entity, list);
      }
      return list as readonly EntityRows[E][];
    },

    map<E extends Entity>(entity: E): ReadonlyMap<string, EntityRows[E]> {
      let map = maps.get(entity);
      if (map === undefined) {
        map = new Map(tables.get(entity));
        maps.set(entity, map);
      }
      return map as ReadonlyMap<string, EntityRows[E]>;
    },

    get<E extends Entity>(entity: E, id: string): EntityRows[E] | undefined {
      return tables.get(entity)?.get(id) as EntityRows[E] | undefined;
    },

    point(device: string, point: string): PointNow | undefined {
      return values.get(pointKey(device, point));
    },

    isUnrecorded(entity: Entity, id: string): boolean {
      return unrecorded.has(`${entity}/${id}`);
    },

    connection: () => connection,
    beats: () => beats,
    /** Monotonic ms of the last message of any type. */
    heardAt: () => heardAt,
    /** UTC ms by the gateway's clock. */
    serverNow: () => Math.round(offsetMs === 0 ? Date.now() : options.monoMs() + offsetMs),
  };
}

export type LiveStore = ReturnType<typeof createLiveStore>;
