import { expect, test } from 'vitest';
import { misread } from '../contract/misread.ts';
import type { Stranger, StrangerGuess } from '../contract/stranger.ts';
import { createStrangers, type Meeting } from './strangers.ts';

const guess = (topic: string): StrangerGuess => ({
  ...{ types: ['tasmota-switch'], address: 'plug', by: 'topic' },
  why: misread('stray-topic', { topic, link: 'z2m' }),
});
const meeting = (what: string, more: Partial<Meeting> = {}): Meeting => ({
  ...{ kind: 'topic', link: 'z2m', what, from: null, at: 1, bytes: Buffer.from('{}') },
  ...more,
});

test('a stranger is told once, then counted with when it was heard last; what it may be is asked once', () => {
  const strangers = createStrangers();
  let asked = 0;
  const meet = (at: number) =>
    strangers.meet(meeting('tele/plug', { at }), () => {
      asked++;
      return guess('add it');
    });
  expect([meet(1), meet(2), meet(5)]).toEqual([guess('add it'), null, null]);
  expect(asked).toBe(1);
  expect(strangers.list()).toMatchObject([
    { what: 'tele/plug', count: 3, firstAt: 1, lastAt: 5, sample: '7b7d' },
  ]);
});

test('of two links, and of two kinds, the same name is two strangers; who was heard last comes first', () => {
  const strangers = createStrangers();
  strangers.meet(meeting('plug', { at: 3 }), () => guess(''));
  strangers.meet(meeting('plug', { link: 'emqx', at: 1 }), () => guess(''));
  strangers.meet(meeting('plug', { kind: 'name', at: 2 }), () => guess(''));
  expect(strangers.list().map(({ kind, link }) => [kind, link])).toEqual([
    ['topic', 'z2m'],
    ['name', 'z2m'],
    ['topic', 'emqx'],
  ]);
});

test('once the site has changed, who is known now is gone, and the others are told anew with what they may be today', () => {
  const strangers = createStrangers();
  for (const what of ['plug', 'lamp']) strangers.meet(meeting(what), () => guess('before'));
  strangers.siteChanged(({ what }) => what === 'plug');
  expect(strangers.meet(meeting('lamp'), () => guess('after'))?.why.params.topic).toBe('after');
  expect(strangers.list()).toMatchObject([
    {
      what: 'lamp',
      count: 2,
      words: expect.stringContaining('topic after on link z2m;'),
      why: { code: 'stray-topic' },
    },
  ]);
});

test('who makes up names fills no memory and hides no other kind; what was said is cut', () => {
  const strangers = createStrangers();
  const big = Buffer.alloc(1_000_000, 0x41);
  for (let i = 0; i < 5_000; i++)
    strangers.meet(meeting(`${i}/${'x'.repeat(1_000)}`, { bytes: big }), () => guess(''));
  expect(strangers.list()).toHaveLength(1_000);
  expect(strangers.left()).toBe(4_000);
  const unit: Partial<Meeting> = { kind: 'unit', link: null };
  expect(strangers.meet(meeting('861234', unit), () => guess('dials in'))?.why.params.topic).toBe('dials in');
  for (const { what, sample } of strangers.list()) {
    expect(what.length).toBeLessThanOrEqual(256);
    expect(sample.length).toBeLessThanOrEqual(512);
  }
});

test('room that one leaves is another one’s', () => {
  const strangers = createStrangers();
  const unit: Partial<Meeting> = { kind: 'unit', link: null };
  const meet = (what: string) => strangers.meet(meeting(what, unit), () => guess(''));
  for (let i = 0; i < 200; i++) meet(`unit-${i}`);
  expect(meet('one too many')).toBeNull();
  const gone = ({ what }: Pick<Stranger, 'what'>) => what === 'unit-7';
  strangers.siteChanged(gone);
  expect(meet('one too many')).not.toBeNull();
});
