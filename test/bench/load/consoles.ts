import { createConnection } from 'node:net';
import WebSocket from 'ws';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { LiveMessage } from '../../../gateway/contract/live.ts';
import type { ConsoleOrder } from './order.ts';
import { connectPacket, createPacketReader, subscribePacket } from './packets.ts';
import { alarmIndex } from './workload.ts';

/**
 * A console was told of an alarm. `crossings`: how often it has changed so far, the first raise being 1. A peer may leave out
 * one that a later one has overtaken; -1: one more than before (a bare broker's messages come one by one, in order).
 */
export type Tell = (device: string, alarm: number, crossings: number) => void;

export interface Told {
  alarm: Tell;
  /** Live values came, so long after those before, ms. */
  values(sinceMs: number): void;
}

export interface OpenConsole {
  close(): void;
}

/** A real console tells which alarms it has painted, each with its newest revision, 500 at a time. */
const shownMs = 100;
const shownAtOnce = 500;

export function openConsole(order: ConsoleOrder, on: Told): Promise<OpenConsole> {
  if (order.kind === 'gatehouse') return openGatehouse(order, on);
  if (order.kind === 'node-red') return openNodeRed(order, on);
  return openSubscriber(order, on);
}

async function openSocket(
  url: string,
  headers: Record<string, string>,
  take: (text: string, socket: WebSocket) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  socket.on('message', (data) => take(String(data), socket));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return socket;
}

async function openGatehouse({ url, token }: { url: string; token: string }, on: Told): Promise<OpenConsole> {
  /** Alarms that changed since the last telling, with their newest revision. */
  const news = new Map<string, number>();
  let lastValuesAt: number | undefined;
  const whole = Promise.withResolvers<void>();
  const socket = await openSocket(url, { authorization: `Bearer ${token}` }, (text) => {
    const message = JSON.parse(text) as LiveMessage;
    if (message.type === 'snapshot' && message.last) whole.resolve();
    else if (message.type === 'values') {
      const now = performance.now();
      if (lastValuesAt !== undefined) on.values(now - lastValuesAt);
      lastValuesAt = now;
    } else if (message.type === 'change')
      for (const { entity, id, data } of message.changes) {
        if (entity !== 'alarms' || data === null) continue;
        const alarm = data as Alarm;
        const index = alarmIndex.get(alarm.definition);
        if (index === undefined) continue;
        on.alarm(alarm.device, index, 2 * alarm.count - (alarm.returnedAt === undefined ? 1 : 0));
        news.set(id, alarm.revision);
      }
  });
  await whole.promise;
  const timer = setInterval(() => {
    const alarms = Array.from(news, ([id, revision]) => ({ id, revision }));
    news.clear();
    for (let from = 0; from < alarms.length; from += shownAtOnce) {
      const some = alarms.slice(from, from + shownAtOnce);
      socket.send(JSON.stringify({ type: 'shown', alarms: some, audible: true, visible: true }));
    }
  }, shownMs);
  return {
    close() {
      clearInterval(timer);
      socket.terminate();
    },
  };
}

async function openNodeRed({ url }: { url: string }, on: Told): Promise<OpenConsole> {
  const socket = await openSocket(url, {}, (text) => {
    const change = JSON.parse(text) as { device: string; alarm: string; active: boolean; count: number };
    const index = alarmIndex.get(change.alarm);
    if (index !== undefined) on.alarm(change.device, index, 2 * change.count - (change.active ? 1 : 0));
  });
  return { close: () => socket.terminate() };
}

async function openSubscriber({ port }: { port: number }, on: Told): Promise<OpenConsole> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      const id = `console-${socket.localPort}`;
      socket.write(connectPacket(id, id, 'none'));
    });
    socket.on(
      'data',
      createPacketReader((first, body) => {
        if (first === 0x20) socket.write(subscribePacket('gatehouse/+/events', 0));
        else if (first === 0x90) resolve();
        else if (first >> 4 === 3) {
          const topic = body.toString('latin1', 2, 2 + body.readUInt16BE(0));
          on.alarm(topic.slice('gatehouse/'.length, -'/events'.length), -1, -1);
        }
      }),
    );
  });
  socket.on('error', () => {});
  return { close: () => socket.destroy() };
}
