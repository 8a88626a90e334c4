import { fault } from '../lib/errors.ts';
import { localMinute } from '../lib/local-time.ts';
import { baseOf, type Draft, isBefore, judge, type Mark } from './machine.ts';
import type { MeterRule } from './meters.ts';

const dayMs = 86_400_000;
/** So many times the usual is a slip of the pen rather than a busy day. */
const unusualTimes = 10;
/** What is read before this after a replacement may still be the old meter's. */
const handoverMs = dayMs;

interface Question {
  meter: MeterRule;
  point: string;
  timeZone: string;
  /** The chain without the entry, from well before it on. */
  chain: readonly Mark[];
  /** Whoever entered it says that it is right though it is unusual. */
  confirmed: boolean;
}

function unitOf({ meter, point }: Question): string {
  return meter.registers.find((register) => register.point === point)?.unit ?? '';
}

function split(chain: readonly Mark[], draft: Draft): { before: Mark[]; after: Mark[] } {
  return {
    before: chain.filter((mark) => isBefore(mark, draft)),
    after: chain.filter((mark) => !isBefore(mark, draft)),
  };
}

/** @throws meter.implausible for a register that has too many digits, or is smaller than before and no roll-over */
function checkAfter(question: Question, before: readonly Mark[], draft: Draft, name: string): Mark {
  const { meter, timeZone } = question;
  const base = baseOf(before);
  const unit = unitOf(question);
  if (draft.register >= meter.top && (base?.register ?? 0) < meter.top)
    throw fault(
      'meter.implausible',
      `${name} ${draft.register} has more than the ${meter.digits} whole digits of "${meter.id}"; correct it, or set "digits" of the meter in the site`,
    );
  const mark = judge(before, draft, meter.top);
  if (base && mark.flag === 'backwards')
    throw fault(
      'meter.implausible',
      `${name} ${draft.register} ${unit} is below ${base.register} ${unit}, read at ${localMinute(timeZone, base.at)}; correct the figure or the time, or enter a replacement if it is another meter`,
    );
  checkUsual(question, before, mark);
  return mark;
}

/** @throws meter.unusual when it would be many times the meter's usual consumption */
function checkUsual({ meter, confirmed, ...rest }: Question, before: readonly Mark[], mark: Mark): void {
  const [first] = before;
  const last = before.at(-1);
  if (confirmed || !first || !last || last.at - first.at < dayMs || last.total <= first.total) return;
  const perDay = ((last.total - first.total) / (last.at - first.at)) * dayMs;
  const days = (mark.at - last.at) / dayMs;
  const consumption = mark.total - last.total;
  if (consumption <= unusualTimes * perDay * Math.max(1, days)) return;
  const unit = unitOf({ meter, confirmed, ...rest });
  throw fault(
    'meter.unusual',
    `since ${localMinute(rest.timeZone, last.at)} that would be ${consumption.toFixed(1)} ${unit}, where ${(perDay * days).toFixed(1)} ${unit} is usual; check the digits, and send it with "confirmed": true if it is right`,
  );
}

/**
 * Whether a register read by hand fits what was read before and after it.
 * @throws meter.implausible, meter.unusual with what does not fit and how to mend it
 */
export function checkReading(question: Question, draft: Draft): void {
  const { before, after } = split(question.chain, draft);
  const mark = checkAfter(question, before, draft, 'the register');
  const next = after.find(({ flag }) => flag !== 'backwards');
  if (next && judge([...before, mark], next, question.meter.top).flag === 'backwards')
    throw fault(
      'meter.implausible',
      `the register ${draft.register} ${unitOf(question)} is above ${next.register} ${unitOf(question)}, read later, at ${localMinute(question.timeZone, next.at)}; correct the figure or the time`,
    );
}

/**
 * Whether the last register of the old meter and the first of the new one fit what was read around the replacement.
 * @throws meter.implausible, meter.unusual
 */
export function checkReplacement(question: Question, final: Draft, initial: Draft): void {
  const { meter, timeZone, confirmed } = question;
  const unit = unitOf(question);
  const { before, after } = split(question.chain, final);
  const last = checkAfter(question, before, final, "the old meter's last register");
  if (initial.register >= meter.top)
    throw fault(
      'meter.implausible',
      `the new meter's first register ${initial.register} has more than the ${meter.digits} whole digits of "${meter.id}"; correct it`,
    );
  const first = judge([...before, last], initial, meter.top);
  const [next] = after;
  if (!next) return;
  const when = localMinute(timeZone, next.at);
  if (judge([...before, last, first], next, meter.top).flag === 'backwards')
    throw fault(
      'meter.implausible',
      `the new meter's first register ${initial.register} ${unit} is above ${next.register} ${unit}, read later, at ${when}; correct the figure or the time`,
    );
  const isOld = next.register >= final.register && initial.register < final.register;
  if (isOld && next.source === 'hour' && next.at - final.at < handoverMs && !confirmed)
    throw fault(
      'meter.unusual',
      `at ${when} the meter still showed ${next.register} ${unit}, more than the old one's last register: the replacement was later, or send it with "confirmed": true if it is right`,
    );
}
