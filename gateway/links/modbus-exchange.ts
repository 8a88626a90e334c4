import type { AskFault } from '../contract/ask-fault.ts';
import type { LinkDown } from '../contract/link-trouble.ts';
import {
  decodePdu,
  encodeRequest,
  exceptionName,
  type ModbusPdu,
  type ModbusRequest,
} from '../protocols/modbus/pdu.ts';
import { createRtuAssembler, encodeRtuRequest } from '../protocols/modbus/rtu.ts';
import {
  answerBytes,
  type RtuAnswer,
  type RtuAnswerError,
  readRtuAnswer,
} from '../protocols/modbus/rtu-answer.ts';
import { createTcpAssembler, encodeTcp } from '../protocols/modbus/tcp.ts';
import { type AskOutcome, type Exchange, heardSoFar, type Verdict } from './exchange.ts';

/**
 * Reconnect after this many time-outs in a row of a TCP connection: a server that lost its framing never finds it again. Where several
 * units answer on one connection, their gateway is silent only when as many of them in a row are, up to the second number: units that
 * die beside others must not cost those the connection. Until one has answered, every unit is heard out before one is silent twice:
 * dead ones at the head of the list must not make their neighbours, who were not asked yet, lost with the connection.
 */
const renewAfter = 2;
const renewAfterUnits = 5;

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

type Outcome = AskOutcome<ModbusPdu>;

const broken = (words: string, code: 'short' | 'checksum' | 'noise' | 'other-answer'): Outcome => ({
  ok: false,
  error: 'broken',
  words,
  fault: { code },
});
/** A gateway answers for a unit behind it that it does not reach (0A) or that is silent (0B): nobody refused anything. */
const unitUnreached: readonly number[] = [0x0a, 0x0b];
/** Busy, or still at work on an earlier question (05): to be asked again. */
const busy: readonly number[] = [0x05, 0x06];

function refused(code: number, request: ModbusRequest): Outcome {
  // A write that is acknowledged is being done; what proves it is read back.
  if (code === 0x05 && !('quantity' in request)) return { ok: true, value: { fc: request.fc } };
  const error = unitUnreached.includes(code) ? 'timeout' : busy.includes(code) ? 'busy' : 'refused';
  const { fc, address } = request;
  return {
    ok: false,
    error,
    words: exceptionWords(code, request),
    fault: { code: 'exception', exception: code, function: fc, address },
  };
}
const silent = (timeoutMs: number): Outcome => ({
  ok: false,
  error: 'timeout',
  words: `no answer within ${timeoutMs} ms`,
  fault: { code: 'silent', timeoutMs },
});

/** Nothing came of the unit that was asked, but of this one. */
const otherUnit = (unit: number, timeoutMs: number): AskFault => ({ code: 'other-unit', unit, timeoutMs });

/** What an unusable answer is called in a failure. */
const brokenCodes = {
  short: 'short',
  crc: 'checksum',
  noise: 'noise',
  function: 'other-answer',
  length: 'other-answer',
  mismatch: 'other-answer',
  twice: 'other-answer',
} as const satisfies Partial<Record<RtuAnswerError, AskFault['code']>>;

function rtuOutcome(
  answer: RtuAnswer,
  request: ModbusRequest,
  received: Uint8Array,
  timeoutMs: number,
): Outcome | null {
  switch (answer.state) {
    case 'waiting':
      return null;
    case 'answer':
      return { ok: true, value: answer.pdu };
    case 'exception':
      return refused(answer.code, request);
    case 'failed': {
      if (answer.error === 'silence') return silent(timeoutMs);
      const words = `the answer was unusable (${answer.error}): check wiring, parity and unit ids`;
      if (answer.error !== 'unit') return broken(words, brokenCodes[answer.error]);
      const [other] = createRtuAssembler('response').push(received);
      return { ok: false, error: 'broken', words, fault: otherUnit(other?.[0] ?? 0, timeoutMs) };
    }
  }
}

