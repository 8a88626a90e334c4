import { expect, test } from 'vitest';
import { type DeviceMessage, messageOf } from '../devices/message.ts';
import type { LetterRow } from '../ingest/dead-letters.ts';
import type { Turn } from '../store/turn.ts';
import { createLetters } from './letters.ts';

// What a letter that was taken in part still owes.

const row: LetterRow = {
  ...{ id: '1', at: 1_000, source: 'mqtt gatehouse/tank-1/readings', device: 'tank-1', what: 'message' },
  ...{ reason: '', bytes: Buffer.from('{}'), way: 'native', link: null, topic: 'gatehouse/tank-1/readings' },
  ...{ length: 2, part: 1, why: null },
};
const reading = (point: string) => ({
  ...{ device: 'tank-1', point, value: 1, quality: 'good' as const, at: 1_000, receivedAt: 1_000 },
});

/** The points that are taken when a letter is read again, now that all of it is understood. */
async function taken(letter: Partial<LetterRow>): Promise<string[]> {
  const points: string[] = [];
  const turn = { write() {}, audit() {} } as unknown as Turn;
  const message = messageOf('tank-1', 1_000, [reading('level'), reading('flow')], [], null);
  const letters = createLetters({
    query: async <Row>() => [{ ...row, ...letter }] as Row[],
    operate: async (_what, _actor, run) => run(turn),
    devices: {
      decodeNative: () => message,
      decodeTopic: () => null,
      decodeFrame: () => [],
      strayTopic: () => ({}) as never,
      strayName: () => ({}) as never,
      isKnownTalk: () => false,
      isAnnouncement: () => false,
    },
    field: {
      takeLate(_turn, messages: readonly DeviceMessage[]) {
        points.push(...messages.flatMap(({ readings }) => readings.map(({ point }) => point)));
      },
    },
  });
  await letters.reread('1', { who: 'admin' } as Parameters<typeof letters.reread>[1]);
  return points;
}

test.each([
  ['the point that was wrong then, alone', { reason: 'tank-1.flow: "x" is no number' }, ['flow']],
  [
    'each that was wrong',
    { reason: 'tank-1.flow: "x" is no number; tank-1.level: 9 is above 5' },
    ['level', 'flow'],
  ],
  [
    'all, when its reason does not name every point: rather twice than never',
    { reason: 'tank-1.flow: "x" is no number; … and more' },
    ['level', 'flow'],
  ],
  ['all, when nothing of it was taken', { part: 0, reason: 'tank-1.flow: no' }, ['level', 'flow']],
])('it owes %s', async (_what, letter, points) => {
  expect(await taken(letter)).toEqual(points);
});
