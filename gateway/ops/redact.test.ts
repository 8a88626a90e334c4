import { expect, test } from 'vitest';
import { environmentNamesIn, environmentSecrets, redact } from './redact.ts';

test('a secret is blanked out as text, as hex, in a line of JSON and as the name of a field', () => {
  const secret = 'pa"ss-1';
  const shown = redact(
    {
      plain: `x ${secret} y`,
      hex: `00${Buffer.from(secret).toString('hex')}ff`,
      line: JSON.stringify({ said: secret }),
      [secret]: [1, null, { deep: secret }],
    },
    [secret],
  );
  expect(shown).toEqual({
    plain: 'x *** y',
    hex: '00***ff',
    line: '{"said":"***"}',
    '***': [1, null, { deep: '***' }],
  });
});

test('name and password in an address go, the address stays', () => {
  expect(redact('to http://bms:hush@influx:8086/db', [])).toBe('to http://***@influx:8086/db');
  expect(redact('mqtt://broker:1883', [])).toBe('mqtt://broker:1883');
});

test('a secret that holds another one goes as a whole', () => {
  expect(redact('longer-secret', ['secret', 'longer-secret'])).toBe('***');
});

test('of the environment those are secret that the site names, and those that are called so', () => {
  const env = {
    HOME: '/root',
    BUS_A: 'hush-1',
    MY_PASSWORD: 'hush-hush-2',
    KEYMAP: 'us',
    EMPTY_KEY: undefined,
  };
  const named = environmentNamesIn({ links: [{ password: 'env:BUS_A' }, { url: 'mqtt://x' }] });
  expect(named).toEqual(['BUS_A']);
  expect(environmentSecrets(env, named)).toEqual(['hush-1', 'hush-hush-2']);
});