/** A question in RTU frames, as on a serial line. */
export function rtuExchange(unit: number, request: ModbusRequest): Exchange<ModbusPdu> {
  let received: Buffer = Buffer.alloc(0);
  return {
    request: encodeRtuRequest(unit, request),
    answerBytes: answerBytes(request),
    take(bytes): Verdict<ModbusPdu> {
      received = heardSoFar(received, bytes);
      const outcome = rtuOutcome(readRtuAnswer(unit, request, received), request, received, 0);
      return outcome ? { state: 'done', outcome } : { state: 'waiting' };
    },
    timeOver(timeoutMs) {
      const answer = readRtuAnswer(unit, request, received, { timeOver: true });
      return rtuOutcome(answer, request, received, timeoutMs) ?? silent(timeoutMs);
    },
  };
}

/** Modbus TCP on one connection: its stream goes on from question to question. */
export interface ModbusTcp {
  /**
   * @param counted whether its time-out says that the connection is bad; not where nobody knows whether the unit is there
   */
  exchange(unit: number, request: ModbusRequest, counted: boolean): Exchange<ModbusPdu>;
  /** Bytes that nobody waits for: late answers. */
  stray(bytes: Uint8Array): void;
  /** The connection was lost: a new one begins with a new frame. */
  reset(): void;
}

/** @param renew closes the connection and opens it anew */
export function createModbusTcp(renew: (why: LinkDown) => void): ModbusTcp {
  let assembler = createTcpAssembler();
  let tid = 0;
  let timeouts = 0;
  /** Units that have answered on this connection. */
  const answering = new Set<number>();

  /** Units whose time-outs are counted now. */
  const silentUnits = new Set<number>();

  /** Time-outs in a row that say that the connection is bad. */
  const enough = () =>
    Math.max(renewAfter, Math.min(answering.size || silentUnits.size + 1, renewAfterUnits));

  function countAnew(): void {
    timeouts = 0;
    silentUnits.clear();
  }

  function push(bytes: Uint8Array) {
    const { adus, error } = assembler.push(bytes);
    if (error) {
      assembler = createTcpAssembler();
      renew({
        error: `the bytes are not Modbus TCP (${error})`,
        trouble: { code: 'wrong-protocol' },
      });
    }
    return adus;
  }

  function answered(unit: number): void {
    countAnew();
    answering.add(unit);
  }

  function judge(bytes: Uint8Array, unit: number, request: ModbusRequest): Outcome {
    const decoded = decodePdu(bytes, 'response');
    if (!decoded.ok || (decoded.pdu.fc & 0x7f) !== request.fc)
      return broken('the answer is of another function or length than asked', 'other-answer');
    const { pdu } = decoded;
    if (pdu.exception !== undefined) {
      answered(unit);
      return refused(pdu.exception, request);
    }
    if (!shapeFits(pdu, request))
      return broken(
        'the answer holds another number of values, or repeats another address or value, than asked',
        'other-answer',
      );
    answered(unit);
    return { ok: true, value: trim(pdu, request) };
  }

  return {
    exchange(unit, request, counted) {
      let other: number | null = null;
      tid = (tid + 1) & 0xffff;
      const mine = tid;
      return {
        request: encodeTcp(mine, unit, encodeRequest(request)),
        answerBytes: answerBytes(request),
        take(bytes): Verdict<ModbusPdu> {
          // A late answer carries an older transaction id: passed over, never taken for this one.
          const answers = push(bytes).filter(({ tid }) => tid === mine);
          const adu = answers.find((one) => one.unit === unit);
          other ??= answers[0]?.unit ?? null;
          return adu ? { state: 'done', outcome: judge(adu.pdu, unit, request) } : { state: 'waiting' };
        },
        timeOver(timeoutMs) {
          const known = answering.size === 0 || answering.has(unit);
          if (counted && known) {
            timeouts++;
            silentUnits.add(unit);
            const error = `${timeouts} time-outs in a row`;
            if (timeouts >= enough()) {
              countAnew();
              renew({ error, trouble: { code: 'answers-nothing' } });
            }
          }
          if (other === null) return silent(timeoutMs);
          return {
            ok: false,
            error: 'timeout',
            words: `no answer within ${timeoutMs} ms; unit ${other} answered instead`,
            fault: otherUnit(other, timeoutMs),
          };
        },
      };
    },
    stray: (bytes) => void push(bytes),
    reset() {
      assembler = createTcpAssembler();
      countAnew();
      answering.clear();
    },
  };
}

function shapeFits(pdu: ModbusPdu, request: ModbusRequest): boolean {
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
