import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { encodeDc09 } from '../protocols/sia-dc09/frame.ts';
import { createConversations } from './dc09-conversations.ts';
import type { ReportConnection } from './report-listener.ts';

function frame(seq: string, key: Uint8Array | null): Uint8Array {
  const head = { id: 'ADM-CID', seq, receiver: null, line: 'L0', account: '1234', data: '|1130 01 001' };
  return encodeDc09({ ...head, timestamp: Date.now(), key }, 'ABCDEFGHIJKLMNOP');
}

function house(key: Uint8Array | null) {
  const conversations = createConversations({
    clock: systemClock,
    known: () => ({
      conversation: 'panel-1',
      receiver: null,
      panel: { key, offsetMs: 0, stampAnswers: false },
    }),
    report: (_report, _from, done) => done(),
    refused() {},
  });
  const asked: string[] = [];
  const from = (address: string): ReportConnection => ({
    address,
    lasting: true,
    send: (bytes) => void (Buffer.from(bytes).includes('ACK') || asked.push(address)),
  });
  return { conversations, asked, from };
}

test('a frame without a key from elsewhere takes no living connection over, and the password stays here', async () => {
  const { conversations, asked, from } = house(null);
  const panel = from('10.0.0.1');
  const other = from('10.0.0.2');
  conversations.frame(panel, frame('0001', null), () => {});
  conversations.frame(other, frame('0002', null), () => {});
  expect(
    await conversations.command('c-1', 'panel-1', {
      token: 'HENG-BO',
      text: '1400 00 099',
      password: '123456',
    }),
  ).toBe('elsewhere');
  void conversations.command('c-2', 'panel-1', { token: 'HENG-BO', text: '3400 00 099', password: null });
  expect(asked).toEqual(['10.0.0.1']);
  conversations.frame(panel, frame('0003', null), () => {});
  void conversations.command('c-3', 'panel-1', { token: 'HENG-BO', text: '1400 00 099', password: '123456' });
  expect(asked).toEqual(['10.0.0.1', '10.0.0.1']);
  conversations.lost(panel);
  conversations.frame(other, frame('0004', null), () => {});
  void conversations.command('c-4', 'panel-1', { token: 'HENG-BO', text: '3400 00 099', password: null });
  expect(asked).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2']);
  conversations.close();
});

test('a panel with a key is where it last reported', () => {
  const { conversations, asked, from } = house(new Uint8Array(16));
  for (const address of ['10.0.0.1', '10.0.0.2'])
    conversations.frame(from(address), frame('0001', new Uint8Array(16)), () => {});
  // What is sent is encrypted, but for its head.
  void conversations.command('c-1', 'panel-1', { token: 'HENG-BO', text: '1400 00 099', password: '123456' });
  expect(asked).toEqual(['10.0.0.2']);
  conversations.close();
});

test('what strangers sent before a restart is known again, each by its account', () => {
  const identities: string[] = [];
  const begin = () =>
    createConversations({
      clock: systemClock,
      known: (account) => ({
        conversation: `receiver ${account}`,
        receiver: 'receiver',
        panel: { key: null, offsetMs: 0, stampAnswers: false },
      }),
      report: ({ identity }) => void identities.push(identity),
      refused() {},
    });
  const sender: ReportConnection = { address: '10.0.0.1', lasting: true, send() {} };
  const stranger = (account: string) =>
    encodeDc09(
      {
        ...{ id: 'ADM-CID', seq: '0001', receiver: null, line: 'L0', account, data: '|1130 01 001' },
        ...{ timestamp: null, key: null },
      },
      '',
    );
  const before = begin();
  before.frame(sender, stranger('1111'), () => {});
  before.frame(sender, stranger('2222'), () => {});
  const after = begin();
  for (const identity of identities) after.recall('receiver', identity, systemClock.now().monoMs);
  after.frame(sender, stranger('2222'), () => {});
  after.frame(sender, stranger('1111'), () => {});
  expect(identities[2]).toBe(identities[1]);
  expect(identities[3]).toBe(identities[0]);
  expect(identities[1]).not.toBe(identities[0]);
});

test('of too many strangers the oldest is forgotten, and never a panel of the site', () => {
  const identities: string[] = [];
  const conversations = createConversations({
    clock: systemClock,
    known: (account) => ({
      conversation: account,
      receiver: account === '1234' ? null : 'receiver',
      panel: { key: null, offsetMs: 0, stampAnswers: false },
    }),
    report: ({ identity }) => void identities.push(identity),
    refused() {},
  });
  const sender: ReportConnection = { address: '10.0.0.1', lasting: true, send() {} };
  const say = (account: string): string | undefined => {
    const head = { id: 'ADM-CID', seq: '0001', receiver: null, line: 'L0', account, data: '|1130 01 001' };
    conversations.frame(sender, encodeDc09({ ...head, timestamp: null, key: null }, ''), () => {});
    return identities.at(-1);
  };
  const panel = say('1234');
  const first = say('10000');
  for (let nth = 1; nth < 2_000; nth++) say(String(10_000 + nth));
  expect(say('10000')).toBe(first);
  say('12000');
  expect(say('10000')).not.toBe(first);
  expect(say('1234')).toBe(panel);
});
