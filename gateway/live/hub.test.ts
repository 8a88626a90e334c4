import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { LiveMessage } from '../contract/live.ts';
import { permissions } from '../contract/permissions.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import { createManualClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createHub, type LiveSocket } from './hub.ts';

const start = Date.UTC(2026, 2, 1);
const actor = { who: 'li', name: '李', station: 'desk', permissions: new Set(permissions) };

function createHouse() {
  const clock = createManualClock(start);
  const newest = new Map<string, Reading>();
  const hub = createHub({
    clock,
    log: silentLog,
    snapshot: () => [],
    liveValues: () => newest.values(),
    shown() {},
  });
  return {
    clock,
    hub,
    level(value: PointValue): void {
      const reading: Reading = {
        device: 'tank-1',
        point: 'level',
        value,
        quality: 'good',
        at: start,
        receivedAt: start,
      };
      newest.set('tank-1.level', reading);
      hub.value('tank-1.level', reading);
    },
    /** @param reads false: it takes nothing until `read` is called */
    attach({ since, reads = true }: { since?: string; reads?: boolean } = {}) {
      const events = new EventEmitter();
      const messages: LiveMessage[] = [];
      const unread: { data: string; done: (() => void) | undefined }[] = [];
      const closed: number[] = [];
      const most = { bytes: 0 };
      const socket: LiveSocket = {
        get bufferedAmount() {
          return unread.reduce((sum, { data }) => sum + data.length, 0);
        },
        send(data, done) {
          unread.push({ data, done });
          most.bytes = Math.max(most.bytes, this.bufferedAmount);
          if (reads) read();
        },
        close: (code) => void closed.push(code),
        on: (event: string, listener: (data: { toString(): string }) => void) =>
          void events.on(event, listener),
      };
      /** The kernel takes all that waits, and says so. */
      function read(): void {
        for (const { data, done } of unread.splice(0)) {
          messages.push(JSON.parse(data) as LiveMessage);
          done?.();
        }
      }
      hub.attach(socket, actor, since, new AbortController().signal);
      return {
        messages,
        closed,
        most,
        read,
        unread: () => unread.length,
        close: () => events.emit('close'),
        count: (type: LiveMessage['type']) => messages.filter((message) => message.type === type).length,
        levels: () =>
          messages.flatMap((message) =>
            message.type === 'values' || message.type === 'snapshot'
              ? message.values.map(([, , value]) => value)
              : [],
          ),
      };
    },
  };
}

test('a console gets the newest value of a point every 250 ms when it changed, and a beat every second', async () => {
  const { clock, level, attach } = createHouse();
  const console = attach();
  level(1);
  level(2);
  await clock.advance(250);
  await clock.advance(250);
  level(3);
  await clock.advance(2_500);
  expect(console.levels()).toEqual([2, 3]);
  expect(console.count('beat')).toBe(3);
});

test('after hours without a console the next one finds the newest values, and beats go on', async () => {
  const { clock, level, attach } = createHouse();
  const first = attach();
  level(1);
  first.close();
  await clock.advance(3_600_000);
  level(2);
  const second = attach();
  await clock.advance(2_000);
  expect(second.levels()).toEqual([2]);
  expect(second.count('beat')).toBe(2);
  expect(first.count('beat')).toBe(0);
});

test('a closed hub sends nothing more', async () => {
  const { clock, hub, level, attach } = createHouse();
  const console = attach();
  level(1);
  hub.close();
  await clock.advance(5_000);
  expect(console.count('values') + console.count('beat')).toBe(0);
});

test('a console that stops reading amid its snapshot is closed once it is further behind than it could resume', () => {
  const { hub, attach } = createHouse();
  const frozen = attach({ reads: false });
  const other = attach();
  const change = (n: number) => [{ entity: 'alarms' as const, id: `alarm-${n}`, data: { n } }];
  for (let n = 0; n < 6_000; n++) hub.publish(change(n));
  expect(frozen.closed).toEqual([]);
  for (let n = 6_000; n < 6_300; n++) hub.publish(change(n));
  expect(frozen.closed).toEqual([4008]);
  expect(hub.consoles()).toBe(1);
  expect(other.count('change')).toBe(6_300);
});

test('a console that was away for thousands of changes gets them a part at a time, without hole or repeat', () => {
  const { hub, attach } = createHouse();
  const first = attach();
  const hello = first.messages.find((message) => message.type === 'hello');
  const text = 'x'.repeat(1_000);
  for (let n = 0; n < 4_000; n++) hub.publish([{ entity: 'alarms', id: `alarm-${n}`, data: { text } }]);
  const back = attach({ since: `${hello?.type === 'hello' && hello.epoch}:1000`, reads: false });
  for (let n = 4_000; back.unread() > 0; n++) {
    back.read();
    // Life goes on meanwhile.
    if (n < 4_005) hub.publish([{ entity: 'alarms', id: `alarm-${n}`, data: { text } }]);
  }
  const seqs = back.messages.flatMap((message) => (message.type === 'change' ? [message] : []));
  expect(seqs.map(({ seq }) => seq)).toEqual(Array.from({ length: 3_005 }, (_, i) => 1_001 + i));
  expect(seqs.map(({ prev }) => prev)).toEqual(seqs.map(({ seq }) => seq - 1));
  expect(back.most.bytes).toBeLessThan(300 * 1024);
  expect(back.closed).toEqual([]);
});

test('a value that passed a console by while it was behind reaches it when it has caught up, though it never changes again', async () => {
  const { clock, level, attach } = createHouse();
  const late = attach({ reads: false });
  level(7);
  await clock.advance(1_000);
  expect(late.levels()).toEqual([]);
  late.read();
  await clock.advance(250);
  late.read();
  expect(late.levels()).toEqual([7]);
});
