import type { AedesPublishPacket } from 'aedes';

type Deliver = (packet: AedesPublishPacket, done: () => void) => void;

const mostAnswers = 16_384;

interface Branch {
  below: Map<string, Branch>;
  here: Deliver[];
}

/**
 * Finds the subscribers of a topic; stands in for aedes' own emitter (its `mq` option: `on`, `removeListener`, `emit`,
 * `close`). That one holds every message back once 1,000 deliveries wait on slow sockets, so a frozen subscriber stops
 * all publishers for a second; here a delivery waits for its own subscriber only. Everything is done before the call
 * returns, so closing a connection is one step.
 */
export class TopicRouter {
  readonly #exact = new Map<string, Deliver[]>();
  readonly #wild: Branch = { below: new Map(), here: [] };
  #wildCount = 0;
  #closed = false;
  /** Whether a topic has subscribers: asked for each message, true until somebody subscribes or leaves. */
  readonly #answers = new Map<string, boolean>();

  on(filter: string, deliver: Deliver, done?: () => void): this {
    this.#answers.clear();
    if (isWild(filter)) {
      this.#branchOf(filter).here.push(deliver);
      this.#wildCount++;
    } else {
      const there = this.#exact.get(filter);
      if (there) there.push(deliver);
      else this.#exact.set(filter, [deliver]);
    }
    done?.();
    return this;
  }

  removeListener(filter: string, deliver: Deliver, done?: () => void): this {
    this.#answers.clear();
    if (isWild(filter)) {
      if (this.#prune(this.#wild, filter.split('/'), 0, deliver)) this.#wildCount--;
    } else {
      const there = this.#exact.get(filter);
      if (there && drop(there, deliver) && there.length === 0) this.#exact.delete(filter);
    }
    done?.();
    return this;
  }

  /** Calls `done` when every subscriber's socket has taken the packet, or is gone. */
  emit(packet: AedesPublishPacket, done: (error?: Error) => void): this {
    if (this.#closed) {
      done(new Error('the broker is closed'));
      return this;
    }
    const subscribers = this.subscribers(packet.topic);
    let left = subscribers.length;
    if (left === 0) done();
    else
      for (const deliver of subscribers)
        deliver(packet, () => {
          if (--left === 0) done();
        });
    return this;
  }

  close(done: () => void): this {
    this.#closed = true;
    setImmediate(done);
    return this;
  }

  hasSubscriber(topic: string): boolean {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    const answer = this.subscribers(topic).length > 0;
    if (this.#answers.size >= mostAnswers) this.#answers.clear();
    this.#answers.set(topic, answer);
    return answer;
  }

  /** MQTT 3.1.1 §4.7: + stands for one level, # for its parent and all below it. */
  subscribers(topic: string): Deliver[] {
    const found = [...(this.#exact.get(topic) ?? [])];
    if (this.#wildCount > 0) collect(this.#wild, topic.split('/'), 0, found);
    return found;
  }

  #branchOf(filter: string): Branch {
    let branch = this.#wild;
    for (const level of filter.split('/')) {
      let next = branch.below.get(level);
      if (!next) {
        next = { below: new Map(), here: [] };
        branch.below.set(level, next);
      }
      branch = next;
    }
    return branch;
  }

  /** Takes one subscriber out, and the branches that this leaves bare. */
  #prune(branch: Branch, levels: string[], depth: number, deliver: Deliver): boolean {
    const level = levels[depth];
    if (level === undefined) return drop(branch.here, deliver);
    const next = branch.below.get(level);
    if (!next || !this.#prune(next, levels, depth + 1, deliver)) return false;
    if (next.here.length === 0 && next.below.size === 0) branch.below.delete(level);
    return true;
  }
}

function isWild(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

function drop(from: Deliver[], deliver: Deliver): boolean {
  const at = from.indexOf(deliver);
  if (at !== -1) from.splice(at, 1);
  return at !== -1;
}

function collect(branch: Branch, levels: string[], depth: number, found: Deliver[]): void {
  const rest = branch.below.get('#');
  if (rest) found.push(...rest.here);
  const level = levels[depth];
  if (level === undefined) {
    found.push(...branch.here);
    return;
  }
  const same = branch.below.get(level);
  if (same) collect(same, levels, depth + 1, found);
  const any = branch.below.get('+');
  if (any) collect(any, levels, depth + 1, found);
}
