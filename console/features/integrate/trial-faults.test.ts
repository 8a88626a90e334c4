import { expect, test } from 'vitest';
import {
  channelSchema,
  trialFactSchema,
  trialFaultSchema,
  trialSchema,
} from '../../../gateway/contract/trial.ts';
import { integrateAddWords } from './add-words.ts';
import { exceptionCode, noLineWords, silentMends } from './trial-faults.ts';

test('every failure, exception and line has words', () => {
  const known = Object.keys(integrateAddWords.zh);
  for (const { shape } of trialFaultSchema.options) {
    const [code] = shape.code.values;
    if (code !== 'exception' && code !== 'channel' && code !== 'no-line')
      expect(known).toContain(`fault.${code}`);
  }
  for (const channel of channelSchema.options) expect(known).toContain(`fault.channel.${channel}`);
  for (const kind of ['camera', 'patrol-reader']) expect(known).toContain(noLineWords(kind));
  for (const fact of trialFactSchema.shape.fact.options)
    expect(known).toContain(fact === 'opened' || fact === 'locked' ? `fact.${fact}.yes` : `fact.${fact}`);
  for (let exception = 0; exception <= 255; exception++)
    expect(known).toContain(`fault.exception.${exceptionCode(exception)}`);
  const lines = trialSchema.shape.line.unwrap();
  for (const kind of lines.shape.kind.options)
    for (const [neighbours, answering] of [
      [0, 0],
      [2, 0],
      [2, 1],
    ] as const)
      for (const mend of silentMends({ neighbours, answering, settings: null, kind }))
        expect(known).toContain(mend);
});

test('neighbours that answer clear the line; that none answers accuses it', () => {
  const line = { settings: '9600 8N1', kind: 'serial' } as const;
  expect(silentMends({ ...line, neighbours: 2, answering: 1 })).toEqual(['mend.answering']);
  expect(silentMends({ ...line, neighbours: 2, answering: 0 })).toEqual(['mend.nobody', 'mend.serial']);
  expect(silentMends({ ...line, neighbours: 0, answering: 0 })).toEqual(['mend.serial']);
});
