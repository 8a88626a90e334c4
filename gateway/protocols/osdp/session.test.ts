import { describe, expect, test } from 'vitest';
import { type SimulatedReader, simulateReader } from '../../../simulators/osdp-reader.ts';
import {
  type OsdpInput,
  type OsdpOutput,
  type OsdpSession,
  openOsdpSession,
  type Protection,
} from './conversation.ts';
import { offlineMs } from './conversing.ts';
import { encodeOsdp, type OsdpFrame, readOsdp } from './frame.ts';
import { commands } from './messages.ts';
import { seal } from './secure-channel.ts';
import { stepOsdp } from './session.ts';

const key = Uint8Array.from({ length: 16 }, (_, i) => 7 * i + 1);
const installation = Uint8Array.from({ length: 16 }, (_, i) => 0x30 + i);
const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const card = '00001001010010011110110001';

/** A session and a reader on wires that may lose what is said. */
class Talk {
  session: OsdpSession = openOsdpSession(0);
  now = 0;
  /** So many replies get lost. */
  lose = 0;
  /** What happened is on disk at once. */
  commits = true;
  readonly sent: Uint8Array[] = [];
  readonly outputs: OsdpOutput[] = [];
  readonly reader: SimulatedReader;
  readonly protection: Protection;

  constructor(reader: SimulatedReader, protection: Protection) {
    this.reader = reader;
    this.protection = protection;
  }

  input(input: OsdpInput): OsdpOutput[] {
    const plan = { address: this.reader.address, protection: this.protection };
    const { session, outputs } = stepOsdp(this.session, input, plan, this.now);
    this.session = session;
    this.outputs.push(...outputs);
    for (const output of outputs)
      if (output.type === 'happened' && this.commits) this.input({ type: 'durable', number: output.number });
    return outputs;
  }

  /** One turn with the line at the moment at which it is wanted; a reply takes 20 ms, silence 200 ms. */
  turn(): void {
    this.now = Math.max(this.now, this.session.nextMono);
    const send = this.input({ type: 'turn', random }).find((output) => output.type === 'send');
    if (!send) return;
    this.sent.push(send.bytes);
    const reply = this.reader.answer(send.bytes);
    this.now += reply && this.lose === 0 ? 20 : 200;
    const read = reply && this.lose === 0 ? readOsdp(reply) : null;
    if (reply && this.lose > 0) this.lose--;
    if (read?.ok) this.input({ type: 'reply', frame: read.frame });
    else this.input({ type: 'silence' });
  }

  for(ms: number): void {
    const end = this.now + ms;
    while (Math.max(this.now, this.session.nextMono) < end) this.turn();
    this.now = Math.max(this.now, end);
  }

  of<Type extends OsdpOutput['type']>(type: Type): Extract<OsdpOutput, { type: Type }>[] {
    return this.outputs.filter((one): one is Extract<OsdpOutput, { type: Type }> => one.type === type);
  }

  channels(): string[] {
    return this.of('state').flatMap(({ state }) => (state.type === 'channel' ? [state.channel] : []));
  }
}

const plain = () => new Talk(simulateReader(3), { mode: 'plain' });
const secure = () => new Talk(simulateReader(3, key), { mode: 'key', key });
const order = (id: string, latestMono = 1e9) =>
  ({
    type: 'order',
    order: { id, code: commands.OUT, data: Uint8Array.of(0, 5, 10, 0), latestMono },
  }) as const;

