import type { Clock } from '../lib/clock.ts';
import {
  decodePdu,
  encodeRequest,
  exceptionName,
  type ModbusPdu,
  type ModbusRequest,
} from '../protocols/modbus/pdu.ts';
import { encodeRtuRequest } from '../protocols/modbus/rtu.ts';
import { readRtuAnswer } from '../protocols/modbus/rtu-answer.ts';
import { createTcpAssembler, encodeTcp } from '../protocols/modbus/tcp.ts';
import type { ByteLine } from './byte-line.ts';

/** What a slave answered, or why there is no value. `words` is for people. */
export type ModbusAnswer =
  | { ok: true; pdu: ModbusPdu }
  | {
      ok: false;
      error: 'timeout' | 'line-down' | 'broken' | 'exception' | 'expired';
      exception?: number;
      words: string;
    };

/** One master on one line: one request outstanding, commands before polls. */
export interface ModbusMaster {
  /** @param latestMono a command: goes before all polls, and not at all when this monotonic moment has passed */
  ask(unit: number, request: ModbusRequest, latestMono?: number): Promise<ModbusAnswer>;
  /** Bytes that came on the line. */
  received(bytes: Buffer): void;
  /** The line went down: what is outstanding fails. */
  lost(): void;
}

export interface ModbusMasterOptions {
  line: () => ByteLine;
  framing: 'tcp' | 'rtu';
  timeoutMs: number;
  /** Silence between an answer and the next request, ms. */
  gapMs: number;
  clock: Clock;
}

/** Reconnect after this many time-outs in a row of a TCP connection: a server that lost its framing never finds it again. */
const renewAfter = 2;

interface Pending {
  unit: number;
  request: ModbusRequest;
  latestMono: number;
  done(answer: ModbusAnswer): void;
}

/** What an exception means and where to look (Modbus Application Protocol V1.1b3 §7). */
function exceptionWords(code: number, request: ModbusRequest): string {
  const where = `function ${request.fc} at address ${request.address}`;
  switch (code) {
    case 1:
      return `exception 01: the device does not know function ${request.fc}`;
    case 2:
      return `exception 02: the device has no register for ${where} (manuals often print 40001 or 30001 for address 0)`;
    case 3:
      return `exception 03: the device refuses the quantity or value of ${where}`;
    default:
      return `exception ${code.toString(16).padStart(2, '0').toUpperCase()}: ${exceptionName(code)} for ${where}`;
  }
}

