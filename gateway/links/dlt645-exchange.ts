import { dlt645DataBytes, dlt645FrameBytes } from '../protocols/asked-read.ts';
import {
  type MeterAnswer,
  type MeterReading,
  readAnswer,
  readingRequest,
  refusalWords,
} from '../protocols/dlt645/session.ts';
import type { AskOutcome, Exchange, Verdict } from './exchange.ts';

type Outcome = AskOutcome<Uint8Array>;

const broken = (words: string): Outcome => ({ ok: false, error: 'broken', words });

function outcomeOf(
  answer: Exclude<MeterAnswer, { state: 'waiting' | 'more' }>,
  { meter, di }: MeterReading,
  timeoutMs: number,
): Outcome {
  if (answer.state === 'answer') return { ok: true, value: answer.data };
  if (answer.state === 'refused') {
    const word = answer.code.toString(16).padStart(2, '0').toUpperCase();
    const words = `meter ${meter} refuses ${di}: ${refusalWords(answer.code)} (error word ${word})`;
    return { ok: false, error: 'refused', words };
  }
  switch (answer.error) {
    case 'silence':
      return { ok: false, error: 'timeout', words: `no answer within ${timeoutMs} ms to ${di}` };
    case 'meter':
      return {
        ok: false,
        error: 'timeout',
        words: `no answer within ${timeoutMs} ms to ${di}; another meter spoke meanwhile`,
      };
    case 'question':
      return broken(
        `meter ${meter} did not answer ${di}, but another question: it may be too slow for timeoutMs`,
      );
    case 'short':
      return broken(`the answer to ${di} broke off: check wiring, or raise timeoutMs`);
    case 'checksum':
      return broken(
        `the checksum of the answer to ${di} is wrong: check wiring and parity (meters use even)`,
      );
    case 'noise':
      return broken(`what came is no DL/T 645 frame: check baud rate, parity (meters use even) and wiring`);
  }
}

/** One frame of a reading; when the meter says that more follow, the next is asked for. */
export function dlt645Exchange(reading: MeterReading, dataBytes: number): Exchange<Uint8Array> {
  let received: Buffer = Buffer.alloc(0);
  function judge(timeOver: boolean, timeoutMs: number): Verdict<Uint8Array> {
    const answer = readAnswer(reading, received, { timeOver });
    if (answer.state === 'waiting') return answer;
    if (answer.state === 'more')
      return { state: 'more', next: dlt645Exchange(answer.reading, dlt645DataBytes) };
    return { state: 'done', outcome: outcomeOf(answer, reading, timeoutMs) };
  }
  return {
    request: readingRequest(reading),
    answerBytes: dlt645FrameBytes(dataBytes),
    take(bytes) {
      received = Buffer.concat([received, bytes]);
      return judge(false, 0);
    },
    timeOver(timeoutMs) {
      const verdict = judge(true, timeoutMs);
      return verdict.state === 'done' ? verdict.outcome : broken('the answer never ended');
    },
  };
}
