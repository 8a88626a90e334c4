import { expect, test } from 'vitest';
import { clientMessageSchema } from '../../gateway/contract/live.ts';
import { alarmOf } from './alarm-fixture.ts';
import { createShownLedger } from './shown.ts';

test('each revision of an unanswered alarm is told once', () => {
  const ledger = createShownLedger();
  const alarm = alarmOf();
  expect(ledger.hasNews([alarm])).toBe(true);
  expect(ledger.painted([alarm], true)).toEqual([
    { type: 'shown', alarms: [{ id: alarm.id, revision: 1 }], audible: true, visible: true },
  ]);
  expect(ledger.hasNews([alarm])).toBe(false);
  expect(ledger.painted([alarm], true)).toEqual([]);
  expect(ledger.painted([{ ...alarm, revision: 2 }], false)).toEqual([
    { type: 'shown', alarms: [{ id: alarm.id, revision: 2 }], audible: false, visible: true },
  ]);
});

test('answered alarms are nothing to tell', () => {
  const ledger = createShownLedger();
  expect(ledger.painted([alarmOf({ state: 'acknowledged' }), alarmOf({ state: 'latched' })], true)).toEqual(
    [],
  );
});

test('on a new socket everything is told again', () => {
  const ledger = createShownLedger();
  const alarm = alarmOf();
  ledger.painted([alarm], true);
  ledger.forget();
  expect(ledger.hasNews([alarm])).toBe(true);
});

test('a flood is told in messages that the gateway takes: its schema, and under 64 KiB', () => {
  const ledger = createShownLedger();
  const alarms = Array.from({ length: 10_000 }, () => alarmOf({ revision: 1_234 }));
  const messages = ledger.painted(alarms, true);
  expect(messages.flatMap((message) => message.alarms)).toHaveLength(10_000);
  for (const message of messages) {
    expect(clientMessageSchema.safeParse(message).success).toBe(true);
    expect(JSON.stringify(message).length).toBeLessThan(64 * 1_024);
  }
});
