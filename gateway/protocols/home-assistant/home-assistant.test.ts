import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discoveryTopic, isOn, readDiscovery } from './discovery.ts';
import { parseTemplate, readTemplate } from './template.ts';

describe('a template', () => {
  const read = (template: string, message: unknown) => {
    const parsed = parseTemplate(template);
    return parsed && readTemplate(parsed, typeof message === 'string' ? message : JSON.stringify(message));
  };

  test.each([
    ['{{ value }}', '21.5', '21.5'],
    ['{{value|float}}', '21.5', 21.5],
    ['{{ value_json.a.b }}', { a: { b: true } }, true],
    ["{{ value_json['a b'].c }}", { 'a b': { c: 'x' } }, 'x'],
    ['{{ value_json["a"][1] }}', { a: [1, 2] }, 2],
    ['{{ value_json.a | float(0) | round(1) }}', { a: '2.449' }, 2.4],
    ['{{ value_json.a | int }}', { a: -2.7 }, -2],
    ['{{ value_json.a | round }}', { a: 2.6 }, 3],
    ['{{- value_json.a | is_defined -}}', { a: null }, null],
    // A default would pass for a measurement.
    ['{{ value_json.a | float(0) }}', { a: 'error' }, null],
  ])('%s of %j is %j', (template, message, value) => {
    expect(read(template, message)).toEqual({ value });
  });

  test.each([['{{ value_json.b }}'], ["{{ value_json['__proto__'] }}"], ['{{ value_json.a.constructor }}']])(
    '%s finds nothing in what lacks it',
    (template) => expect(read(template, { a: 1 })).toEqual({ missing: true }),
  );

  test('that wants JSON says so when there is none', () => {
    expect(read('{{ value_json.a }}', 'on')).toEqual({
      problem: 'the message is not JSON, as its announcement says',
    });
  });

  test.each([
    "{{ 'on' if value_json.a else 'off' }}",
    '{{ value_json.a + 1 }}',
    '{{ value_json.a | default(1) }}',
    '{{ states("sensor.x") }}',
    '{% set x = 1 %}{{ value }}',
    '{{ value_json }} {{ value }}',
    '{{ value.a }}',
    '{{ value_json..a }}',
    'plain',
    `{{ value_json.${'a'.repeat(600)} }}`,
  ])('%s is not one of the forms that are read', (template) => {
    expect(parseTemplate(template)).toBeNull();
  });
});

test.each([
  [true, 'true', 'false', true],
  [false, 'True', 'False', false],
  ['ON', 'ON', 'OFF', true],
  ['on', 'ON', 'OFF', null],
  [1, '1', '0', true],
  ['2', '1', '0', null],
])('%j is on by %j and off by %j: %j', (value, on, off, expected) => {
  expect(isOn(value, { on, off })).toBe(expected);
});

test.each([
  ['sensor/x/config', { component: 'sensor', address: 'sensor/x' }],
  ['sensor/n/x/config', { component: 'sensor', address: 'sensor/n/x' }],
  ['status', null],
  ['sensor/config', null],
  ['sensor/a/b/c/config', null],
  ['sensor/a b/config', null],
  ['sensor/x/state', null],
])('%s is the topic of %j', (rest, about) => {
  expect(discoveryTopic(rest)).toEqual(about);
});

test('an announcement beyond its bounds is refused, and how', () => {
  const of = (fields: object) =>
    readDiscovery('sensor', Buffer.from(JSON.stringify({ stat_t: 'x', ...fields })));
  expect(of({ name: 'x'.repeat(20_000) })).toEqual({ refused: 'it is longer than 16384 bytes' });
  const avty = Array.from({ length: 9 }, (_, n) => ({ t: `a${n}` }));
  expect(of({ avty })).toEqual({ refused: 'it has more than 8 topics of availability' });
  expect(of({ stat_t: 'x'.repeat(300) })).toMatchObject({ refused: expect.stringContaining('is no topic') });
  expect(of({ avty: [1] })).toEqual({ refused: 'it has no topic of availability' });
});

describe('an announcement', () => {
  const of = (component: string, fields: object) =>
    readDiscovery(component, Buffer.from(JSON.stringify({ stat_t: 'x', ...fields })));

  test.each([['off_dly'], ['off_delay']])('of what never says off by itself (%s) is refused', (name) => {
    for (const seconds of [0, 5])
      expect(of('binary_sensor', { [name]: seconds })).toEqual({
        refused: 'it never says off by itself (off_delay), which is not read',
      });
    expect(of('binary_sensor', { [name]: null })).toHaveProperty('entity');
    // It means nothing there.
    expect(of('sensor', { [name]: 5 })).toHaveProperty('entity');
  });

  test('may have one topic of availability without a list', () => {
    const one = of('sensor', { '~': 'rf', avty: { t: '~/LWT', pl_avail: 'up' } });
    expect(one).toMatchObject({ entity: { availability: [{ topic: 'rf/LWT', available: 'up' }] } });
    expect(of('sensor', { availability: {} })).toEqual({ refused: 'it has no topic of availability' });
  });

  test.each([['cmd_tpl'], ['command_template']])(
    'of a switch with a %s is read, and not switched',
    (name) => {
      const read = of('switch', { cmd_t: 'x/set', [name]: '{"state":"{{ value }}"}' });
      expect(read).toMatchObject({
        entity: { command: null, noCommand: expect.stringContaining('command_template') },
      });
      expect(of('switch', { cmd_t: 'x/set' })).toMatchObject({
        entity: { command: { topic: 'x/set', on: 'ON', off: 'OFF' }, noCommand: null },
      });
    },
  );
});

test('whatever is announced is an entity or refused in words; nothing throws', () => {
  const names = [
    'stat_t',
    'state_topic',
    '~',
    'val_tpl',
    'avty',
    'avty_t',
    'dev',
    'o',
    'cmd_t',
    'cmd_tpl',
    'off_dly',
    'pl_on',
    '__proto__',
  ];
  const fields = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.jsonValue(), fc.constantFrom('~/a', '{{ value_json.a }}', '{{ value | int }}', 'a/b')),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('sensor', 'binary_sensor', 'switch', 'number', 'light'),
      fields,
      fc.string(),
      (component, config, message) => {
        const read = readDiscovery(component, Buffer.from(JSON.stringify(config)));
        if (!('entity' in read)) return;
        const { template } = read.entity;
        for (const text of [message, JSON.stringify({ a: message })]) {
          const value = readTemplate(template, text);
          if ('value' in value) isOn(value.value, read.entity);
        }
      },
    ),
    { numRuns: 5_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readDiscovery('sensor', bytes)));
});
