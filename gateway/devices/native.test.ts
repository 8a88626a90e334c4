import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../contract/kind.ts';
import { misread, misreadText } from '../contract/misread.ts';
import type { Device } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { loadCatalogue } from './catalogue.ts';
import { buildDevice, type LiveDevice } from './live-device.ts';
import type { DeviceMessage } from './message.ts';
import { decodeNative } from './native.ts';

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
const receivedAt = 1_790_000_000_000;

function deviceOf(typeId: string, more: Partial<Device> = {}): LiveDevice {
  const type = catalogue.types.get(typeId);
  const kind = catalogue.kinds.get(type?.kind ?? '');
  if (!type || !kind) throw new Error(typeId);
  return buildDevice({ id: 'thing', type: typeId, name: 'thing', area: 'site', ...more }, type, kind);
}
const tank = deviceOf('native-tank');
const button = deviceOf('native-panic-button');
const noChild = () => undefined;

function send(device: LiveDevice, tail: string, payload: unknown): DeviceMessage {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return decodeNative(device, tail, Buffer.from(text), receivedAt, noChild);
}

function refusal(device: LiveDevice, tail: string, payload: unknown): string {
  try {
    send(device, tail, payload);
  } catch (error) {
    if (error instanceof Fault && error.code === 'message.invalid') return error.detail;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a controller', () => {
  const controller = deviceOf('native-door-controller', { id: 'controller' });
  const door = deviceOf('controller-door', { id: 'gate', parent: 'controller', address: 1 });
  const tell = (data: object, type = 'access.granted') =>
    decodeNative(
      controller,
      'events',
      Buffer.from(JSON.stringify({ id: 'c-1', type, data })),
      receivedAt,
      (parent, name) => (parent === 'controller' && (name === '1' || name === 'gate') ? door : undefined),
    );

  test.each([1, '1', 'gate'])('speaks for its door %j, and is heard itself', (name) => {
    const message = tell({ door: name, card: 'A1' });
    expect(message).toMatchObject({ device: 'controller', events: [{ device: 'gate', externalId: 'c-1' }] });
  });

  test.each([9, true, null, { door: 1 }])('and for itself where the door %j is none of its own', (name) => {
    expect(tell({ door: name }).events).toMatchObject([{ device: 'controller' }]);
  });

  test('tells of a door only what a door has', () => {
    expect(tell({ door: 1 }, 'door.tamper').events).toMatchObject([{ device: 'gate', type: 'door.tamper' }]);
    expect(() => tell({ door: 9 }, 'door.tamper')).toThrow(/a door-controller has no event "door\.tamper"/);
    expect(() => tell({ door: 1 }, 'checkin')).toThrow(/a door has no event "checkin"/);
  });
});

