import type { BadReason } from '../contract/bad-value.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import { isAsked } from '../contract/device-type.ts';
import type { Change } from '../contract/live.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { Device, Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { Catalogue } from './catalogue.ts';
import { type CommandWords, commandWords } from './command-handover.ts';
import type { SendCommand } from './command-orders.ts';
import { type CommandEnd, type CommandHouse, createCommands } from './commands.ts';
import { createLogPlaces } from './controller-log.ts';
import { createDecoding } from './decoding.ts';
import { createDrafts } from './drafts.ts';
import { createFlow } from './flow.ts';
import { createDiscoveries } from './home-assistant.ts';
import { type AlarmInput, type LiveDevice, nameAtParent } from './live-device.ts';
import { type PolledDevice, polledDevice } from './polled.ts';
import { type ConnectionReason, createPresence } from './presence.ts';
import { createReception } from './reception.ts';
import { createRegistry, requiredDevice } from './registry.ts';
import { createSparkplugHost } from './sparkplug.ts';
import {
  announcedFact,
  announcedOf,
  announcedQuery,
  edgeOf,
  edgesQuery,
  type ToldRow,
  toldQuery,
  toldReading,
} from './store.ts';
import { type TopicCommand, topicCommand } from './topic-command.ts';
import { createViews } from './views.ts';

/**
 * The devices of the site, live: from bytes to readings and events, their states, and the way down to them.
 * Call `configure` with the site's documents at start and after each change of site or types.
 */
