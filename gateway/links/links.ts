import type { LinkState } from '../contract/device-state.ts';
import type { LinkStatus } from '../contract/link-status.ts';
import type { LinkTrouble } from '../contract/link-trouble.ts';
import { isAskedBus, isLineLink, type LineLink, type Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { AskedAnswer, AskedRead, ModbusWrite } from '../protocols/asked-read.ts';
import type { HeardMeters } from '../protocols/meter-frame.ts';
import type { ModbusPdu } from '../protocols/modbus/pdu.ts';
import type { OsdpReader } from '../protocols/osdp/conversation.ts';
import { type AskedBus, createAskedBus } from './asked-bus.ts';
import { type ByteLine, openByteLine } from './byte-line.ts';
import { worstCycleMs } from './cycle.ts';
import { type DtuListener, openDtuLine } from './dtu-line.ts';
import type { AskFailure, AskObserver, AskOutcome, OrderOutcome } from './exchange.ts';
import { createHeardLine, type HeardLine } from './heard-line.ts';
import { heardProtocols } from './heard-protocols.ts';
import { LineTally } from './line-tally.ts';
import { busTiming, longestTimeoutMs } from './line-use.ts';
import type { MeterSearch } from './meter-search-exchange.ts';
import {
  createOsdpLine,
  type OsdpLine,
  type OsdpListener,
  type ReaderPlan,
  type ReaderTrial,
} from './osdp-line.ts';
import { createPoller, type PolledDevice, type Poller } from './poller.ts';

/** A link with the devices that are asked on it; what is no line (mqtt-links.ts, uhppote-links.ts) is passed over. */
export interface LinkPlan {
  link: Link;
  polled: readonly PolledDevice[];
  /** On a line with card readers. */
  readers?: readonly ReaderPlan[];
}

export interface LinksDeps {
  clock: Clock;
  log: Logger;
  polled(device: string, answers: AskedAnswer[], receivedAt: number): void;
  failed(device: string, failure: AskFailure, failures: number): void;
  /** Where units dial in; undefined: nowhere. */
  dtus?: DtuListener | undefined;
  /** A frame of a listened-to line; `done(true)` after the commit acknowledges it, `done(false)` asks for a repeat. */
  frame(link: LineLink, bytes: Uint8Array, receivedAt: number, done: (understood: boolean) => void): void;
  /** Whom card readers tell; undefined: lines with such are opened and nobody is asked. */
  readers?: OsdpListener;
  state(state: LinkState): void;
}

export interface Links {
  /** Opens what is new, closes what is gone, re-plans what has changed. */
  configure(plans: readonly LinkPlan[]): void;
  /**
   * Writes to a slave ahead of all polls.
   * @param expiresAt UTC ms; bytes that are not out by then never go out
   */
  write(link: string, unit: number, write: ModbusWrite, expiresAt: number): Promise<AskOutcome<ModbusPdu>>;
  /** A device of whichever link is to show within this time what it was told: it is asked at once and more often. */
  hasten(device: string, withinMs: number): void;
  /**
   * Asks for something that is not polled, between the polls of the link.
   * @param observer sees the bytes of this question
   */
  ask(link: string, read: AskedRead, observer: AskObserver): Promise<AskOutcome<AskedAnswer>>;
  /** Asks between the polls who is on a line of meters. */
  meters(link: string, search: MeterSearch): Promise<AskOutcome<HeardMeters>>;
  /** Tells a card reader to do something, ahead of all polls. @param expiresAt UTC ms */
  tellReader(
    link: string,
    device: string,
    command: { code: number; data: Uint8Array },
    expiresAt: number,
  ): Promise<OrderOutcome>;
  /**
   * Speaks with a card reader that the site does not have, between the others of its line.
   * @returns ends it before; null: the link is not one that card readers are on
   */
  tryReader(link: string, reader: OsdpReader, trial: ReaderTrial): (() => void) | null;
  states(): LinkState[];
  /** With what was counted of each, and its last exchange. */
  status(): LinkStatus[];
  close(): void;
}

interface OpenLink {
  link: LineLink;
  line: ByteLine;
  bus: AskedBus | undefined;
  poller: Poller | undefined;
  readers: OsdpLine | undefined;
  polled: readonly PolledDevice[];
  state: LinkState;
  tally: LineTally;
}

const notAsked = (link: string): AskFailure => ({
  ok: false,
  error: 'line-down',
  words: `link ${link} is not one that devices are asked on`,
  fault: { code: 'line-down' },
});

/** The links of the site on which bytes go to and fro: buses and sockets. */
export function createLinks(deps: LinksDeps): Links {
  const open = new Map<string, OpenLink>();
  /** Devices that were told not to answer as they should: one line in the log when lost, one when back. */
  const troubled = new Set<string>();

  function failed(device: string, failure: AskFailure, failures: number): void {
    const { error, words } = failure;
    const lasting = error === 'refused' || (error !== 'line-down' && failures >= 2);
    if (lasting && !troubled.has(device)) {
      troubled.add(device);
      deps.log.warn({ device, words }, 'a device does not answer as it should');
    }
    deps.failed(device, failure, failures);
  }

  function polled(device: string, answers: AskedAnswer[], receivedAt: number): void {
    if (troubled.delete(device)) deps.log.info({ device }, 'the device answers again');
    deps.polled(device, answers, receivedAt);
  }

  function openLink(link: LineLink, { polled: devices, readers: plans = [] }: LinkPlan): OpenLink {
    const asked = link.kind === 'modbus-tcp' || isAskedBus(link);
    let heard: HeardLine | undefined;
    const listeners = {
      bytes: (received: Buffer) => (bus ?? readers ?? heard)?.received(received),
      state(up: boolean, error: string | null, trouble: LinkTrouble | null) {
        if (up) tally.opened();
        else {
          bus?.lost();
          heard?.reset();
        }
        poller?.lineChanged(up, error ?? '');
        readers?.lineChanged(up);
        const since = deps.clock.now().wallMs;
        opened.state = { ...opened.state, state: up ? 'up' : 'down', error, trouble, since };
        deps.state(opened.state);
      },
    };
    const line =
      link.kind === 'dtu'
        ? openDtuLine(link, { ...listeners, listener: deps.dtus, clock: deps.clock })
        : openByteLine({
            id: link.id,
            path:
              link.kind === 'modbus-tcp'
                ? `tcp://${link.host.includes(':') ? `[${link.host}]` : link.host}:${link.port}`
                : link.path,
            settings: link.kind === 'bus' ? link : undefined,
            clock: deps.clock,
            log: deps.log,
            ...listeners,
          });
    const bus = asked ? createAskedBus({ link, line: () => line, clock: deps.clock }) : undefined;
    const isReaders = link.kind === 'bus' && link.protocol === 'osdp';
    const tally =
      bus?.tally ?? new LineTally(deps.clock, isReaders ? 'asked' : 'heard', { withheld: isReaders });
    const readers =
      link.kind === 'bus' && link.protocol === 'osdp' && deps.readers
        ? createOsdpLine({ link, line: () => line, clock: deps.clock, tally, ...deps.readers })
        : undefined;
    if (link.kind !== 'modbus-tcp' && !isAskedBus(link) && link.protocol !== 'osdp')
      heard = createHeardLine({
        protocol: heardProtocols[link.protocol],
        clock: deps.clock,
        send(bytes) {
          tally.answered(bytes);
          line.send(bytes);
        },
        frame(bytes, receivedAt, done) {
          tally.frame(bytes);
          deps.frame(link, bytes, receivedAt, (understood) => {
            tally.judged(understood);
            done(understood);
          });
        },
      });
    const poller = bus
      ? createPoller({
          ask: bus.read,
          clock: deps.clock,
          timeoutMs: longestTimeoutMs(link),
          polled,
          failed,
        })
      : undefined;
    const opened: OpenLink = {
      link,
      line,
      bus,
      poller,
      readers,
      polled: devices,
      tally,
      state: {
        id: link.id,
        state: 'connecting',
        since: deps.clock.now().wallMs,
        error: null,
        trouble: null,
        worstCycleMs: bus ? worstCycleMs(devices, busTiming(link)) : null,
        lastCycleMs: null,
      },
    };
    poller?.plan(devices);
    readers?.plan(plans);
    return opened;
  }

  function between<Value>(
    link: string,
    ask: (bus: AskedBus) => Promise<AskOutcome<Value>>,
  ): Promise<AskOutcome<Value>> {
    const { bus, poller } = open.get(link) ?? {};
    return bus && poller ? poller.between(() => ask(bus)) : Promise.resolve(notAsked(link));
  }

  function stateOf({ state, poller }: OpenLink): LinkState {
    return { ...state, lastCycleMs: poller?.lastCycleMs() ?? null };
  }

  function closeLink(opened: OpenLink): void {
    opened.poller?.stop();
    opened.readers?.stop();
    opened.line.close();
    opened.bus?.lost();
  }

  return {
    configure(plans) {
      const wanted = new Set(plans.map(({ link }) => link.id));
      for (const [id, opened] of open) {
        if (wanted.has(id)) continue;
        closeLink(opened);
        open.delete(id);
      }
      for (const plan of plans) {
        const { link, polled, readers = [] } = plan;
        if (!isLineLink(link)) continue;
        const opened = open.get(link.id);
        if (opened && JSON.stringify(opened.link) === JSON.stringify(link)) {
          opened.polled = polled;
          opened.poller?.plan(polled);
          opened.readers?.plan(readers);
          if (opened.poller)
            opened.state = { ...opened.state, worstCycleMs: worstCycleMs(polled, busTiming(link)) };
          continue;
        }
        if (opened) closeLink(opened);
        open.set(link.id, openLink(link, plan));
      }
    },
    write(link, unit, write, expiresAt) {
      const bus = open.get(link)?.bus;
      if (!bus) return Promise.resolve(notAsked(link));
      const latestMono = deps.clock.now().monoMs + (expiresAt - deps.clock.now().wallMs);
      return bus.write(unit, write, latestMono);
    },
    hasten(device, withinMs) {
      for (const { poller } of open.values()) poller?.hasten(device, withinMs);
    },
    tellReader(link, device, command, expiresAt) {
      const readers = open.get(link)?.readers;
      if (!readers)
        return Promise.resolve({
          ok: false,
          error: 'line-down',
          words: `link ${link} is not one that card readers are on`,
        });
      const { wallMs, monoMs } = deps.clock.now();
      return readers.order(device, command, monoMs + (expiresAt - wallMs));
    },
    ask: (link, read, observer) => between(link, (bus) => bus.read(read, observer)),
    tryReader: (link, reader, trial) => open.get(link)?.readers?.try(reader, trial) ?? null,
    meters: (link, search) => between(link, (bus) => bus.meters(search)),
    states: () => [...open.values()].map(stateOf),
    status: () => [...open.values()].map((opened) => ({ ...stateOf(opened), ...opened.tally.status() })),
    close() {
      for (const opened of open.values()) closeLink(opened);
      open.clear();
    },
  };
}