export function createModbusMaster(options: ModbusMasterOptions): ModbusMaster {
  const { clock } = options;
  const urgent: Pending[] = [];
  const waiting: Pending[] = [];
  let current: Pending | undefined;
  let tid = 0;
  let timeouts = 0;
  let quietUntil = 0;
  let cancel: (() => void) | undefined;
  let assembler = createTcpAssembler();
  let rtuBytes: Buffer = Buffer.alloc(0);

  function next(): void {
    if (current) return;
    const wait = quietUntil - clock.now().monoMs;
    if (wait > 0 && urgent.length + waiting.length > 0) {
      cancel?.();
      cancel = clock.wakeAfter(Math.ceil(wait), next);
      return;
    }
    const pending = urgent.shift() ?? waiting.shift();
    if (!pending) return;
    if (clock.now().monoMs > pending.latestMono) {
      pending.done({ ok: false, error: 'expired', words: 'it could not be sent in time: the line was busy' });
      next();
      return;
    }
    current = pending;
    rtuBytes = Buffer.alloc(0);
    tid = (tid + 1) & 0xffff;
    const bytes =
      options.framing === 'tcp'
        ? encodeTcp(tid, pending.unit, encodeRequest(pending.request))
        : encodeRtuRequest(pending.unit, pending.request);
    if (!options.line().send(bytes)) {
      finish({ ok: false, error: 'line-down', words: 'the line is down' });
      return;
    }
    cancel?.();
    cancel = clock.wakeAfter(options.timeoutMs, timeOver);
  }

  function finish(answer: ModbusAnswer): void {
    cancel?.();
    cancel = undefined;
    const pending = current;
    current = undefined;
    quietUntil = clock.now().monoMs + options.gapMs;
    pending?.done(answer);
    next();
  }

  function timeOver(): void {
    if (!current) return;
    if (options.framing === 'rtu') {
      const answer = readRtuAnswer(current.unit, current.request, rtuBytes, { timeOver: true });
      if (answer.state === 'failed' && answer.error !== 'silence') {
        finish({
          ok: false,
          error: 'broken',
          words: `the answer was unusable (${answer.error}): check wiring, parity and unit ids`,
        });
        return;
      }
    }
    finish({ ok: false, error: 'timeout', words: `no answer within ${options.timeoutMs} ms` });
    if (options.framing === 'tcp' && ++timeouts >= renewAfter) {
      timeouts = 0;
      options.line().renew(`${renewAfter} time-outs in a row`);
    }
  }

  function judge(pdu: ModbusPdu, request: ModbusRequest): ModbusAnswer {
    timeouts = 0;
    if (pdu.exception !== undefined)
      return {
        ok: false,
        error: 'exception',
        exception: pdu.exception,
        words: exceptionWords(pdu.exception, request),
      };
    return { ok: true, pdu };
  }

  function receivedTcp(bytes: Buffer): void {
    const { adus, error } = assembler.push(bytes);
    for (const adu of adus) {
      // A late answer carries an older transaction id: passed over, never taken for this one.
      if (!current || adu.tid !== tid || adu.unit !== current.unit) continue;
      const decoded = decodePdu(adu.pdu, 'response');
      const { request } = current;
      if (!decoded.ok || (decoded.pdu.fc & 0x7f) !== request.fc) {
        finish({
          ok: false,
          error: 'broken',
          words: 'the answer is of another function or length than asked',
        });
        continue;
      }
      finish(
        shapeFits(decoded.pdu, request)
          ? judge(trim(decoded.pdu, request), request)
          : {
              ok: false,
              error: 'broken',
              words:
                'the answer holds another number of values, or repeats another address or value, than asked',
            },
      );
    }
    if (error) {
      assembler = createTcpAssembler();
      options.line().renew(`the bytes are not Modbus TCP (${error})`);
    }
  }

  return {
    ask(unit, request, latestMono) {
      return new Promise((resolve) => {
        const pending: Pending = {
          unit,
          request,
          latestMono: latestMono ?? Number.POSITIVE_INFINITY,
          done: resolve,
        };
        (latestMono === undefined ? waiting : urgent).push(pending);
        next();
      });
    },
    received(bytes) {
      if (options.framing === 'tcp') {
        receivedTcp(bytes);
        return;
      }
      if (!current) return;
      rtuBytes = Buffer.concat([rtuBytes, bytes]);
      const answer = readRtuAnswer(current.unit, current.request, rtuBytes);
      if (answer.state === 'answer') finish(judge(answer.pdu, current.request));
      else if (answer.state === 'exception')
        finish({
          ok: false,
          error: 'exception',
          exception: answer.code,
          words: exceptionWords(answer.code, current.request),
        });
      else if (answer.state === 'failed')
        finish({
          ok: false,
          error: 'broken',
          words: `the answer was unusable (${answer.error}): check wiring, parity and unit ids`,
        });
    },
    lost() {
      assembler = createTcpAssembler();
      timeouts = 0;
      if (current)
        finish({ ok: false, error: 'line-down', words: 'the line was lost while waiting for the answer' });
    },
  };
}

function shapeFits(pdu: ModbusPdu, request: ModbusRequest): boolean {
  if (pdu.exception !== undefined) return true;
  if ('quantity' in request) {
    if (pdu.registers) return pdu.registers.length === request.quantity;
    return pdu.bits !== undefined && pdu.bits.length === 8 * Math.ceil(request.quantity / 8);
  }
  if (pdu.address !== request.address) return false;
  if ('value' in request) return pdu.value === request.value;
  return pdu.quantity === ('bits' in request ? request.bits.length : request.registers.length);
}

function trim(pdu: ModbusPdu, request: ModbusRequest): ModbusPdu {
  return pdu.bits && 'quantity' in request ? { ...pdu, bits: pdu.bits.slice(0, request.quantity) } : pdu;
}
