import { dlt645DataBytes, dlt645FrameBytes } from '../protocols/asked-read.ts';
import {
  type MeterAnswer,
  type MeterReading,
  readAnswer,
  readingRequest,
  refusalWords,
} from '../protocols/dlt645/session.ts';
import { type AskOutcome, type Exchange, heardSoFar, type Verdict } from './exchange.ts';
import { missedOutcome } from './missed-answer.ts';

type Outcome = AskOutcome<Uint8Array>;

function outcomeOf(
  answer: Exclude<MeterAnswer, { state: 'waiting' | 'more' }>,
  { meter, di }: MeterReading,
  timeoutMs: number,
): Outcome {
  if (answer.state === 'answer') return { ok: true, value: answer.data };
  if (answer.state === 'refused') {
    const word = answer.code.toString(16).padStart(2, '0').toUpperCase();
    const words = `meter ${meter} refuses ${di}: ${refusalWords(answer.code)} (error word ${word})`;
    return { ok: false, error: 'refused', words, fault: { code: 'refused', asked: di, word } };
  }
  return missedOutcome(answer.error, { protocol: 'DL/T 645', meter, asked: di, timeoutMs });
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
    answerBytes: dlt645FrameBytes(reading.di, dataBytes),
    take(bytes) {
      received = heardSoFar(received, bytes);
      return judge(false, 0);
    },
    timeOver(timeoutMs) {
      const verdict = judge(true, timeoutMs);
      return verdict.state === 'done'
        ? verdict.outcome
        : { ok: false, error: 'broken', words: 'the answer never ended', fault: { code: 'other-answer' } };
    },
  };
}
