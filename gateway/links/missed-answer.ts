import type { MeterAnswerError } from '../protocols/meter-frame.ts';
import type { AskFailure } from './exchange.ts';

/** What was asked of which meter. */
interface Asked {
  protocol: string;
  meter: string;
  /** The data identifier. */
  asked: string;
  timeoutMs: number;
}

const broken = (code: 'other-answer' | 'short' | 'checksum' | 'noise', words: string): AskFailure => ({
  ok: false,
  error: 'broken',
  words,
  fault: { code },
});
const silent = (code: 'silent' | 'other-meter', timeoutMs: number, words: string): AskFailure => ({
  ok: false,
  error: 'timeout',
  words,
  fault: { code, timeoutMs },
});

/** Why a meter's answer was none, and where to look. */
export function missedOutcome(
  error: MeterAnswerError,
  { protocol, meter, asked, timeoutMs }: Asked,
): AskFailure {
  switch (error) {
    case 'silence':
      return silent('silent', timeoutMs, `no answer within ${timeoutMs} ms to ${asked}`);
    case 'meter':
      return silent(
        'other-meter',
        timeoutMs,
        `no answer within ${timeoutMs} ms to ${asked}; another meter spoke meanwhile`,
      );
    case 'question':
      return broken(
        'other-answer',
        `meter ${meter} did not answer ${asked}, but another question: it may be too slow for timeoutMs`,
      );
    case 'short':
      return broken('short', `the answer to ${asked} broke off: check wiring, or raise timeoutMs`);
    case 'checksum':
      return broken(
        'checksum',
        `the checksum of the answer to ${asked} is wrong: check wiring and parity (meters use even)`,
      );
    case 'noise':
      return broken(
        'noise',
        `what came is no ${protocol} frame: check baud rate, parity (meters use even) and wiring`,
      );
  }
}
