import { expect, test } from 'vitest';
import type { Certainty, FrameCandidate, FrameField } from '../../../gateway/contract/frame.ts';
import { frameFaultWords } from '../../../gateway/contract/frame-faults.ts';
import { byteRuns, faultOf, fieldHex, likelier, placeOf, withInspected } from './inspect-frame.ts';

const field = (name: string, offset: number | null, length: number | null): FrameField => ({
  name,
  offset,
  length,
  value: 0,
});

test('every byte is shown once, with the field that it belongs to', () => {
  const runs = byteRuns('0103021234FF', [field('unit', 0, 1), field('value', 3, 2), field('bits', 3, 2)]);
  expect(runs).toEqual([
    { hex: ['01'], field: 0, offset: 0 },
    { hex: ['03', '02'], field: null, offset: 1 },
    { hex: ['12', '34'], field: 1, offset: 3 },
    { hex: ['FF'], field: null, offset: 5 },
  ]);
  expect(byteRuns('', [])).toEqual([]);
});

test('fields without a place, or beyond the end, colour nothing', () => {
  expect(byteRuns('01', [field('name', null, null), field('far', 5, 2)])).toEqual([
    { hex: ['01'], field: null, offset: 0 },
  ]);
});

test('a field tells its bytes and its place', () => {
  expect(fieldHex('0103021234', field('value', 3, 2))).toBe('12 34');
  expect(placeOf(field('value', 3, 2))).toBe('3–4');
  expect(placeOf(field('unit', 0, 1))).toBe('0');
  expect(placeOf(field('name', null, null))).toBe('');
});

test('of what was inspected the newest comes first, each once, and what is long is not kept', () => {
  const one = (input: string) => ({ input, protocol: null, topic: '', type: null });
  const list = withInspected([one('a'), one('b')], one('b'));
  expect(list.map(({ input }) => input)).toEqual(['b', 'a']);
  expect(withInspected(list, one('x'.repeat(5_000)))).toEqual(list);
  let many: ReturnType<typeof withInspected> = [];
  for (let n = 0; n < 30; n++) many = withInspected(many, one(String(n)));
  expect(many).toHaveLength(12);
});

const candidate = (protocol: string, certainty: Certainty): FrameCandidate => ({
  protocol,
  certainty,
  as: 'hex',
  score: 0.5,
  why: { zh: '', en: '' },
});

test.each<[string, FrameCandidate[], string | null]>([
  ['bytes that are another protocol for sure are told', [candidate('rtu', 'sure')], 'rtu'],
  [
    'so are those that can be read by the chosen one just so',
    [candidate('rtu', 'sure'), candidate('dlt', 'possible')],
    'rtu',
  ],
  [
    'what fits as well as the first is left alone',
    [candidate('rtu', 'likely'), candidate('dlt', 'likely')],
    null,
  ],
  ['nothing is said where nothing fits', [candidate('rtu', 'possible')], null],
  ['nor where no protocol takes them', [], null],
])('%s', (_, candidates, likely) => {
  expect(likelier('dlt', candidates)).toBe(likely);
});

test('what is wrong with a frame is said in either language, with where; a code that is not known stands as it is', () => {
  const frame = (error: string | null, hex: string, decoded: Record<string, unknown> = {}) => ({
    ...{ error, hex, decoded },
  });
  expect(faultOf(frame('header', '55680102'), 'zh')).toContain('以 55 开头');
  expect(faultOf(frame('terminator', '68010255'), 'en')).toContain('the last byte is 55');
  expect(faultOf(frame('length', ''), 'zh')).toContain('共 0 个字节');
  expect(faultOf(frame('unread', '01', { detail: '01 at 3 is cut short' }), 'en')).toContain('is cut short');
  expect(faultOf(frame(null, '01'), 'zh')).toBeNull();
  expect(faultOf(frame('constructor', '01'), 'zh')).toBe('constructor');
});

test('every fault of a frame has words in both languages, and Chinese ones are Chinese', () => {
  for (const [code, { zh, en }] of Object.entries(frameFaultWords)) {
    expect(zh, code).toMatch(/[\u4e00-\u9fff]/);
    expect(en, code).not.toMatch(/[\u4e00-\u9fff]/);
    expect(new Set(zh.match(/\{\w+\}/g)), code).toEqual(new Set(en.match(/\{\w+\}/g)));
  }
});
