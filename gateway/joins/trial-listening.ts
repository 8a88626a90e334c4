import type { Clock } from '../lib/clock.ts';
import { asError, Fault } from '../lib/errors.ts';
import type { Overhearing } from './overhear.ts';
import {
  aboutOf,
  comesByItself,
  type HeardByItself,
  heardExchange,
  type TrialAnswer,
} from './trial-answer.ts';

/** So many messages that came are shown. */
const mostKept = 32;
/** Of what was passed over so many messages are shown. */
const mostPassedOver = 5;

/** What something that came is to the device that is tried. `over`: it has shown what it measures, so nothing more is waited for. */
export type Verdict = 'passed-over' | 'taken' | 'over';

export interface Listening {
  place: string;
  seconds: number;
  /** UTC ms: what was kept counts when it came after this. */
  after: number;
  /** What is spoken there, where its frames have fields. */
  protocol: string | null;
  judge(heard: HeardByItself): Verdict;
  /** Nothing of it came in time. */
  missed?(): void;
}

/**
 * Waits for what comes at a place, after what its sender said last; over when it is judged so, with time, or when nobody waits.
 */
export function listenFor(
  { clock, overhearing }: { clock: Clock; overhearing: Pick<Overhearing, 'listen' | 'kept'> },
  { trial, fail }: TrialAnswer,
  { place, seconds, after, protocol, judge, missed }: Listening,
  signal: AbortSignal,
): Promise<void> {
  /** What the draft cannot take is the trial's matter: whoever brought it goes on with its own. */
  function verdictOn(heard: HeardByItself): Verdict {
    try {
      return judge(heard);
    } catch (error) {
      fail({ code: 'not-understood' }, error instanceof Fault ? error.detail : asError(error).message);
      return 'over';
    }
  }
  for (const heard of overhearing.kept(place, after)) {
    if (!comesByItself(heard)) continue;
    const verdict = verdictOn(heard);
    if (verdict === 'passed-over') continue;
    trial.exchanges.push(heardExchange(heard, 'taken', protocol));
    if (verdict === 'over') return Promise.resolve();
  }
  const passedOver = new Set<string>();
  return new Promise((resolve) => {
    const done = () => {
      stop();
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.wakeAfter(seconds * 1_000, () => {
      if (!trial.exchanges.some(({ outcome }) => outcome === 'taken'))
        fail({ code: 'nothing-heard', seconds });
      missed?.();
      done();
    });
    const stop = overhearing.listen(place, (heard) => {
      // Polls are heard of devices that are saved.
      if (!comesByItself(heard)) return;
      const verdict = verdictOn(heard);
      if (verdict === 'passed-over') {
        const name = aboutOf(heard) ?? String(passedOver.size);
        if (passedOver.size >= mostPassedOver || passedOver.has(name)) return;
        passedOver.add(name);
        trial.exchanges.push(heardExchange(heard, verdict, protocol));
        return;
      }
      // A device may say that it is there again and again: the first times show it.
      if (trial.exchanges.length < mostKept) trial.exchanges.push(heardExchange(heard, 'taken', protocol));
      if (verdict === 'over') done();
    });
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