describe.each([
  ['in plain', plain],
  ['in a secure channel', secure],
])('a reader %s', (_, start) => {
  test('is asked who it is, what it can and how it is, and then polled each 50 ms with the numbers 1 to 3', () => {
    const talk = start();
    talk.for(2_000);
    expect(talk.session.phase).toBe('running');
    const states = talk.of('state').map(({ state }) => state.type);
    expect(states).toEqual(expect.arrayContaining(['identity', 'channel', 'status', 'outputs']));
    const polls = talk.reader.heard.filter((code) => code === commands.POLL).length;
    expect(polls).toBeGreaterThan(25);
    const numbers = talk.sent.map((bytes) => (bytes[4] ?? 0) & 3);
    expect(numbers.slice(0, 7)).toEqual([0, 1, 2, 3, 1, 2, 3]);
    // It has no inputs, and is not asked for them.
    expect(talk.reader.heard).not.toContain(commands.ISTAT);
  });

  test.each([0, 1, 2, 5])(
    'tells a card once though %d replies get lost, and asks with the same number',
    (lost) => {
      const talk = start();
      talk.for(1_000);
      talk.reader.hold(card);
      talk.lose = lost;
      const from = talk.sent.length;
      talk.for(5_000);
      expect(talk.of('happened').map(({ happening }) => happening)).toEqual([{ type: 'card', bits: card }]);
      const [first, ...again] = talk.sent.slice(from, from + lost + 1);
      for (const bytes of again) expect(bytes).toEqual(first);
      expect(talk.of('lost')).toEqual([]);
    },
  );

  test('does not hear the next number before its card is on disk, and is kept alive meanwhile', () => {
    const talk = start();
    talk.for(1_000);
    talk.commits = false;
    talk.reader.hold(card);
    talk.for(500);
    const [held] = talk.of('happened');
    const heard = talk.reader.heard.length;
    const from = talk.sent.length;
    talk.for(20_000);
    expect(talk.reader.heard.length).toBe(heard);
    expect(talk.sent.length - from).toBeGreaterThan(15);
    expect(talk.of('lost')).toEqual([]);
    expect(talk.of('happened')).toHaveLength(1);
    talk.input({ type: 'durable', number: (held?.number ?? 0) + 1 });
    talk.for(2_000);
    expect(talk.reader.heard.length).toBe(heard);
    talk.input({ type: 'durable', number: held?.number ?? 0 });
    talk.for(500);
    expect(talk.reader.heard.length).toBeGreaterThan(heard);
  });

  test('is lost after 8 s of silence, told once, and used again when it answers', () => {
    const talk = start();
    talk.for(1_000);
    const silentFrom = talk.now;
    talk.reader.dead = true;
    while (talk.of('lost').length === 0) talk.turn();
    expect(talk.now - silentFrom).toBeGreaterThan(offlineMs);
    expect(talk.now - silentFrom).toBeLessThan(offlineMs + 2_000);
    const sent = talk.sent.length;
    talk.for(60_000);
    expect(talk.of('lost')).toEqual([{ type: 'lost' }]);
    // A dead reader costs the line one time-out in five seconds.
    expect(talk.sent.length - sent).toBeLessThan(16);
    talk.reader.dead = false;
    talk.reader.reboot();
    talk.for(10_000);
    expect(talk.session).toMatchObject({ phase: 'running', lost: false });
  });

  test('does what it is told once, ahead of polls, and says how its outputs are', () => {
    const talk = start();
    talk.for(1_000);
    talk.lose = 1;
    talk.input(order('a'));
    talk.for(1_000);
    expect(talk.of('done')).toEqual([{ type: 'done', order: 'a' }]);
    expect(talk.reader.heard.filter((code) => code === commands.OUT)).toHaveLength(1);
    const outputs = talk.of('state').filter(({ state }) => state.type === 'outputs');
    expect(outputs.at(-1)?.state).toEqual({ type: 'outputs', on: [true, false] });
  });

  test('is not told anything too late, nor what cannot have been done twice', () => {
    const talk = start();
    talk.for(1_000);
    talk.reader.dead = true;
    talk.input(order('sent'));
    talk.turn();
    talk.input(order('waits', talk.now + 3_000));
    talk.for(20_000);
    talk.reader.dead = false;
    talk.reader.reboot();
    talk.for(10_000);
    expect(talk.of('failed').map(({ order: id, why }) => [id, why])).toEqual([
      ['waits', 'expired'],
      ['sent', 'timeout'],
    ]);
    expect(talk.reader.heard).not.toContain(commands.OUT);
  });
});

test('an order that nobody answers is not sent again when it is too late, and may be done after all', () => {
  const talk = plain();
  talk.for(1_000);
  talk.reader.dead = true;
  talk.input(order('a', talk.now + 2_000));
  talk.for(3_000);
  expect(talk.of('failed')).toEqual([{ type: 'failed', order: 'a', why: 'timeout' }]);
  talk.reader.dead = false;
  talk.for(5_000);
  expect(talk.reader.heard).not.toContain(commands.OUT);
  expect(talk.of('lost')).toEqual([]);
});

