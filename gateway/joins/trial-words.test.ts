import { expect, test } from 'vitest';
import { type TrialFault, trialFaultSchema } from '../contract/trial.ts';
import { trialWords } from './trial-words.ts';

const line = { neighbours: 2, answering: 0, settings: '9600 8N1', kind: 'serial' } as const;
const exception = (code: number, fc = 3, address = 0): TrialFault => ({
  ...{ code: 'exception', exception: code, function: fc, address },
});

test.each([
  [exception(2), '40001'],
  [exception(2, 4, 100), '30101'],
  [exception(2, 2, 7), '10008'],
  [exception(2, 4, 30_006), '30006 looks like a number as manuals print it: write 5 (30006 less 30001)'],
  [exception(2, 3, 40_001), 'write 0 (40001 less 40001)'],
  [exception(2, 3, 30_006), 'printed as 70007'],
  [exception(1), 'function 4'],
  [exception(3), 'maxRead'],
  [exception(6), 'busy'],
  [exception(10), 'serial port'],
  [exception(11), 'serial side'],
  [exception(4), 'exception 04'],
  [{ code: 'silent', timeoutMs: 500 }, 'no device on this link answers; see whether A and B are swapped'],
  [{ code: 'other-unit', unit: 9, timeoutMs: 500 }, 'take 9 as its address'],
  [{ code: 'other-meter', timeoutMs: 500 }, 'leading zeros'],
  [{ code: 'checksum' }, 'two devices have the same address'],
  [{ code: 'noise' }, 'the line is set to 9600 8N1'],
  [{ code: 'short' }, 'wiring'],
  [{ code: 'not-modbus-tcp' }, 'tcp://host:port'],
  [{ code: 'nothing-heard', seconds: 60 }, '60 s'],
] satisfies [TrialFault, string][])('%o tells where to look', (fault, mend) => {
  expect(trialWords(fault, 'it failed', line)).toContain(mend);
});

test('a silent device among others that answer is told from a silent line, whatever the line is', () => {
  const silent: TrialFault = { code: 'silent', timeoutMs: 500 };
  expect(trialWords(silent, '', { ...line, answering: 1 })).toContain('the line works');
  const places = {
    tcp: '1 or 255',
    'serial-server': 'raw TCP mode',
    'dial-in': 'timeoutMs',
    serial: '9600 8N1',
  };
  for (const [kind, mend] of Object.entries(places))
    expect(trialWords(silent, '', { ...line, kind: kind as typeof line.kind })).toContain(mend);
});

test('every fault has words', () => {
  for (const { shape } of trialFaultSchema.options) {
    const [code] = shape.code.values;
    const facts = {
      what: '1304',
      kind: 'camera',
      variable: 'X',
      parent: 'x',
      channel: 'wrong-key',
      timeoutMs: 1,
      unit: 1,
      exception: 9,
      function: 3,
      address: 0,
      asked: '901F',
      word: '02',
    };
    const fault = { ...facts, protocol: 'x', seconds: 1, from: 'a.b', code } as TrialFault;
    expect(trialWords(fault, 'it failed', null), code).toMatch(/\w/);
  }
});
