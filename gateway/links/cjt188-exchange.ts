import { cjt188FrameBytes } from '../protocols/asked-read.ts';
import { measurementBytes } from '../protocols/cjt188/data.ts';
import {
  type Cjt188Answer,
  type Cjt188Reading,
  cjt188Request,
  readCjt188Answer,
} from '../protocols/cjt188/session.ts';
import { type AskOutcome, type Exchange, heardSoFar } from './exchange.ts';
import { missedOutcome } from './missed-answer.ts';

function outcomeOf(
  answer: Exclude<Cjt188Answer, { state: 'waiting' }>,
  { address: meter }: Cjt188Reading,
  timeoutMs: number,
): AskOutcome<Uint8Array> {
  switch (answer.state) {
    case 'answer':
      return { ok: true, value: answer.data };
    case 'refused':
      return {
        ok: false,
        error: 'refused',
        words: `meter ${meter} refuses 901F (its status: ${answer.status})`,
        fault: { code: 'refused', asked: '901F', word: answer.status },
      };
    case 'failed':
      return missedOutcome(answer.error, { protocol: 'CJ/T 188', meter, asked: '901F', timeoutMs });
  }
}

/** The present measurements of a meter. */
export function cjt188Exchange(reading: Cjt188Reading): Exchange<Uint8Array> {
  let received: Buffer = Buffer.alloc(0);
  return {
    request: cjt188Request(reading),
    answerBytes: cjt188FrameBytes(measurementBytes(reading.type)),
    take(bytes) {
      received = heardSoFar(received, bytes);
      const answer = readCjt188Answer(reading, received);
      return answer.state === 'waiting' ? answer : { state: 'done', outcome: outcomeOf(answer, reading, 0) };
    },
    timeOver(timeoutMs) {
      const answer = readCjt188Answer(reading, received, { timeOver: true });
      return answer.state === 'waiting'
        ? missedOutcome('silence', { protocol: 'CJ/T 188', meter: reading.address, asked: '901F', timeoutMs })
        : outcomeOf(answer, reading, timeoutMs);
    },
  };
}
