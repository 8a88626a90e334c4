import { expect, test } from 'vitest';
import { deviceTypeSchema } from '../contract/device-type.ts';
import { silentLog } from '../lib/log.ts';
import { expectedSchema } from './case-expected.ts';
import { runCase } from './cases.ts';
import { loadCatalogue } from './catalogue.ts';

const known = loadCatalogue({ siteDir: null, log: silentLog });
const pump = deviceTypeSchema.parse({
  id: 'own-pump',
  label: { zh: '水泵', en: 'Pump' },
  kind: 'pump',
  link: 'native',
  commands: { start: { native: true } },
});
const frames = (...payloads: unknown[]) =>
  JSON.stringify({ source: 'x', frames: payloads.map((payload) => ({ topic: 'readings', payload })) });
const run = (sent: string, expected: unknown) =>
  runCase(pump, { name: 'one', frames: sent, expected: JSON.stringify(expected) }, known);

test('what comes out now, taken as expected, passes', () => {
  const sent = frames({ values: { pressure: 320, running: true, current: 'x' } });
  const failed = run(sent, { readings: { running: false, pressure: 300 }, refused: [] });
  expect(failed.differences).toEqual(
    expect.arrayContaining([
      { of: 'reading', name: 'running', expected: 'false', got: 'true' },
      { of: 'reading', name: 'pressure', expected: '300', got: '320' },
      { of: 'reading', name: 'current', expected: null, got: '{"value":null,"quality":"bad"}' },
    ]),
  );
  expect(failed.differences.find(({ of }) => of === 'refused')?.got).toContain('is not a number');
  const decoded: unknown = JSON.parse(failed.decoded ?? '');
  expect(run(sent, decoded)).toMatchObject({ problems: [], differences: [] });
});

test('it keeps the order of points, the part of words that still fits, and commands by their names', () => {
  const sent = frames({ values: { running: true, pressure: 320, current: 'x' } });
  const before = {
    readings: { pressure: 1, running: true },
    refused: ['is not a number'],
    commands: { start: { topic: 'else', payload: {} } },
  };
  const { decoded, differences } = run(sent, before);
  const now = expectedSchema.parse(JSON.parse(decoded ?? ''));
  expect(Object.keys(now.readings)).toEqual(['pressure', 'running', 'current']);
  expect(now.refused).toEqual(['is not a number']);
  expect(now.commands.start).toEqual({ unable: expect.stringContaining('its topic is not known') });
  expect(differences.map(({ of, name }) => name ?? of)).toEqual(['current', 'pressure', 'start']);
  expect(run(sent, now).problems).toEqual([]);
});

test('a case that cannot be played says why at its frames, and nothing is decoded', () => {
  const sent = JSON.stringify({ source: 'x', frames: [{ hex: 'zz' }] });
  const { problems, decoded, differences } = run(sent, {});
  expect(problems[0]).toMatchObject({ file: 'cases/one/frames.json', severity: 'error' });
  expect(problems[0]?.message).toContain('is not hex');
  expect({ decoded, differences }).toEqual({ decoded: null, differences: [] });
});

test('an expectation with errors is told at its line, and what comes out is decoded all the same', () => {
  const expected = '{\n  "readings": {},\n  "reedings": {}\n}';
  const { problems, decoded } = runCase(
    pump,
    { name: 'one', frames: frames({ values: { pressure: 1 } }), expected },
    known,
  );
  expect(problems).toEqual([
    expect.objectContaining({ file: 'cases/one/expected.json', line: 3, severity: 'error' }),
  ]);
  expect(JSON.parse(decoded ?? '')).toEqual({ readings: { pressure: 1 } });
});

test('a case has at most 200 frames, the answers of a poll each counted, and is not played with more', () => {
  const many = Array.from({ length: 200 }, () => ({ values: { pressure: 1 } }));
  expect(run(frames(...many), { readings: { pressure: 1 } }).problems).toEqual([]);
  const answer = { function: 3, address: 0, quantity: 1, hex: '' };
  const polled = JSON.stringify({
    source: 'x',
    frames: [{ poll: Array.from({ length: 201 }, () => answer) }],
  });
  for (const sent of [frames(...many, ...many.slice(0, 1)), polled]) {
    const { problems, decoded } = run(sent, {});
    expect(problems).toEqual([
      expect.objectContaining({ file: 'cases/one/frames.json', line: 1, severity: 'error' }),
    ]);
    expect(problems[0]?.message).toContain('these are 201 frames, and one case has at most 200; keep those');
    expect(decoded).toBeNull();
  }
});

test('a file of a case of more than 64 KiB is not read, and is told with what to do', () => {
  const sent = frames({ values: { pressure: 1 }, note: 'x'.repeat(64 * 1024) });
  const { problems } = run(sent, {});
  expect(problems).toMatchObject([{ file: 'cases/one/frames.json', line: 1, column: 1, severity: 'error' }]);
  expect(problems[0]?.message).toContain(
    `this file has ${sent.length} bytes, and a file of a case at most 65536; keep`,
  );
});