export function createDevices(deps: {
  memory: Memory;
  query: Query;
  clock: Clock;
  log: Logger;
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
  send: SendCommand;
  heldBy?: CommandHouse['heldBy'];
  /** Whether nodes of Sparkplug B on a link can know that this host is there. */
  isHostTold?(link: string): boolean;
  /** After each step of a command; `end` when it was its last. */
  onCommand?(turn: Turn, command: Command, end: CommandEnd | null): void;
}) {
  const { memory } = deps;
  const values = memory.table<Reading>('values');
  const edges = memory.table<PointValue>('edges');
  /** Why nothing came of the last polls of a device: what its points that were never heard lack a value for. */
  const inVain = new Map<string, BadReason>();
  const registry = createRegistry(deps.catalogue);
  const presence = createPresence({ memory, clock: deps.clock, registry });
  const flow = createFlow({
    values,
    edges,
    moved: (turn, { device, name }, stuckAfterMs) => presence.moved(device, name, turn.monoMs, stuckAfterMs),
    bound: (turn, device, name, usable) => presence.bound(device, name, usable, turn.monoMs),
  });
  function messageFor(
    device: LiveDevice,
    name: string,
    command: string,
    args: Readonly<Record<string, unknown>>,
  ): TopicCommand {
    return topicCommand({ sparkplug, discoveries }, device, {
      command,
      name,
      args,
      nowMs: deps.clock.now().wallMs,
    });
  }
  const logPlaces = createLogPlaces(deps);
  const commands = createCommands({
    memory,
    query: deps.query,
    send: deps.send,
    house: {
      device: (id) => registry.get(id),
      unreachable: presence.unreachable,
      message: messageFor,
      value: (key) => {
        const reading = values.get(key);
        return reading?.quality === 'good' ? reading.value : undefined;
      },
      heldBy: deps.heldBy,
    },
    moved: (turn, command, end) => deps.onCommand?.(turn, command, end),
  });

  const wasBad = (key: string): boolean => values.committed.get(key)?.quality === 'bad';

  const sparkplug = createSparkplugHost({
    devices: (link) => registry.topics().sparkplug(link),
    wasBad,
    isHostTold: deps.isHostTold ?? (() => true),
  });

  const discoveries = createDiscoveries({
    entities: (link) => registry.topics().entities(link),
    catalogue: deps.catalogue,
    wasBad,
  });

  const room = { memory, registry, presence, flow, values, commands, inVain };

  return {
    commands,
    drafts: createDrafts({ catalogue: deps.catalogue, registry, value: (key) => values.committed.get(key) }),
    views: createViews({ registry, presence, values: values.committed, inVain }),

    /** Fills the tables at start. */
    async load(): Promise<void> {
      for (const row of await deps.query<{ id: string; value: string }>(edgesQuery))
        edges.load(row.id, edgeOf(row));
      // What events have told stands until the next one; that it still holds after the outage is likely, not certain.
      for (const row of await deps.query<ToldRow>(toldQuery)) values.load(row.id, toldReading(row));
      for (const row of await deps.query<{ name: string; value: string }>(announcedQuery)) {
        const { link, address } = announcedOf(row);
        discoveries.load(link, address, row.value);
      }
      await logPlaces.load();
      await commands.load();
    },

    /**
     * Takes the site's devices and links anew. Outside of a turn: at start, after the commit that changed them, and when
     * types have been reloaded. Devices that are new get one full interval of silence.
     */
    configure(docs: Iterable<Device>, links: Iterable<Link>): void {
      const known = [...links];
      registry.configure(docs);
      presence.configure(known);
      discoveries.configure(known);
      for (const { device, problem } of registry.problems())
        deps.log.warn({ device, problem }, 'a device does not work as configured');
    },

    /** As the first input after start: see `Commands.recover`. */
    recover(turn: Turn): void {
      commands.recover(turn);
    },

    /** In the turn that removes a device from the site. */
    forget(turn: Turn, id: string): void {
      presence.forget(turn, id);
      inVain.delete(id);
      for (const { key } of registry.get(id)?.points.values() ?? [])
        if (values.get(key)) values.set(key, undefined);
      turn.write('devices.untell', id);
      const { type, device, mqtt } = registry.get(id) ?? {};
      for (const address of mqtt?.entities.keys() ?? [])
        turn.write('devices.unannounced', announcedFact(device?.link ?? '', address));
      if (type?.link === 'uhppote') logPlaces.forget(turn, String(device?.address));
    },

    /** Devices with their rules, for the alarms room. */
    alarmInputs: (): Iterable<AlarmInput> => registry.all(),
    alarmInput: (id: string): AlarmInput | undefined => registry.get(id),
    ofKind: (kind: string): Device[] =>
      [...registry.all()].filter((live) => live.kind.id === kind).map(({ device }) => device),

    /** What is polled on an asked link, for the links room. */
    polledOn(link: string): PolledDevice[] {
      const polled: PolledDevice[] = [];
      for (const live of registry.all()) {
        if (!isAsked(live.type.link) || live.device.link !== link) continue;
        try {
          polled.push(polledDevice(live));
        } catch (error) {
          live.problems.push(asError(error).message);
        }
      }
      return polled;
    },

    // --- on arrival, outside of the turn

    ...createDecoding({ ...room, catalogue: deps.catalogue, sparkplug, discoveries, wasBad }),

    /**
     * The message by which a product with topics of its own is asked for a command of this id, or what is written to one that is
     * asked by Modbus.
     * @throws message.invalid: there is no such device
     */
    commandMessage(
      device: string,
      name: string,
      command: string,
      args: Readonly<Record<string, unknown>> = {},
    ): CommandWords {
      return commandWords(messageFor, requiredDevice(registry, device), { name, command, args });
    },
    /** Up to where the logs of controllers are on disk; `keep` in the turn that holds the events. */
    logPlaces,

    // --- in the turn

    /** Keeps what an entity is announced as; null: it was taken away. */
    announced(turn: Turn, link: string, address: string, config: string | null): void {
      if (config === null) turn.write('devices.unannounced', announcedFact(link, address));
      else turn.write('devices.announced', announcedFact(link, address), config);
    },

    ...createReception(room),

    /** An MQTT connection came or went; `lossByHeartbeatOnly` as the broker tells it. */
    onConnection: (
      turn: Turn,
      device: string,
      online: boolean,
      why: ConnectionReason,
      lossByHeartbeatOnly: boolean,
    ): DeviceState[] => presence.connection(turn, device, online, why, lossByHeartbeatOnly),

    /** A link came or went: the devices on it go with it. */
    onLink(turn: Turn, link: string, up: boolean): DeviceState[] {
      sparkplug.onLink(link, up);
      return presence.link(turn, link, up);
    },

    /** A bridge says that it is there, or not: the devices that it brings go with it. */
    onBridge: (turn: Turn, link: string, topic: string, up: boolean): DeviceState[] =>
      presence.bridge(turn, link, topic, up),

    /** What must be said to nodes of Sparkplug B, and what their silence says of devices. Ask once a second. */
    sparkplugRound: sparkplug.round,

    /** Whether somebody may have fallen silent: then queue an input that calls `onSupervision`. Ask once a second. */
    supervisionDue: (monoMs: number): boolean => presence.nextDue() <= monoMs,
    /** Monotonic ms before which nobody can have. */
    nextSupervision: presence.nextDue,
    onSupervision: (turn: Turn): DeviceState[] => presence.fallenSilent(turn),
    /** The gateway could hear nobody for the last `ms`: it was starting, or had no turn on the machine. */
    onDeaf: (ms: number): void => presence.deaf(ms),
    /** While storage fails nobody is judged for silence; then everybody gets one full interval anew. */
    onStorage: (failing: boolean): void => presence.hold(failing),

    // --- committed state, for the API and the consoles

    /** Devices that cannot work as they are configured, and why. */
    problems: (): { device: string; problem: string }[] => [...registry.problems()],

    state: presence.state,
    /** Why a device cannot be reached, as the running turn sees it; null when it can. */
    unreachable: presence.unreachable,
    nameAtParent,
    value: (key: string): Reading | undefined => values.committed.get(key),
    /** As the running turn sees it. */
    newest: (key: string): Reading | undefined => values.get(key),
    liveValues: (): Iterable<Reading> => values.committed.values(),
    snapshot: (): Change[] => [...presence.snapshot(), ...commands.snapshot()],
  };
}
export type Devices = ReturnType<typeof createDevices>;

export type { CommandEnd } from './commands.ts';
export type { PanelLine } from './dc09-panels.ts';
export type { Draft } from './drafts.ts';
export type { FireReport } from './fire-transmitters.ts';
export type { AlarmInput } from './live-device.ts';
export type { DeviceMessage } from './message.ts';
export type { ReaderSetting } from './osdp.ts';
export type { PolledDevice } from './polled.ts';
export type { PollFailure, Received } from './reception.ts';
export type { TopicCommand } from './topic-command.ts';
export type { TopicDecoded, TopicMessage } from './topic-decoding.ts';
export type { ControllerNews } from './uhppote.ts';
