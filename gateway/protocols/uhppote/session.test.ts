import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEntry, UhppoteEvent } from './codec.ts';
import { beginLog, type LogNews, type LogPlace, type LogState, nextLogStep, stepLog } from './session.ts';

/** A controller's log: a ring of events, which can be begun anew. */
class Log {
  events: UhppoteEvent[] = [];
  newest = 0;
  generation = 0;
  readonly size: number;
  constructor(size = 1_000) {
    this.size = size;
  }
  add(count: number): void {
    for (let n = 0; n < count; n++) {
      this.newest++;
      const time = `g${this.generation} ${this.newest}`;
      this.events.push({
        ...{ index: this.newest, type: 1, granted: true, door: 1, direction: 1, card: 1, time, reason: 1 },
      });
      if (this.events.length > this.size) this.events.shift();
    }
  }
  reset(): void {
    this.events = [];
    this.newest = 0;
    this.generation++;
  }
  at(index: number): LogEntry {
    const [oldest] = this.events;
    if (!oldest) return 'none';
    if (index === 0) return oldest;
    if (index < oldest.index) return 'overwritten';
    return this.events[index - oldest.index] ?? 'none';
  }
}

/** Follows the log until there is nothing to do. */
function follow(log: Log, state: LogState): { state: LogState; news: LogNews[]; asked: number } {
  const news: LogNews[] = [];
  let now = stepLog(state, { type: 'last', index: log.newest });
  for (let asked = 0; asked < 10_000; asked++) {
    const next = nextLogStep(now);
    if (next.do === 'nothing') return { state: now, news, asked };
    if (next.do === 'fetch')
      now = stepLog(now, { type: 'entry', asked: next.index, entry: log.at(next.index) });
    else {
      news.push(...next.news);
      now = stepLog(now, { type: 'committed', place: next.place });
    }
  }
  throw new Error('it never comes to an end');
}
const told = (news: LogNews[]) =>
  news.map((item) => (item.kind === 'event' ? item.event.time : JSON.stringify(item)));
const contact = (place: LogPlace | null) => stepLog(beginLog(place), { type: 'contact' });
const memoryNew = '{"kind":"memory-new"}';

describe('a controller that was never followed', () => {
  test('is followed from its newest event on', () => {
    const log = new Log();
    log.add(40);
    const first = follow(log, contact(null));
    expect(told(first.news)).toEqual([memoryNew]);
    expect(first.state.place).toEqual({ index: 40, time: 'g0 40' });
    log.add(2);
    expect(told(follow(log, first.state).news)).toEqual(['g0 41', 'g0 42']);
  });

  test('with an empty log is followed from its first', () => {
    const log = new Log();
    const first = follow(log, contact(null));
    expect(told(first.news)).toEqual([memoryNew]);
    log.add(3);
    expect(told(follow(log, first.state).news)).toEqual(['g0 1', 'g0 2', 'g0 3']);
  });
});

describe('a gap', () => {
  test('is fetched in order, after a restart too, and what is on disk is not fetched again', () => {
    const log = new Log();
    log.add(100);
    const { state, news, asked } = follow(log, contact({ index: 60, time: 'g0 60' }));
    expect(told(news)).toEqual(Array.from({ length: 40 }, (_, i) => `g0 ${61 + i}`));
    expect(asked).toBeLessThan(50);
    expect(follow(log, state).news).toEqual([]);
  });

  test('whose oldest events were overwritten is told with how many, and the rest is fetched', () => {
    const log = new Log(20);
    log.add(100);
    const { news } = follow(log, contact({ index: 60, time: 'g0 60' }));
    expect(told(news)).toEqual([
      '{"kind":"lost","from":61,"until":80}',
      ...Array.from({ length: 20 }, (_, i) => `g0 ${81 + i}`),
    ]);
  });
});