describe('readings', () => {
  test('become readings of the arrival time', () => {
    expect(send(tank, 'readings', { values: { level: 1.24 } })).toMatchObject({
      device: 'thing',
      readings: [
        { device: 'thing', point: 'level', value: 1.24, quality: 'good', at: receivedAt, receivedAt },
      ],
      problems: [],
      clockRefused: false,
    });
  });

  test.each([
    [-7 * 86_400_000, true],
    [-7 * 86_400_000 - 1, false],
    [300_000, true],
    [300_001, false],
    [-1e15, false],
  ])('a device clock %i ms from arrival is believed: %s', (offset, believed) => {
    const message = send(tank, 'readings', { at: receivedAt + offset, values: { level: 1 } });
    expect(message.readings[0]?.at).toBe(believed ? receivedAt + offset : receivedAt);
    expect(message.clockRefused).toBe(!believed);
  });

  test.each([
    ['"1.24"', 'is not a number'],
    ['true', 'is not a number'],
    ['[1]', 'a list is not a number'],
    ['{"a":1}', 'an object is not a number'],
    ['1e308', 'lies outside of 0 … 20 m'],
    ['1e999', 'lies outside'],
    ['-0.001', 'lies outside'],
    ['20.001', 'lies outside'],
    ['null', 'null without "quality": "bad"'],
  ])('a level of %s is an empty value of bad quality, and told', (json, words) => {
    const message = send(tank, 'readings', `{"values":{"level":${json},"overflow":true}}`);
    expect(message.readings).toMatchObject([
      { point: 'level', value: null, quality: 'bad' },
      { point: 'overflow', value: true, quality: 'good' },
    ]);
    expect(message.problems.map(misreadText)).toEqual([expect.stringContaining(words)]);
  });

  test('the quality that a device states is kept; null with "bad" is no mistake', () => {
    expect(send(tank, 'readings', { quality: 'bad', values: { level: null } })).toMatchObject({
      readings: [{ value: null, quality: 'bad' }],
      problems: [],
    });
    expect(send(tank, 'readings', { quality: 'uncertain', values: { level: 1 } }).readings[0]?.quality).toBe(
      'uncertain',
    );
    expect(send(tank, 'readings', { quality: 'great', values: { level: 1 } })).toMatchObject({
      readings: [{ quality: 'uncertain' }],
      problems: [misread('quality-bad', { value: '"great"' })],
    });
  });

  test.each([
    ['', 'not JSON'],
    ['{"values":{"level":NaN}}', 'NaN and Infinity are not JSON'],
    ['[]', 'must be a JSON object'],
    ['null', 'must be a JSON object'],
    ['{}', '"values" is missing'],
    ['{"values":[1]}', '"values" is missing or no object'],
    ['{"__proto__":{"values":{"level":1}}}', '"values" is missing'],
  ])('%s is refused whole', (payload, words) => {
    const detail = refusal(tank, 'readings', payload);
    expect(detail).toContain('gatehouse/thing/readings');
    expect(detail).toContain(words);
    expect(detail).toContain('{"values": {"level": 1.24}}');
  });

  test('an unknown point is told with what was probably meant, the known ones count', () => {
    const message = send(tank, 'readings', { values: { levle: 9, level: 1 } });
    expect(message.readings).toHaveLength(1);
    expect(message.problems.map(misreadText)[0]).toMatch(/no point "levle"; did you mean "level"\?/);
  });

  test('names of the object prototype are unknown points', () => {
    const message = send(
      tank,
      'readings',
      '{"values":{"__proto__":1,"constructor":2,"toString":3,"level":1}}',
    );
    expect(message.readings).toHaveLength(1);
    expect(message.problems).toHaveLength(3);
    expect(({} as Record<string, unknown>).level).toBeUndefined();
  });

  test('ten thousand unknown points cost little and tell little', () => {
    const values = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`lev${i}`, i]));
    const message = send(tank, 'readings', { values });
    expect(message.problems.length).toBeLessThanOrEqual(6);
  });

  test('a kind without points takes no readings', () => {
    const { device, type, kind } = button;
    const pointless = buildDevice(device, type, { ...kind, points: {} });
    expect(refusal(pointless, 'readings', { values: {} })).toContain('has no points');
  });
});

describe('events', () => {
  test('an event keeps its id, its device time and its details', () => {
    const { events } = send(button, 'events', {
      id: '9',
      at: 1_789_999_999_000,
      type: 'panic',
      data: { room: '302' },
    });
    expect(events).toMatchObject([
      {
        device: 'thing',
        externalId: '9',
        type: 'panic',
        at: 1_789_999_999_000,
        receivedAt,
        data: { room: '302' },
      },
    ]);
  });

  test('an alarm is never lost for a detail that is wrong', () => {
    const message = send(
      button,
      'events',
      '{"type":"panic","at":"now","data":{"deep":{"a":1},"__proto__":{"x":1},"nan":1e999,"ok":1}}',
    );
    expect(message.events).toHaveLength(1);
    expect({ ...message.events[0]?.data }).toEqual({ ok: 1 });
    expect(message.problems).toHaveLength(5);
  });

  test('a type that its kind has not is refused with the known ones', () => {
    expect(refusal(button, 'events', { id: '1', type: 'panik' })).toMatch(/did you mean "panic"/);
    expect(refusal(button, 'events', { id: '1', type: 'constructor' })).toMatch(/it has panic/);
    expect(refusal(button, 'events', { id: '1' })).toContain('"type" is missing');
  });

  test('the example beside a refusal is an event of that kind, and is taken when it is sent', () => {
    for (const [device, payload] of [
      [tank, { id: '1', type: 'overflow' }],
      [tank, '{"id": '],
      [button, { id: '1', type: 'panik' }],
    ] as const) {
      const example = /send for example (.*)$/.exec(refusal(device, 'events', payload))?.[1] ?? '';
      expect(send(device, 'events', example)).toMatchObject({
        events: [{ externalId: '4711' }],
        problems: [],
      });
    }
    const sensor = deviceOf('native-temperature-sensor');
    expect(refusal(sensor, 'events', { id: '1', type: 'panic' })).toMatch(
      /a temperature-sensor sends no events$/,
    );
  });

  test('names of zones and users stand beside their numbers', () => {
    const panel = deviceOf('native-home-alarm-panel', {
      settings: { zones: { 3: '客厅红外' }, users: { 5: 'li-wei' } },
    });
    expect({
      ...send(panel, 'events', { id: '1', type: 'zone.alarm', data: { zone: 3 } }).events[0]?.data,
    }).toEqual({
      zone: 3,
      zoneName: '客厅红外',
    });
    expect({
      ...send(panel, 'events', { id: '1', type: 'panel.disarmed', data: { user: '5' } }).events[0]?.data,
    }).toEqual({ user: '5', person: 'li-wei' });
  });
});

