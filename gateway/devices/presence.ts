import type { DeviceState } from '../contract/device-state.ts';
import { isAsked } from '../contract/device-type.ts';
import type { Change } from '../contract/live.ts';
import { busLine, isAskedBus, isMqttLink, type Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { Judgement, Watched, Worth } from './life-signs.ts';
import type { LiveDevice } from './live-device.ts';
import { isToldOf } from './mqtt-mapping.ts';
import type { Registry } from './registry.ts';
import { createSupervision, sameJudgement, type WayLoss } from './supervision.ts';
import { bridgeWay } from './topic-index.ts';

/** After so many failures in a row an asked device is lost (INTERFACES: 3 missed polls). */
export const lostAfterPolls = 3;
/** The longest silence of anything on a permanent line, the interval of a native device, and how long whatever may be silent sends nothing but bad values. */
const longestSilenceMs = 90_000;

const never: Judgement = { state: 'unknown', why: null };

/** How an MQTT connection came or went, in the broker's words. */
export type ConnectionReason = 'connect' | 'disconnect' | 'lost' | 'taken-over' | 'dropped' | 'shutdown';

/** The interval of silence after which a device counts as lost, ms; null: its silence says nothing. */
export function silenceMsOf({ type, device }: LiveDevice, link: Link | undefined): number | null {
  const silenceS = device.settings?.silenceS;
  if (typeof silenceS === 'number' && silenceS > 0) return silenceS * 1_000;
  if (type.supervisionMs !== undefined) return type.supervisionMs;
  switch (type.link) {
    case 'native':
    case 'surgard-mlr2':
    case 'ademco-685':
    case 'gbt26875':
      return longestSilenceMs;
    // The receiver is the gateway itself.
    case 'sia-dc09':
      return device.address === undefined ? null : longestSilenceMs;
    case 'mqtt':
      // Whoever is told of as there or gone may be silent.
      return isToldOf(type) ? null : longestSilenceMs;
    case 'modbus':
    case 'dlt645':
    case 'cjt188': {
      const line = link && isAskedBus(link) ? busLine(link, type.link) : link;
      const timeoutMs = line && 'timeoutMs' in line ? line.timeoutMs : 1_000;
      // The third miss is known one time-out after its poll.
      return Math.min(longestSilenceMs, lostAfterPolls * (type.pollMs + timeoutMs));
    }
    case 'uhppote': {
      const timeoutMs = link?.kind === 'uhppote' ? link.timeoutMs : 500;
      // Each state is asked for twice before it counts as missed.
      return Math.min(longestSilenceMs, lostAfterPolls * (type.pollMs + 2 * timeoutMs));
    }
    // The line says itself when a reader has been gone for 8 s; this is for a line that says nothing.
    case 'osdp':
      return 15_000;
    case 'rfid-em4100-serial':
    case 'child':
    case 'composed':
    case 'none':
      return null;
  }
}

/** Whether the gateway asks it again and again, so that it has no heartbeat of its own. */
function isPolled({ type }: LiveDevice): boolean {
  return isAsked(type.link) || type.link === 'uhppote' || type.link === 'osdp';
}

/** The states of devices in the turn: supervision judges, this writes it down and tells. */
export function createPresence(deps: { memory: Memory; clock: Clock; registry: Registry }) {
  const { clock, registry } = deps;
  const states = deps.memory.table<DeviceState>('device-states');
  const supervision = createSupervision();
  let links: ReadonlyMap<string, Link> = new Map();

  function silenceOf(live: LiveDevice): number | null {
    return silenceMsOf(live, links.get(live.device.link ?? ''));
  }

  /** So long without a usable value is too long. A composed device is given what the slowest of its sources is, and no more than 90 s. */
  function badAfterMsOf(live: LiveDevice, sources: readonly string[] | null): number {
    const given = (sources ?? [live.id]).map((id) => {
      const one = registry.get(id);
      return (one && silenceOf(one)) ?? longestSilenceMs;
    });
    const most = Math.max(...given, 0);
    return sources ? Math.min(most, longestSilenceMs) : most;
  }

  /** Brokers and bridges carry hundreds: their devices are lost with them. What a line alone carries speaks for itself. */
  function waysOf({ device: { link: id }, mqtt }: LiveDevice): string[] {
    const link = id === undefined ? undefined : links.get(id);
    if (!link || !isMqttLink(link)) return [];
    return mqtt?.bridge ? [link.id, bridgeWay(link.id, mqtt.bridge.topic)] : [link.id];
  }

  /** Writes down what becomes of the devices behind a way. */
  function way(turn: Turn, key: string, loss: WayLoss | null): DeviceState[] {
    const out: DeviceState[] = [];
    for (const id of supervision.way(key, loss, turn.monoMs)) judge(turn, id, out);
    return out;
  }

  function* watched(): Generator<Watched> {
    for (const live of registry.all()) {
      const sources = live.type.link === 'composed' ? registry.sources(live.id) : null;
      yield {
        id: live.id,
        intervalMs: silenceOf(live),
        silence: live.kind.silence,
        silentWhy: isPolled(live) ? 'poll timeout' : 'silence',
        badAfterMs: badAfterMsOf(live, sources),
        unsupervised: !live.kind.supervised,
        parent: live.device.parent ?? null,
        throughParent: live.type.link === 'child',
        sources,
        bindings: Object.keys(live.device.bind ?? {}),
        ways: waysOf(live),
      };
    }
  }

  function enter(turn: Turn, id: string, judged: Judgement, out: DeviceState[]): void {
    const state: DeviceState = { id, since: turn.now, ...judged };
    states.set(id, state);
    turn.change('device-states', id, state);
    out.push(state);
  }

  /** Writes down what supervision finds of a device and of those that follow it. */
  function judge(turn: Turn, id: string, out: DeviceState[], depth = 0): void {
    const judged = supervision.judge(id, turn.monoMs);
    if (!sameJudgement(judged, states.get(id) ?? never)) enter(turn, id, judged, out);
    if (depth === 8) return;
    for (const follower of supervision.dependants(id)) judge(turn, follower, out, depth + 1);
  }

  function heard(turn: Turn, id: string, worth: Worth, out: DeviceState[]): void {
    supervision.heard(id, turn.monoMs, worth);
    if (states.get(id)?.state !== 'online') judge(turn, id, out);
  }

  function lost(turn: Turn, id: string, why: string, out: DeviceState[]): void {
    supervision.lost(id, why, turn.monoMs);
    judge(turn, id, out);
  }

  return {
    configure(siteLinks: Iterable<Link>): void {
      links = new Map([...siteLinks].map((link) => [link.id, link]));
      supervision.watch(watched(), clock.now().monoMs);
    },
    heard,
    lost,
    moved: supervision.moved,
    bound: supervision.bound,

    connection(
      turn: Turn,
      id: string,
      online: boolean,
      why: ConnectionReason,
      lossByHeartbeatOnly: boolean,
    ): DeviceState[] {
      const out: DeviceState[] = [];
      if (online) {
        heard(turn, id, null, out);
        supervision.connected(id, !lossByHeartbeatOnly);
      } else if (why === 'lost') lost(turn, id, 'connection lost', out);
      else supervision.connected(id, false);
      return out;
    },

    link(turn: Turn, link: string, up: boolean): DeviceState[] {
      const known = links.get(link);
      if (known && isMqttLink(known)) return way(turn, link, up ? null : { why: 'link down', cause: link });
      const out: DeviceState[] = [];
      for (const live of registry.all()) {
        if (live.device.link !== link) continue;
        if (!up) lost(turn, live.id, 'link down', out);
        // What is silent by nature is back with its line; the others are when they are heard, and are asked from now on.
        else if (silenceOf(live) === null) heard(turn, live.id, null, out);
        else supervision.begun(live.id, turn.monoMs);
      }
      return out;
    },

    /** A bridge says on its topic that it is there, or not. */
    bridge: (turn: Turn, link: string, topic: string, up: boolean): DeviceState[] =>
      way(turn, bridgeWay(link, topic), up ? null : { why: 'bridge offline', cause: link }),

    fallenSilent(turn: Turn): DeviceState[] {
      const out: DeviceState[] = [];
      for (const { device, judged } of supervision.due(turn.monoMs, (id) => states.get(id)))
        enter(turn, device, judged, out);
      return out;
    },
    nextDue: (): number => supervision.nextDue(),
    deaf: (ms: number): void => supervision.deaf(ms, clock.now().monoMs),
    hold: (failing: boolean): void => supervision.hold(failing, clock.now().monoMs),

    forget(turn: Turn, id: string): void {
      if (!states.get(id)) return;
      states.set(id, undefined);
      turn.change('device-states', id, null);
    },

    /** Why a device cannot be reached, as the running turn sees it; null when it can. */
    unreachable(id: string): string | null {
      const state = states.get(id);
      return state?.state === 'offline' ? (state.why ?? 'not reachable') : null;
    },
    state: (id: string): DeviceState => states.committed.get(id) ?? { id, since: 0, ...never },
    snapshot: (): Change[] =>
      [...states.committed.values()].map((data) => ({ entity: 'device-states', id: data.id, data })),
  };
}
export type Presence = ReturnType<typeof createPresence>;
