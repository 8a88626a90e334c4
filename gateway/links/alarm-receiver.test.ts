import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/house.ts';
import { systemClock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { encodeDc09 } from '../protocols/sia-dc09/frame.ts';
import type { Dc09Report } from '../protocols/sia-dc09/session.ts';
import { type AlarmReceiverLimits, createAlarmReceiver } from './alarm-receiver.ts';
import type { PanelAnswer } from './dc09-conversations.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A receiver that knows every account but one; what it takes waits until the test says that it is stored. */
async function receiverWith(limits: Partial<AlarmReceiverLimits> = {}, port = 0, stranger = '9999') {
  const waiting: { report: Dc09Report; done: (error?: Error) => void }[] = [];
  const hit: string[] = [];
  const refused: string[] = [];
  const receiver = await createAlarmReceiver({
    host: '127.0.0.1',
    port,
    clock: systemClock,
    log: silentLog,
    limits,
    known: (account) =>
      account === stranger
        ? null
        : { conversation: account, receiver: null, panel: { key: null, offsetMs: 0, stampAnswers: false } },
    report: (report, _from, done) => void waiting.push({ report, done }),
    refused: (why) => void refused.push(why),
    limited: (limit) => void hit.push(limit),
  });
  open.push(() => receiver.close());
  receiver.pauseReading(false);
  return { receiver, waiting, hit, refused };
}

function frame(seq: number, account = '1234'): Uint8Array {
  const head = { id: 'ADM-CID', seq: String(seq).padStart(4, '0'), receiver: null, line: 'L0', key: null };
  return encodeDc09({ ...head, account, data: '|1130 01 001', timestamp: null }, '');
}

async function panelTo(port: number): Promise<{ socket: Socket; got(): string; ended: Promise<unknown> }> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  open.push(() => socket.destroy());
  return { socket, got: () => text, ended };
}

test('acknowledges nothing before it is stored, then each on its own connection', async () => {
  const { receiver, waiting } = await receiverWith();
  const [one, two] = [await panelTo(receiver.port), await panelTo(receiver.port)];
  one.socket.write(frame(1));
  two.socket.write(frame(2));
  await eventually('both have come', () => waiting.length === 2);
  expect(one.got() + two.got()).toBe('');
  for (const { done } of waiting) done();
  await eventually('both are acknowledged', () => one.got() !== '' && two.got() !== '');
  expect([one.got(), two.got()].map((text) => text.slice(9, 18))).toEqual(['"ACK"0001', '"ACK"0002']);
});

test('does not acknowledge what could not be stored', async () => {
  const { receiver, waiting } = await receiverWith();
  const panel = await panelTo(receiver.port);
  panel.socket.write(frame(1));
  await eventually('it has come', () => waiting.length === 1);
  waiting[0]?.done(new Error('the disk is full'));
  panel.socket.write(frame(2));
  await eventually('the next has come', () => waiting.length === 2);
  waiting[1]?.done();
  await eventually('that is acknowledged', () => panel.got() !== '');
  expect(panel.got()).not.toContain('0001');
});

test('reads no more from a connection on which too much waits for the disk, and goes on when it is stored', async () => {
  const { receiver, waiting } = await receiverWith({ panelWaitingReports: 3 });
  const panel = await panelTo(receiver.port);
  for (let seq = 1; seq <= 9; seq++) {
    panel.socket.write(frame(seq));
    await eventually('it is on its way', () => panel.socket.writableLength === 0);
  }
  await eventually('it is held up', () => waiting.length >= 3);
  for (let stored = 0; stored < 9; stored++) {
    await eventually('the next has come', () => waiting[stored] !== undefined);
    waiting[stored]?.done();
  }
  await eventually('all are acknowledged', () => panel.got().split('"ACK"').length === 10);
});

test('takes nothing while it is paused; a datagram is then repeated by its panel', async () => {
  const { receiver, waiting } = await receiverWith();
  const panel = await panelTo(receiver.port);
  const udp = createSocket('udp4');
  open.push(() => udp.close());
  receiver.pauseReading(true);
  panel.socket.write(frame(1));
  udp.send(frame(2), receiver.port, '127.0.0.1');
  // What must not come has had its time.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(waiting).toEqual([]);
  receiver.pauseReading(false);
  await eventually('what was sent over TCP comes', () => waiting.length === 1);
  udp.send(frame(2), receiver.port, '127.0.0.1');
  await eventually('so does the repeated datagram', () => waiting.length === 2);
});

test('a datagram that is stored while the gateway ends is not answered, and ends nothing else', async () => {
  const { receiver, waiting } = await receiverWith();
  const udp = createSocket('udp4');
  open.push(() => udp.close());
  udp.send(frame(1), receiver.port, '127.0.0.1');
  await eventually('it has come', () => waiting.length === 1);
  open.splice(0, 1);
  await receiver.close();
  expect(() => waiting[0]?.done()).not.toThrow();
});

