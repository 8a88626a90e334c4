import { describe, expect, test } from 'vitest';
import type { Reading } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import { silentLog } from '../lib/log.ts';
import { loadCatalogue } from './catalogue.ts';
import { createDrafts } from './drafts.ts';
import { createRegistry } from './registry.ts';

const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
const installed: Device[] = [
  { id: 'receiver', type: 'surgard-receiver', name: 'r', area: 'a', link: 'line' },
  { id: 'io-1', type: 'generic-modbus-io-8', name: 'io', area: 'a', link: 'bus', address: 1 },
];
const values = new Map<string, Reading>();
const registry = createRegistry(catalogue);
registry.configure(installed);
const { draft } = createDrafts({ catalogue, registry, value: (key) => values.get(key) });
const doc = (type: string, more: Partial<Device> = {}): Device => ({
  ...{ id: 'new-device', type, name: 'new', area: 'a' },
  ...more,
});
const reading = (point: string, value: Reading['value']): Reading => ({
  ...{ device: 'io-1', point, value, quality: 'good', at: 1, receivedAt: 1 },
});

describe('what must be set in a device', () => {
  const speaking = [...catalogue.types.values()].filter(({ link }) => link === 'mqtt' || link === 'native');
  test.each(speaking.map(({ id }) => id))('of type %s would be understood as it is shown', (id) => {
    const type = catalogue.types.get(id);
    // A name on a shared topic cannot be guessed; metrics have no payload of text.
    const wrapped = type?.whose !== undefined;
    const { way, ofTopic, problems } = draft(doc(id, { link: 'broker', address: 'group/node/one' }));
    expect(problems).toEqual([]);
    // What announces itself says in its announcement on which topics it speaks.
    if (Object.values(type?.points ?? {}).some((source) => 'entity' in source)) {
      expect(way).toEqual({ by: 'announced', link: 'broker' });
      return;
    }
    if (way.by !== 'topics') throw new Error(`it is reached by ${way.by}`);
    expect(way.topics.length).toBeGreaterThan(0);
    for (const { topic, example } of way.topics) {
      if (wrapped || example === '' || topic.startsWith('spBv1.0/')) continue;
      const message = ofTopic({ topic, payload: Buffer.from(example), receivedAt: 1_000, retained: false });
      expect(message, topic).not.toBeNull();
      expect(message?.problems, `${topic} ${example}`).toEqual([]);
    }
  });

  test('is named for the key that it shall have', () => {
    const { way } = draft(doc('native-tank', { id: 'tank-9' }));
    expect(way).toMatchObject({ by: 'own' });
    expect('topics' in way && way.topics.map(({ topic }) => topic)).toContain('gatehouse/tank-9/readings');
  });

  test('shows a value at which no alarm rises: a station with its supply, no data fault', () => {
    const { way } = draft(doc('native-door-station'));
    const [readings] = 'topics' in way ? way.topics : [];
    const values = { line: 'normal', powered: true, dataFault: false, tamper: false };
    expect(JSON.parse(readings?.example ?? '')).toEqual({ values });
  });
});

test('an account behind a receiver is heard on the line of its receiver, and no other one is taken for it', () => {
  const { way, ofFrame } = draft(doc('contact-id-account', { parent: 'receiver', address: '0302' }));
  expect(way).toEqual({ by: 'line', link: 'line' });
  const frame = (account: string) => Buffer.from(`5011 18${account}E13001003\x14`, 'latin1');
  expect(ofFrame(frame('0302'), 1)?.events).toMatchObject([{ device: 'new-device' }]);
  expect(ofFrame(frame('0303'), 1)).toBeNull();
});

test('a composed device shows what it is bound to: transformed, not known yet, or not fitting', () => {
  values.set('io-1.in1', reading('in1', true));
  values.set('io-1.out1', reading('out1', true));
  const { way, bound } = draft(
    doc('composed-pump', {
      bind: {
        running: { from: 'io-1.in1', invert: true },
        fault: 'io-1.in2',
        current: 'io-1.out1',
        start: 'io-1.out1',
      },
    }),
  );
  expect(way).toEqual({ by: 'bound' });
  expect(bound()).toMatchObject([
    { point: 'running', from: 'io-1.in1', reading: { value: false, quality: 'good' }, problem: null },
    { point: 'fault', from: 'io-1.in2', reading: null, problem: null },
    { point: 'current', reading: { quality: 'bad' }, problem: expect.stringContaining('is not a number') },
  ]);
});

test('what cannot be asked as it is set is told at its field', () => {
  expect(() => draft(doc('no-such-type'))).toThrow(/missing or broken/);
  expect(() => draft(doc('dlt645-2007-meter', { link: 'bus', address: '12' }))).toThrow(/twelve digits/);
  expect(draft(doc('generic-modbus-io-8', { link: 'bus', address: 3 })).way).toMatchObject({
    by: 'asked',
    reads: [{ unit: 3 }, { unit: 3 }],
  });
});
