import { expect, test } from 'vitest';
import { accessWords } from '../console/features/access/i18n.ts';
import { reasonKey } from '../console/features/access/reasons.ts';
import { reasonOf } from '../gateway/protocols/uhppote/reasons.ts';

const ofDoors = Array.from({ length: 256 }, (_, reason) =>
  reasonOf({ reason, type: 2, granted: false }),
).filter(({ kind }) => kind === 'granted' || kind === 'denied');

test('every reason that a controller gives for letting in or not has words in the access log', () => {
  const reasons = ofDoors.flatMap(({ why }) => why ?? []);
  expect(reasons.length).toBeGreaterThan(15);
  expect(reasons.filter((reason) => reasonKey(reason) === null)).toEqual([]);
  for (const reason of reasons) {
    const key = reasonKey(reason) ?? 'log.reason';
    expect(accessWords.zh[key]).toMatch(/\p{Script=Han}/u);
    expect(accessWords.en[key]).not.toMatch(/\p{Script=Han}/u);
  }
});

test('other reasons stand as they came', () => {
  expect(reasonKey('memory full')).toBeNull();
  expect(reasonKey('constructor')).toBeNull();
  expect(reasonKey('lost')).toBe('card.state.lost');
});