test('ends a connection over the cap, one without a sound frame in time, and one that sends nothing but noise', async () => {
  const { receiver, hit, refused } = await receiverWith({
    panelConnectionsPerAddress: 2,
    panelFirstFrameMs: 200,
    panelBrokenFrames: 3,
  });
  const mute = await panelTo(receiver.port);
  const noisy = await panelTo(receiver.port);
  const third = await panelTo(receiver.port);
  await third.ended;
  expect(hit).toEqual(['panelConnectionsPerAddress']);
  noisy.socket.write('\nGET / HTTP/1.1\r'.repeat(3));
  await noisy.ended;
  expect(hit).toContain('panelBrokenFrames');
  expect(refused).toEqual(['framing', 'framing', 'framing']);
  await mute.ended;
});

test('a connection of which nothing is taken ends in time, however much it says', async () => {
  const { receiver, refused, hit } = await receiverWith({ panelFirstFrameMs: 300 });
  const stranger = await panelTo(receiver.port);
  const talk = setInterval(() => stranger.socket.write(frame(1, '9999')), 50);
  open.push(() => clearInterval(talk));
  const panel = await panelTo(receiver.port);
  panel.socket.write(frame(1));
  await stranger.ended;
  expect(refused).toContain('unknown');
  expect(hit).toEqual([]);
  expect(panel.socket.destroyed).toBe(false);
});

test('when all places are taken, the oldest connection that has shown nothing makes room', async () => {
  const { receiver, waiting, hit } = await receiverWith({ panelConnections: 2 });
  const panel = await panelTo(receiver.port);
  panel.socket.write(frame(1));
  await eventually('it has come', () => waiting.length === 1);
  const mute = await panelTo(receiver.port);
  const next = await panelTo(receiver.port);
  await mute.ended;
  next.socket.write(frame(2, '5678'));
  await eventually('the new one is heard', () => waiting.length === 2);
  const last = await panelTo(receiver.port);
  await last.ended;
  expect(hit).toEqual(['panelConnections', 'panelConnections']);
  expect([panel.socket.destroyed, next.socket.destroyed]).toEqual([false, false]);
});

test('ends a connection that does not fetch what is sent to it', async () => {
  const { receiver, waiting, hit } = await receiverWith();
  const panel = await panelTo(receiver.port);
  panel.socket.pause();
  panel.socket.write(frame(1));
  await eventually('it has come', () => waiting.length === 1);
  // Megabytes find room in the kernel first.
  const text = '0'.repeat(1e6);
  let fate: PanelAnswer | undefined;
  for (let nth = 0; nth < 40 && hit.length === 0; nth++)
    void receiver.command(`c-${nth}`, '1234', { token: 'HENG-BO', text, password: null }).then((answer) => {
      fate = answer;
    });
  await eventually('it is lost', () => fate === 'lost');
  expect(hit).toEqual(['panelUnsentBytes']);
});

test('takes so many frames a second from an address: the rest waits on a connection, and is ignored as a datagram', async () => {
  const { receiver, waiting, hit } = await receiverWith({ panelFramesPerSecond: 20 });
  const panel = await panelTo(receiver.port);
  panel.socket.write(Buffer.concat(Array.from({ length: 30 }, (_, i) => frame(i + 1))));
  await eventually('they have come', () => waiting.length === 30);
  expect(hit).toEqual(['panelFramesPerSecond']);
  for (const { done } of waiting) done();
  const since = performance.now();
  panel.socket.write(frame(31));
  const udp = createSocket('udp4');
  open.push(() => udp.close());
  udp.send(frame(32, '5678'), receiver.port, '127.0.0.1');
  await eventually('the connection is read again', () => waiting.length === 31);
  expect(performance.now() - since).toBeGreaterThan(200);
  expect(waiting[30]?.report.account).toBe('1234');
});

test('a command goes back on the connection, and is lost with it', async () => {
  const { receiver, waiting } = await receiverWith();
  expect(
    await receiver.command('c-0', '1234', { token: 'HENG-BO', text: '3400 00 099', password: null }),
  ).toBe('not-connected');
  const panel = await panelTo(receiver.port);
  panel.socket.write(frame(1));
  await eventually('it has come', () => waiting.length === 1);
  const answer = receiver.command('c-1', '1234', { token: 'HENG-BO', text: '3400 00 099', password: null });
  await eventually('the panel is asked', () => panel.got().includes('|3400 00 099]'));
  panel.socket.destroy();
  expect(await answer).toBe('lost');
  expect(
    await receiver.command('c-2', '1234', { token: 'HENG-BO', text: '3400 00 099', password: null }),
  ).toBe('not-connected');
});

test('a port that is taken is named, with the setting to change, by TCP and by UDP', async () => {
  const { receiver } = await receiverWith();
  const datagrams = createSocket('udp4');
  await new Promise<void>((resolve) => datagrams.bind(0, '127.0.0.1', resolve));
  for (const port of [receiver.port, datagrams.address().port]) {
    const second = receiverWith({}, port);
    await expect(second).rejects.toBeInstanceOf(Fault);
    await expect(second).rejects.toMatchObject({
      code: 'port.busy',
      detail: expect.stringMatching(
        `the alarm receiver cannot listen on 127.0.0.1:${port} .*set GATEHOUSE_ALARM_RECEIVER_PORT \\(alarmReceiver.port in`,
      ),
    });
  }
  datagrams.close();
});
