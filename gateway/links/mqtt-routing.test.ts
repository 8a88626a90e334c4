import type { AedesPublishPacket } from 'aedes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TopicRouter } from './mqtt-routing.ts';

/** MQTT 3.1.1 §4.7 as a regular expression. */
function matches(filter: string, topic: string): boolean {
  const pattern = filter
    .split('/')
    .map((level) => (level === '+' ? '[^/]*' : level))
    .join('/')
    .replace(/\/#$/, '(/.*)?')
    .replace(/^#$/, '.*');
  return new RegExp(`^${pattern}$`, 's').test(topic);
}

const level = fc.constantFrom('a', 'b', 'c', '');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => (rest ? [...levels, '#'] : levels).join('/'))
  .filter((words) => words !== '');

test('a topic finds the subscribers whose filter it matches, through any order of coming and going', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ filter, leaves: fc.boolean() }), { maxLength: 12 }),
      fc.array(topic, { minLength: 1, maxLength: 6 }),
      (subscriptions, topics) => {
        const router = new TopicRouter();
        const entries = subscriptions.map((subscription) => ({ ...subscription, deliver: () => {} }));
        for (const entry of entries) {
          for (const asked of topics) router.hasSubscriber(asked);
          router.on(entry.filter, entry.deliver);
        }
        for (const entry of entries) if (entry.leaves) router.removeListener(entry.filter, entry.deliver);
        for (const asked of topics) {
          const expected = entries.filter((entry) => !entry.leaves && matches(entry.filter, asked));
          const found = router.subscribers(asked);
          expect(found.length).toBe(expected.length);
          expect(new Set(found)).toEqual(new Set(expected.map((entry) => entry.deliver)));
          expect(router.hasSubscriber(asked)).toBe(expected.length > 0);
        }
      },
    ),
    { numRuns: 500 },
  );
});

const packet = (words: string): AedesPublishPacket => ({
  cmd: 'publish',
  topic: words,
  payload: '',
  qos: 0,
  retain: false,
  dup: false,
  brokerId: 'b',
  brokerCounter: 1,
});

test('a delivery is done when its own subscribers are, whatever others wait for', () => {
  const router = new TopicRouter();
  const frozen: (() => void)[] = [];
  router.on('slow', (_packet, done) => void frozen.push(done));
  router.on('fast', (_packet, done) => done());
  let slow = 0;
  let fast = 0;
  for (let i = 0; i < 5_000; i++) router.emit(packet('slow'), () => slow++);
  for (let i = 0; i < 5_000; i++) router.emit(packet('fast'), () => fast++);
  expect([slow, fast]).toEqual([0, 5_000]);
  for (const done of frozen) done();
  expect(slow).toBe(5_000);
});

test('with nobody there, and after closing, the caller is answered at once', () => {
  const router = new TopicRouter();
  const answers: (Error | undefined)[] = [];
  router.emit(packet('nobody'), (error) => answers.push(error));
  router.close(() => {});
  router.emit(packet('nobody'), (error) => answers.push(error));
  expect(answers[0]).toBeUndefined();
  expect(answers[1]).toBeInstanceOf(Error);
});