describe('status and answers', () => {
  test('a status is online or offline, and nothing else', () => {
    expect(send(tank, 'status', 'online').status).toBe('online');
    expect(send(tank, 'status', 'offline').status).toBe('offline');
    expect(send(tank, 'status', '').status).toBeNull();
    expect(refusal(tank, 'status', 'OFFLINE?')).toContain('send online or offline');
  });

  test('an answer names its command', () => {
    expect(send(tank, 'commands/ack', { id: 'x', ok: false, error: 'jammed' }).answer).toEqual({
      id: 'x',
      ok: false,
      error: 'jammed',
    });
    expect(refusal(tank, 'commands/ack', { id: 'x' })).toContain('"ok" true or false');
  });

  test('another topic is refused with the known ones', () => {
    expect(refusal(tank, 'telemetry', '{}')).toContain('readings, events, status, commands/ack');
  });
});

test('points that a type takes from elsewhere in the message', () => {
  const kind = catalogue.kinds.get('tank') as Kind;
  const type = {
    ...catalogue.types.get('native-tank'),
    points: { level: { json: 'values.lvl', scale: 0.01 }, overflow: { json: 'sensors[0]["over flow"]' } },
  } as unknown as LiveDevice['type'];
  const device = buildDevice({ id: 'thing', type: 'x', name: 'x', area: 'site' }, type, kind);
  const message = send(device, 'readings', { values: { lvl: 124 }, sensors: [{ 'over flow': true }] });
  expect(message.readings).toMatchObject([
    { point: 'level', value: 1.24 },
    { point: 'overflow', value: true },
  ]);
});

test('whatever bytes come, a message is taken or refused with words, and never a number that is none', () => {
  const tails = fc.constantFrom('readings', 'events', 'status', 'commands/ack', 'x');
  const wild = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record(
        {
          at: fc.anything(),
          seq: fc.anything(),
          quality: fc.anything(),
          id: fc.anything(),
          type: fc.constantFrom('panic', 'tamper', 'x'),
          values: fc.dictionary(
            fc.constantFrom('level', 'overflow', 'battery', '__proto__', 'x'),
            fc.anything(),
          ),
          data: fc.anything(),
        },
        { requiredKeys: [] },
      )
      .map((message) => {
        try {
          return Buffer.from(JSON.stringify(message) ?? '');
        } catch {
          return Buffer.from('');
        }
      }),
  );
  fc.assert(
    fc.property(fc.constantFrom(tank, button), tails, wild, (device, tail, payload) => {
      let message: DeviceMessage;
      try {
        message = decodeNative(device, tail, payload, receivedAt, noChild);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
        expect((error as Fault).detail.length).toBeGreaterThan(20);
        return;
      }
      for (const { value, quality, at } of message.readings) {
        expect(Number.isSafeInteger(at)).toBe(true);
        if (quality === 'bad') continue;
        expect(value).not.toBeNull();
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
      expect(message.problems.length).toBeLessThanOrEqual(6);
    }),
    { numRuns: 3_000 },
  );
});

test('a value nested a hundred thousand deep is refused like any other', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(send(tank, 'readings', `{"values":{"level":${deep}}}`).problems.map(misreadText)[0]).toContain(
    'a list is not a number',
  );
});
