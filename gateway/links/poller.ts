import type { Clock } from '../lib/clock.ts';
import type { ReadBlock, ReadPoint } from '../protocols/modbus/reads.ts';
import type { ModbusAnswer, ModbusMaster } from './modbus-master.ts';

/** One device on an asked line. */
export interface PolledDevice {
  id: string;
  unit: number;
  periodMs: number;
  blocks: readonly ReadBlock<ReadPoint>[];
}

/** A block as it was answered: bits of functions 1 and 2 as 0/1, else registers. */
export interface BlockAnswer {
  block: ReadBlock<ReadPoint>;
  words: number[];
}

export interface Poller {
  /** Takes the devices of the line anew; what stays keeps its place. */
  plan(devices: readonly PolledDevice[]): void;
  /** The line came up (all devices are due at once) or is down (nobody is asked, everybody is told once). */
  lineChanged(up: boolean, words: string): void;
  /** Duration of the last whole round over all devices, ms; null before the first. */
  lastCycleMs(): number | null;
  stop(): void;
}

/** After this many failures in a row a device is in quarantine: asked once, with one block, at growing pauses. */
const quarantineAfter = 2;
const longestPauseMs = 30_000;

interface Place {
  device: PolledDevice;
  dueMono: number;
  failures: number;
  lastAskedMono: number;
}

/**
 * Asks the devices of one line in turn, each at its period. A dead one costs one time-out at growing pauses and never
 * holds up its neighbours: whoever is most overdue goes next.
 */
export function createPoller(deps: {
  master: ModbusMaster;
  clock: Clock;
  timeoutMs: number;
  polled(device: string, answers: BlockAnswer[], receivedAt: number): void;
  failed(device: string, answer: Extract<ModbusAnswer, { ok: false }>, failures: number): void;
}): Poller {
  const { clock } = deps;
  let places = new Map<string, Place>();
  let stopped = false;
  let running = false;
  let lineUp = false;
  let cancel: (() => void) | undefined;
  let lastCycleMs: number | null = null;

  function wake(): void {
    cancel?.();
    if (!stopped && !running && lineUp) void run();
  }

  async function run(): Promise<void> {
    running = true;
    while (!stopped && lineUp) {
      let next: Place | undefined;
      for (const place of places.values()) if (!next || place.dueMono < next.dueMono) next = place;
      if (!next) break;
      const waitMs = next.dueMono - clock.now().monoMs;
      if (waitMs > 0) {
        cancel = clock.wakeAfter(Math.ceil(waitMs), wake);
        break;
      }
      await poll(next);
    }
    running = false;
  }

  async function poll(place: Place): Promise<void> {
    const { device } = place;
    const started = clock.now().monoMs;
    const answers: BlockAnswer[] = [];
    const blocks = place.failures >= quarantineAfter ? device.blocks.slice(0, 1) : device.blocks;
    for (const block of blocks) {
      const answer = await deps.master.ask(device.unit, {
        fc: block.fc,
        address: block.address,
        quantity: block.quantity,
      });
      if (stopped || places.get(device.id) !== place) return;
      if (!answer.ok && answer.error === 'line-down') return;
      if (!answer.ok) {
        // The others of this device are refused likewise, or wait for its next turn.
        fail(place, answer);
        return;
      }
      answers.push({ block, words: answer.pdu.registers ?? answer.pdu.bits ?? [] });
    }
    const now = clock.now();
    if (place.lastAskedMono > 0) lastCycleMs = now.monoMs - place.lastAskedMono;
    place.lastAskedMono = now.monoMs;
    const wasQuarantined = place.failures >= quarantineAfter;
    place.failures = 0;
    // In step with the period as long as the line keeps up; when it does not, from now on, so that no one starves.
    place.dueMono = wasQuarantined
      ? now.monoMs
      : Math.max(place.dueMono + device.periodMs, started + device.periodMs / 2);
    deps.polled(device.id, answers, now.wallMs);
  }

  function fail(place: Place, answer: Extract<ModbusAnswer, { ok: false }>): void {
    place.failures++;
    const backOff = place.device.periodMs * 2 ** Math.min(place.failures, 12);
    // At least two time-outs of silence, so that its late answer is never taken for the answer to the next request.
    const pauseMs = Math.max(
      2 * deps.timeoutMs,
      place.failures < quarantineAfter ? place.device.periodMs : Math.min(backOff, longestPauseMs),
    );
    place.dueMono = clock.now().monoMs + pauseMs;
    deps.failed(place.device.id, answer, place.failures);
  }

  return {
    plan(devices) {
      const now = clock.now().monoMs;
      places = new Map(
        devices
          .filter((device) => device.blocks.length > 0)
          .map((device) => [
            device.id,
            {
              failures: 0,
              lastAskedMono: 0,
              ...places.get(device.id),
              device,
              dueMono: places.get(device.id)?.dueMono ?? now,
            },
          ]),
      );
      wake();
    },
    lineChanged(up, words) {
      if (up === lineUp) return;
      lineUp = up;
      const now = clock.now().monoMs;
      for (const place of places.values()) {
        place.failures = 0;
        place.dueMono = now;
        if (!up) deps.failed(place.device.id, { ok: false, error: 'line-down', words }, 1);
      }
      wake();
    },
    lastCycleMs: () => lastCycleMs,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
