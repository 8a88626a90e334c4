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
    attach() {
      const events = new EventEmitter();
      const messages: LiveMessage[] = [];
      const socket: LiveSocket = {
        bufferedAmount: 0,
        send(data, done) {
          messages.push(JSON.parse(data) as LiveMessage);
          done?.();
        },
        close() {},
        on: (event: string, listener: (data: { toString(): string }) => void) =>
          void events.on(event, listener),
      };
      hub.attach(socket, actor, undefined, new AbortController().signal);
      return {
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