describe('a log that has begun anew', () => {
  test.each([
    ['shorter than before', 5],
    ['as long as before', 60],
    ['longer than before', 90],
  ])('and is %s is known by the time of its event, and all of it is fetched', (_, count) => {
    const log = new Log();
    log.reset();
    log.add(count);
    const { news } = follow(log, contact({ index: 60, time: 'g0 60' }));
    expect(told(news)).toEqual([memoryNew, ...Array.from({ length: count }, (_unused, i) => `g1 ${i + 1}`)]);
  });

  test('is seen while it is followed', () => {
    const log = new Log();
    log.add(10);
    const { state } = follow(log, contact({ index: 10, time: 'g0 10' }));
    log.reset();
    log.add(1);
    expect(told(follow(log, state).news)).toEqual([memoryNew, 'g1 1']);
  });

  test('and is empty is told once', () => {
    const log = new Log();
    const { state, news } = follow(log, contact({ index: 10, time: 'g0 10' }));
    expect(told(news)).toEqual([memoryNew]);
    expect(follow(log, state).news).toEqual([]);
  });
});

describe('an old datagram', () => {
  test('that says the log ends earlier changes nothing', () => {
    const log = new Log();
    log.add(10);
    const { state } = follow(log, contact({ index: 10, time: 'g0 10' }));
    const doubted = stepLog(state, { type: 'last', index: 3 });
    expect(follow(log, doubted).news).toEqual([]);
  });

  test('that is taken for the event at the place once does not make a new log', () => {
    let state = stepLog(contact({ index: 10, time: 'g0 10' }), { type: 'last', index: 10 });
    state = stepLog(state, { type: 'entry', asked: 10, entry: 'none' });
    expect(nextLogStep(state)).toEqual({ do: 'fetch', index: 10 });
  });

  test('that says "overwritten" of an event that is there loses nothing', () => {
    const log = new Log();
    log.add(12);
    let state = stepLog(contact({ index: 10, time: 'g0 10' }), { type: 'last', index: 12 });
    state = stepLog(state, { type: 'entry', asked: 10, entry: log.at(10) });
    state = stepLog(state, { type: 'entry', asked: 11, entry: 'overwritten' });
    expect(told(follow(log, state).news)).toEqual(['g0 11', 'g0 12']);
  });
});

test('nobody can make it ask without end by a number that is none', () => {
  const log = new Log();
  log.add(10);
  const { state } = follow(log, contact({ index: 10, time: 'g0 10' }));
  const misled = stepLog(state, { type: 'last', index: 4_000_000_000 });
  const next = nextLogStep(misled);
  expect(next).toEqual({ do: 'fetch', index: 11 });
  const after = stepLog(misled, { type: 'entry', asked: 11, entry: 'none' });
  expect(nextLogStep(after)).toEqual({ do: 'fetch', index: 10 });
});

test('whatever happens to the log, every event that can still be read is told once, in order', () => {
  const act = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('follow' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const log = new Log(25);
      let state = follow(log, contact(null)).state;
      const seen: string[] = [];
      let lost = 0;
      const look = () => {
        const { state: after, news } = follow(log, state);
        state = after;
        for (const item of news) {
          if (item.kind === 'event') seen.push(String(item.event.time));
          if (item.kind === 'lost') lost += item.until - item.from + 1;
        }
      };
      for (const one of acts) {
        if (one.do === 'add') log.add(one.count);
        else if (one.do === 'restart') state = contact(state.place);
        else if (one.do === 'follow') look();
        else {
          look();
          log.reset();
          // It takes its time to begin anew: meanwhile it does not answer.
          state = stepLog(state, { type: 'contact' });
        }
      }
      look();
      expect(new Set(seen).size).toBe(seen.length);
      expect(log.events.filter(({ time }) => !seen.includes(String(time)))).toEqual([]);
      if (log.generation === 0) expect(seen.length + lost).toBe(log.newest);
      const order = seen.map((time) => time.slice(1).split(' ').map(Number));
      const sorted = [...order].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
      expect(order).toEqual(sorted);
    }),
  );
});
