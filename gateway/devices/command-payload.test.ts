import { expect, test } from 'vitest';
import { fillPayload, meansCommand, namesRequest, payloadText, requestNumber } from './command-payload.ts';

const id = '01a20143-29e1-7000-93b9-12ca9402c716';
const nameOf = (name: string) => ({ address: 'lamp', channel: '2', word: 'x' })[name];

function say(payload: unknown): { text: string; problems: string[] } {
  const problems: string[] = [];
  return { text: payloadText(fillPayload(payload, nameOf, problems), id), problems };
}

test.each([
  ['ON', 'ON'],
  ['{"a":1}', '{"a":1}'],
  ['set {address}', 'set lamp'],
  [{ id: '{request}', n: '{request:number}' }, `{"id":"${id}","n":335726358}`],
  [
    { params: [{ id: '{channel:number}', src: '{address}/g', on: true, level: null }] },
    '{"params":[{"id":2,"src":"lamp/g","on":true,"level":null}]}',
  ],
])('%j is said as %s', (payload, text) => {
  expect(say(payload)).toEqual({ text, problems: [] });
});

test('a name without a value, or one that is no number where it must be, is told', () => {
  expect(say({ a: '{gone}' }).problems).toEqual(['a name in the payload {gone} has no value']);
  expect(say({ a: '{word:number}' }).problems).toEqual(['"x" stands for a number in a command and is none']);
});

test('an answer means the command by its id, or by the number that was made of it', () => {
  expect(requestNumber(id)).toBe(0x1402c716);
  expect(meansCommand(id, id)).toBe(true);
  expect(meansCommand('335726358', id)).toBe(true);
  expect(meansCommand('335726359', id)).toBe(false);
  expect(namesRequest({ a: ['{request:number}'] })).toBe(true);
  expect(namesRequest('request {request}')).toBe(true);
  expect(namesRequest({ request: 'x' })).toBe(false);
});
