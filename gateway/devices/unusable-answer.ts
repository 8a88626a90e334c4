import { byteAt } from '../protocols/bytes.ts';
import type { Cjt188Answer } from '../protocols/cjt188/session.ts';
import type { MeterAnswer } from '../protocols/dlt645/session.ts';
import { anatomyOf } from '../protocols/explain.ts';
import type { MeterAnswerError } from '../protocols/meter-frame.ts';
import type { RtuAnswer, RtuAnswerError } from '../protocols/modbus/rtu-answer.ts';

// Why the bytes of a case are no answer to what was asked, for who has written them down: the same check sum as the inspector tells.

/** The check sum, where that is what is wrong. */
function sumWords(protocol: 'modbus-rtu' | 'dlt645-2007' | 'cjt188', bytes: Uint8Array): string | null {
  const { check } = anatomyOf(protocol, bytes, { direction: 'response' });
  return check && !check.holds
    ? `the check sum fails: ${check.computed} expected, ${check.found} found`
    : null;
}

/** @param asked what the case says was asked of which unit */
export function unusableModbus(
  bytes: Uint8Array,
  answer: Exclude<RtuAnswer, { state: 'answer' }>,
  asked: { unit: number; function: number; quantity: number },
): string {
  const words: Readonly<Record<RtuAnswerError, () => string>> = {
    silence: () => 'there are no bytes',
    short: () => 'it breaks off before its end',
    crc: () => sumWords('modbus-rtu', bytes) ?? 'the check sum fails',
    unit: () => `unit ${byteAt(bytes, 0)} answers, and ${asked.unit} was asked`,
    function: () => `it is of function ${byteAt(bytes, 1)}, and ${asked.function} was asked`,
    length: () => `it holds another number of values than the ${asked.quantity} that were asked`,
    mismatch: () => 'it repeats something else than was asked',
    twice: () => 'there are two answers that differ',
    noise: () => sumWords('modbus-rtu', bytes) ?? 'these bytes are no answer',
  };
  const why =
    answer.state === 'exception'
      ? `the device refuses with exception ${answer.code} (${answer.name})`
      : words[answer.state === 'failed' ? answer.error : 'short']();
  return `the Modbus answer is unusable: ${why}`;
}

export function unusableMeter(
  protocol: 'dlt645-2007' | 'cjt188',
  bytes: Uint8Array,
  answer: Exclude<MeterAnswer | Cjt188Answer, { state: 'answer' }>,
): string {
  const words: Readonly<Record<MeterAnswerError, () => string>> = {
    silence: () => (bytes.length === 0 ? 'there are no bytes' : 'it is a question, not an answer'),
    short: () => 'it breaks off before its end',
    checksum: () => sumWords(protocol, bytes) ?? 'it does not end with 16',
    meter: () => 'it is of another meter than the device of the case',
    question: () => 'it answers another question than the case says',
    noise: () => sumWords(protocol, bytes) ?? 'these bytes are no answer',
  };
  const why = () => {
    switch (answer.state) {
      case 'failed':
        return words[answer.error]();
      case 'refused':
        return `the meter refuses${'status' in answer ? ` (status ${answer.status})` : ''}`;
      case 'more':
        return 'it says that more frames follow, and a case takes one';
      case 'waiting':
        return words.short();
    }
  };
  return `the ${protocol === 'cjt188' ? 'CJ/T 188' : 'DL/T 645'} answer is unusable: ${why()}`;
}
