import type { AskFault } from '../contract/ask-fault.ts';
import type { Link } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import type {
  AskedAnswer,
  AskedProtocol,
  AskedRead,
  Cjt188Read,
  Dlt645Read,
  ModbusRead,
  ModbusWrite,
} from '../protocols/asked-read.ts';
import { beginReading } from '../protocols/dlt645/session.ts';
import type { HeardMeters } from '../protocols/meter-frame.ts';
import type { ModbusPdu, ModbusRequest } from '../protocols/modbus/pdu.ts';
import { type Asking, createAskedLine } from './asked-line.ts';
import type { ByteLine } from './byte-line.ts';
import { cjt188Exchange } from './cjt188-exchange.ts';
import { dlt645Exchange } from './dlt645-exchange.ts';
import { type AskObserver, type AskOutcome, busyPauseMs, type Exchange, mostBusy } from './exchange.ts';
import { LineTally } from './line-tally.ts';
import { lineUse } from './line-use.ts';
import { type MeterSearch, meterSearchExchange } from './meter-search-exchange.ts';
import { createModbusTcp, rtuExchange } from './modbus-exchange.ts';

/** A link on which devices are asked: its protocols take turns on one line. One more protocol is one more case in `read`. */
export interface AskedBus {
  /** @param observer sees the bytes of this question; such a one is not counted, since nobody knows whether the device is there */
  read(read: AskedRead, observer?: AskObserver): Promise<AskOutcome<AskedAnswer>>;
  /** Asks the meter on the line who it is; takes one whole time-out, for a second one may answer. It is not counted either. */
  meters(search: MeterSearch): Promise<AskOutcome<HeardMeters>>;
  /** Goes before all reads, and not at all when this monotonic moment has passed. */
  write(unit: number, write: ModbusWrite, latestMono: number): Promise<AskOutcome<ModbusPdu>>;
  received(bytes: Buffer): void;
  lost(): void;
  readonly tally: LineTally;
}

/** Whoever watches looks around: a device that is tried, a unit that a scan asks. */
function watched(observer: AskObserver | undefined): Asking {
  return { observer, looking: observer !== undefined };
}

export function createAskedBus(deps: { link: Link; line(): ByteLine; clock: Clock }): AskedBus {
  const { link } = deps;
  let losing: AskFault | undefined;
  const tcp =
    link.kind === 'modbus-tcp'
      ? createModbusTcp((why) => {
          losing = why.trouble.code === 'wrong-protocol' ? { code: 'not-modbus-tcp' } : undefined;
          deps.line().renew(why);
          losing = undefined;
        })
      : undefined;
  const tally = new LineTally(deps.clock, 'asked');
  const line = createAskedLine({
    tally,
    line: deps.line,
    clock: deps.clock,
    gapMs: 'gapMs' in link ? link.gapMs : 0,
    stray: tcp?.stray,
  });

  async function ask<Value>(
    protocol: AskedProtocol,
    begin: () => Exchange<Value>,
    asking?: Asking,
  ): Promise<AskOutcome<Value>> {
    const use = lineUse(link, protocol);
    if (use) return line.ask(use, begin, asking);
    const words = `link ${link.id} does not carry ${protocol}`;
    return { ok: false, error: 'broken', words, fault: { code: 'not-carried', protocol } };
  }

  function askModbus(unit: number, request: ModbusRequest, asking?: Asking): Promise<AskOutcome<ModbusPdu>> {
    const begin = () => (tcp ? tcp.exchange(unit, request, !asking?.looking) : rtuExchange(unit, request));
    return ask('modbus', begin, asking);
  }

  /** A unit that is busy is asked again after a moment in which others have the line. */
  async function commandModbus(
    unit: number,
    request: ModbusRequest,
    latestMono: number,
  ): Promise<AskOutcome<ModbusPdu>> {
    for (let again = 0; ; again++) {
      const outcome = await askModbus(unit, request, { latestMono });
      if (outcome.ok || outcome.error !== 'busy') return outcome;
      if (again === mostBusy) return { ...outcome, error: 'refused' };
      await new Promise<void>((wake) => {
        deps.clock.wakeAfter(busyPauseMs, wake);
      });
    }
  }

  async function writeModbus(
    unit: number,
    { request, mask }: ModbusWrite,
    latestMono: number,
  ): Promise<AskOutcome<ModbusPdu>> {
    if (mask === null || request.fc !== 6) return commandModbus(unit, request, latestMono);
    const before = await commandModbus(unit, { fc: 3, address: request.address, quantity: 1 }, latestMono);
    if (!before.ok) return before;
    const [word = 0] = before.value.registers ?? [];
    const value = (word & ~mask & 0xffff) | (request.value & mask);
    return commandModbus(unit, { ...request, value }, latestMono);
  }

  async function readModbus(
    read: ModbusRead,
    observer: AskObserver | undefined,
  ): Promise<AskOutcome<AskedAnswer>> {
    const { unit, fc, address, quantity } = read;
    const outcome = await askModbus(unit, { fc, address, quantity }, watched(observer));
    if (!outcome.ok) return outcome;
    return { ok: true, value: { read, words: outcome.value.registers ?? outcome.value.bits ?? [] } };
  }

  async function readMeter(
    read: Dlt645Read,
    observer: AskObserver | undefined,
  ): Promise<AskOutcome<AskedAnswer>> {
    const { meter, di, dataBytes } = read;
    const begin = () => dlt645Exchange(beginReading(meter, di), dataBytes);
    const outcome = await ask('dlt645', begin, watched(observer));
    return outcome.ok ? { ok: true, value: { read, data: outcome.value } } : outcome;
  }

  async function readMeasurements(
    read: Cjt188Read,
    observer: AskObserver | undefined,
  ): Promise<AskOutcome<AskedAnswer>> {
    const outcome = await ask('cjt188', () => cjt188Exchange(read.reading), watched(observer));
    return outcome.ok ? { ok: true, value: { read, data: outcome.value } } : outcome;
  }

  return {
    tally,
    read(read, observer) {
      switch (read.protocol) {
        case 'modbus':
          return readModbus(read, observer);
        case 'dlt645':
          return readMeter(read, observer);
        case 'cjt188':
          return readMeasurements(read, observer);
      }
    },
    meters: (search) => ask(search.protocol, () => meterSearchExchange(search), { looking: true }),
    write: writeModbus,
    received: line.received,
    lost() {
      tcp?.reset();
      line.lost(losing);
    },
  };
}