test('a reader that has forgotten its session is given a new one at once, and what it refused is done then', () => {
  const talk = secure();
  talk.for(1_000);
  talk.reader.reboot();
  talk.input(order('a'));
  talk.for(1_000);
  expect(talk.of('done')).toEqual([{ type: 'done', order: 'a' }]);
  expect(talk.reader.heard.filter((code) => code === commands.CHLNG)).toHaveLength(2);
  expect(talk.of('lost')).toEqual([]);
});

test('a reader with a key is sent nothing in plain but the handshake, whatever becomes of it', () => {
  const talk = secure();
  talk.for(1_000);
  talk.reader.reboot();
  talk.for(1_000);
  talk.reader.dead = true;
  talk.for(30_000);
  talk.reader.dead = false;
  talk.for(10_000);
  for (const bytes of talk.sent) {
    const read = readOsdp(bytes);
    const type = read.ok ? read.frame.security?.type : undefined;
    expect([0x11, 0x13, 0x15, 0x17]).toContain(type);
  }
});

test('what is said in plain is no answer in a secure channel', () => {
  const talk = secure();
  talk.for(1_000);
  talk.now = talk.session.nextMono;
  talk.input({ type: 'turn', random });
  const sequence = talk.session.sent?.sequence ?? 0;
  const forged = readOsdp(
    encodeOsdp({
      ...{ address: 3, reply: true, sequence, crc: true, security: null, code: 0x50, mac: null },
      data: Uint8Array.of(0, 1, 26, 0, 9, 0x49, 0xec, 0x40),
    }),
  );
  const before = talk.session;
  if (forged.ok) talk.input({ type: 'reply', frame: forged.frame });
  expect(talk.session).toBe(before);
  expect(talk.of('happened')).toEqual([]);
});

describe('a channel that cannot be had', () => {
  test.each<[string, SimulatedReader, Protection, string]>([
    ['the reader has another key', simulateReader(3, key.toReversed()), { mode: 'key', key }, 'wrong-key'],
    [
      'the reader is in installation mode',
      simulateReader(3, installation),
      { mode: 'key', key },
      'wrong-key',
    ],
    ['the reader is not', simulateReader(3, key), { mode: 'installation' }, 'wrong-key'],
    ['it cannot encrypt', simulateReader(3), { mode: 'key', key }, 'unsupported'],
    ['it must', simulateReader(3, key), { mode: 'plain' }, 'key-required'],
    ['the site’s key is none', simulateReader(3, key), { mode: 'key', key: null }, 'no-key'],
  ])('because %s is told once and tried for each five seconds', (_, reader, protection, why) => {
    const talk = new Talk(reader, protection);
    talk.for(60_000);
    expect(talk.of('barred')).toEqual([{ type: 'barred', channel: why }]);
    // Nothing is a sign of life of it but a channel as the site wants it.
    expect(talk.of('state')).toEqual([]);
    expect(talk.of('lost')).toEqual([]);
    const begun = talk.sent.filter((bytes) => ((bytes[4] ?? 0) & 3) === 0).length;
    if (why === 'no-key') expect(talk.sent).toEqual([]);
    else expect([begun > 8, begun < 16]).toEqual([true, true]);
  });

  test('is had with the known key where the site says so', () => {
    const talk = new Talk(simulateReader(3, installation), { mode: 'installation' });
    talk.for(1_000);
    expect(talk.channels()[0]).toBe('installation');
    expect(talk.session.phase).toBe('running');
  });
});

