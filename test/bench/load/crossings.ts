import type { Tell } from './consoles.ts';
import { Latencies } from './latencies.ts';
import type { Span } from './span.ts';
import { steps } from './workload.ts';

/** Crossings of one device that a console has not been told yet: intended times, oldest first. */
interface Waiting {
  /** Of each alarm: how many crossings it has been told, and the times of those since. */
  alarms: { told: number; dueAt: number[] }[];
  /** Of all alarms together, for peers that tell them one by one in order. */
  inOrder: number[];
}

/** From the intended time of a message that changes an alarm to the moment a console is told. */
export class Crossings {
  readonly latencies = new Latencies();
  readonly #waiting = new Map<string, Waiting>();
  readonly #span: Span;
  readonly #inOrder: boolean;
  #expected = 0;

  /** @param inOrder the console is told without saying which alarm: in the order in which they were sent */
  constructor(span: Span, devices: string[], inOrder: boolean) {
    this.#span = span;
    this.#inOrder = inOrder;
    for (const id of devices)
      this.#waiting.set(id, { alarms: steps.map(() => ({ told: 0, dueAt: [] })), inOrder: [] });
  }

  sent(device: string, alarm: number, dueAt: number): void {
    const waiting = this.#waiting.get(device);
    if (this.#inOrder) waiting?.inOrder.push(dueAt);
    else waiting?.alarms[alarm]?.dueAt.push(dueAt);
    if (this.#span.holds(dueAt)) this.#expected++;
  }

  readonly tell: Tell = (device, alarm, crossings) => {
    const waiting = this.#waiting.get(device);
    if (!waiting) return;
    if (this.#inOrder) {
      this.#seen(waiting.inOrder.shift());
      return;
    }
    const one = waiting.alarms[alarm];
    while (one && one.told < crossings && one.dueAt.length > 0) {
      one.told++;
      this.#seen(one.dueAt.shift());
    }
  };

  get expected(): number {
    return this.#expected;
  }

  get unseen(): number {
    return this.#expected - this.latencies.count;
  }

  #seen(dueAt: number | undefined): void {
    if (dueAt !== undefined && this.#span.holds(dueAt)) this.latencies.add(performance.now() - dueAt);
  }
}
