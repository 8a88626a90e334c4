import type { LinkState } from '../contract/device-state.ts';
import type { Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { createEm4100Assembler } from '../protocols/em4100/serial.ts';
import type { ModbusRequest } from '../protocols/modbus/pdu.ts';
import { createSurgardAssembler } from '../protocols/surgard/assembler.ts';
import { surgardAck, surgardNak } from '../protocols/surgard/codec.ts';
import { type ByteLine, openByteLine } from './byte-line.ts';
import { type LineTiming, worstCycleMs } from './cycle.ts';
import { createHeardLine, type HeardLine, type HeardProtocol } from './heard-line.ts';
import { createModbusMaster, type ModbusAnswer, type ModbusMaster } from './modbus-master.ts';
import { type BlockAnswer, createPoller, type PolledDevice, type Poller } from './poller.ts';

/** The lines on which the device speaks first. Sur-Gard: a receiver repeats after 4 s without ACK (MLR2 manual). */
const heardProtocols: Record<'surgard-mlr2' | 'rfid-em4100-serial', HeardProtocol> = {
  'surgard-mlr2': {
    assemble: createSurgardAssembler,
    acknowledge: Uint8Array.of(surgardAck),
    refuse: Uint8Array.of(surgardNak),
    repeatWithinMs: 12_000,
  },
  // A tag is sent over and over while it is held to the reader: one presence, one read.
  'rfid-em4100-serial': {
    assemble: createEm4100Assembler,
    acknowledge: null,
    refuse: null,
    repeatWithinMs: 2_000,
  },
};

/** A link with the devices that are asked on it. */
export interface LinkPlan {
  link: Link;
  polled: readonly PolledDevice[];
}

export interface LinksDeps {
  clock: Clock;
  log: Logger;
  polled(device: string, answers: BlockAnswer[], receivedAt: number): void;
  failed(device: string, answer: Extract<ModbusAnswer, { ok: false }>, failures: number): void;
  /** A frame of a listened-to line; `done(true)` after the commit acknowledges it, `done(false)` asks for a repeat. */
  frame(link: Link, bytes: Uint8Array, receivedAt: number, done: (understood: boolean) => void): void;
  state(state: LinkState): void;
}

export interface Links {
  /** Opens what is new, closes what is gone, re-plans what has changed. */
  configure(plans: readonly LinkPlan[]): void;
  /**
   * Writes to a slave ahead of all polls.
   * @param expiresAt UTC ms; bytes that are not out by then never go out
   */
  write(link: string, unit: number, request: ModbusRequest, expiresAt: number): Promise<ModbusAnswer>;
  states(): LinkState[];
  close(): void;
}

interface OpenLink {
  link: Link;
  line: ByteLine;
  master: ModbusMaster | undefined;
  poller: Poller | undefined;
  timing: LineTiming;
  polled: readonly PolledDevice[];
  state: LinkState;
}

/** What counts on the wire of a link. */
export function timingOf(link: Link): LineTiming {
  if (link.kind === 'modbus-tcp')
    return { baudRate: null, bitsPerCharacter: 0, timeoutMs: link.timeoutMs, gapMs: 0 };
  return {
    baudRate: link.baudRate,
    bitsPerCharacter: 1 + link.dataBits + (link.parity === 'none' ? 0 : 1) + link.stopBits,
    timeoutMs: link.timeoutMs,
    gapMs: link.gapMs,
  };
}

/** All links of the site but the MQTT broker. */
export function createLinks(deps: LinksDeps): Links {
  const open = new Map<string, OpenLink>();

  function openLink({ link, polled }: LinkPlan): OpenLink {
    const timing = timingOf(link);
    const asked = link.kind === 'modbus-tcp' || link.protocol === 'modbus-rtu';
    let heard: HeardLine | undefined;
    const line = openByteLine({
      id: link.id,
      path:
        link.kind === 'modbus-tcp'
          ? `tcp://${link.host.includes(':') ? `[${link.host}]` : link.host}:${link.port}`
          : link.path,
      settings: link.kind === 'bus' ? link : undefined,
      clock: deps.clock,
      log: deps.log,
      bytes: (received) => (master ? master.received(received) : heard?.received(received)),
      state(up, error) {
        if (!up) {
          master?.lost();
          heard?.reset();
        }
        poller?.lineChanged(up, error ?? '');
        opened.state = { ...opened.state, state: up ? 'up' : 'down', error, since: deps.clock.now().wallMs };
        deps.state(opened.state);
      },
    });
    const master = asked
      ? createModbusMaster({
          line: () => line,
          framing: link.kind === 'modbus-tcp' ? 'tcp' : 'rtu',
          timeoutMs: link.timeoutMs,
          gapMs: timing.gapMs,
          clock: deps.clock,
        })
      : undefined;
    if (link.kind === 'bus' && link.protocol !== 'modbus-rtu')
      heard = createHeardLine({
        protocol: heardProtocols[link.protocol],
        clock: deps.clock,
        send: (bytes) => line.send(bytes),
        frame: (bytes, receivedAt, done) => deps.frame(link, bytes, receivedAt, done),
      });
    const poller = master
      ? createPoller({
          master,
          clock: deps.clock,
          timeoutMs: link.timeoutMs,
          polled: deps.polled,
          failed: deps.failed,
        })
      : undefined;
    const opened: OpenLink = {
      link,
      line,
      master,
      poller,
      timing,
      polled,
      state: {
        id: link.id,
        state: 'connecting',
        since: deps.clock.now().wallMs,
        error: null,
        worstCycleMs: asked ? worstCycleMs(polled, timing) : null,
        lastCycleMs: null,
      },
    };
    poller?.plan(polled);
    return opened;
  }

  function closeLink(opened: OpenLink): void {
    opened.poller?.stop();
    opened.line.close();
    opened.master?.lost();
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
        const opened = open.get(plan.link.id);
        if (opened && JSON.stringify(opened.link) === JSON.stringify(plan.link)) {
          opened.polled = plan.polled;
          opened.poller?.plan(plan.polled);
          if (opened.poller)
            opened.state = { ...opened.state, worstCycleMs: worstCycleMs(plan.polled, opened.timing) };
          continue;
        }
        if (opened) closeLink(opened);
        open.set(plan.link.id, openLink(plan));
      }
    },
    write(link, unit, request, expiresAt) {
      const master = open.get(link)?.master;
      if (!master)
        return Promise.resolve({
          ok: false,
          error: 'line-down',
          words: `link ${link} is not one that devices are asked on`,
        });
      const latestMono = deps.clock.now().monoMs + (expiresAt - deps.clock.now().wallMs);
      return master.ask(unit, request, latestMono);
    },
    states: () =>
      [...open.values()].map(({ state, poller }) => ({
        ...state,
        lastCycleMs: poller?.lastCycleMs() ?? null,
      })),
    close() {
      for (const opened of open.values()) closeLink(opened);
      open.clear();
    },
  };
}