describe('a reader that knows the sum of one byte alone', () => {
  const withCrc = (bytes: Uint8Array) => ((bytes[4] ?? 0) & 4) !== 0;

  describe.each([
    ['in plain', plain],
    ['in a secure channel', secure],
  ])('%s', (_, start) => {
    /** It says in a sum that the check of what has a CRC is wrong. */
    function refusing(): Talk {
      const talk = start();
      const answer = talk.reader.answer;
      const nak = encodeOsdp({
        ...{ address: 3, reply: true, sequence: 0, crc: false, security: null, code: 0x41, mac: null },
        data: Uint8Array.of(1),
      });
      talk.reader.answer = (bytes) => (withCrc(bytes) ? nak : answer(bytes));
      return talk;
    }
    function passingOver(): Talk {
      const talk = start();
      talk.reader.sumOnly = true;
      return talk;
    }

    test.each([
      ['passes over', passingOver],
      ['refuses', refusing],
    ])('and %s a CRC is spoken with so within three seconds, and after it was away', (_name, begin) => {
      const talk = begin();
      talk.for(3_000);
      expect(talk.session).toMatchObject({ phase: 'running', crc: false, lost: false });
      talk.reader.hold(card);
      talk.for(1_000);
      expect(talk.of('happened').map(({ happening }) => happening)).toEqual([{ type: 'card', bits: card }]);
      talk.reader.dead = true;
      talk.for(60_000);
      talk.reader.dead = false;
      talk.reader.reboot();
      talk.for(20_000);
      expect(talk.session).toMatchObject({ phase: 'running', crc: false, lost: false });
    });
  });

  test.each(Array.from({ length: 12 }, (_, n) => [n]))(
    'is not what one that was away is taken for, though a sum is tried: back after %d s it has its CRC',
    (seconds) => {
      const talk = secure();
      talk.for(1_000);
      talk.reader.dead = true;
      talk.for(40_000 + 1_000 * seconds);
      expect(talk.sent.slice(-4).map(withCrc)).toContain(false);
      talk.reader.dead = false;
      talk.reader.reboot();
      talk.for(10_000);
      expect(talk.session).toMatchObject({ phase: 'running', crc: true, sumHeard: false, lost: false });
    },
  );
});

test.each<[string, Protection]>([
  ['in plain', { mode: 'plain' }],
  ['in a channel', { mode: 'key', key }],
])(
  'a reader that refuses every sequence number %s is lost after 8 s, and given little of the line',
  (_, protection) => {
    const talk = new Talk(simulateReader(3), protection);
    talk.reader.answer = (bytes) =>
      encodeOsdp({
        ...{ address: 3, reply: true, sequence: (bytes[4] ?? 0) & 3, crc: true, security: null },
        ...{ code: 0x41, mac: null, data: Uint8Array.of(4) },
      });
    talk.for(10_000);
    expect(talk.of('lost')).toEqual([{ type: 'lost' }]);
    expect(talk.sent.length).toBeLessThan(20);
    const sent = talk.sent.length;
    talk.for(60_000);
    expect(talk.of('lost')).toHaveLength(1);
    expect(talk.sent.length - sent).toBeLessThan(16);
  },
);

test('a reader that says in its channel that it is busy has not done what it was told, and is asked again as before', () => {
  const talk = secure();
  talk.for(1_000);
  talk.now = talk.session.nextMono;
  talk.input(order('a'));
  talk.input({ type: 'turn', random });
  const { sent, channel } = talk.session;
  if (!sent || !channel) throw new Error('no channel stands');
  const bare: OsdpFrame = {
    ...{ address: 3, reply: true, sequence: sent.sequence, crc: true, security: null, code: 0x79, mac: null },
    data: new Uint8Array(0),
  };
  const busy = readOsdp(encodeOsdp(seal(channel, bare).frame));
  if (!busy.ok) throw new Error(busy.error);
  talk.input({ type: 'reply', frame: busy.frame });
  expect(talk.of('done')).toEqual([]);
  talk.for(1_000);
  expect(talk.of('done')).toEqual([{ type: 'done', order: 'a' }]);
  expect(talk.reader.heard.filter((code) => code === commands.OUT)).toHaveLength(1);
});

test('a busy reader is asked again as before, and a line that is lost ends what was on its way', () => {
  const talk = plain();
  talk.for(1_000);
  talk.now = talk.session.nextMono;
  talk.input(order('a'));
  talk.input({ type: 'turn', random });
  const { bytes } = talk.session.sent ?? {};
  const busy = readOsdp(
    encodeOsdp({
      ...{ address: 3, reply: true, sequence: 0, crc: true, security: null, code: 0x79, mac: null },
      data: new Uint8Array(0),
    }),
  );
  if (busy.ok) talk.input({ type: 'reply', frame: busy.frame });
  talk.now = talk.session.nextMono;
  expect(talk.input({ type: 'turn', random })).toEqual([{ type: 'send', bytes }]);
  talk.input({ type: 'line-down' });
  expect(talk.of('failed')).toEqual([{ type: 'failed', order: 'a', why: 'line-down' }]);
  talk.for(1_000);
  expect(talk.session.phase).toBe('running');
});
