import { expect, test } from 'vitest';
import { checkedHash, hashPassword, objectionTo, verifyPassword } from './password.ts';

const person = { id: 'wang-li', name: '王丽' };

test.each([
  'short',
  'elevenchars',
  'x'.repeat(129),
  'aaaaaaaaaaaa',
  '123456789012',
  '987654321098',
  'abcdefghijkl',
  'abcabcabcabc',
  'hunter2hunter2',
  'password1234',
  'P@ssw0rd2024!',
  'Passw0rdPassw0rd',
  'qwertyuiop12',
  '1qaz2wsx3edc',
  'administrator',
  'Admin@123456',
  'gatehouse-2025',
  'Gatehouse!admin1',
  'wang-li-2025!!',
  '王丽王丽王丽2025年12',
  'woaini5201314',
  'correct horse battery staple',
  'ｐａｓｓｗｏｒｄ１２３４',
])('"%s" is refused with a reason', (password) => {
  expect(objectionTo(password, person)).toMatch(/must have|guess|repeat|common/);
});

test.each([
  'quiet lamp over the pond',
  'tuk9-vosh-remilda',
  '七号楼的灯下有一只白猫在睡觉',
  'my gatehouse is watched by otters',
  '3f9c1d77b2e0',
  'x7$Lq!pR2&wZ',
  'kraken soup tuesday '.repeat(6),
])('"%s" is taken: length counts, composition does not', (password) => {
  expect(objectionTo(password, person)).toBeUndefined();
});

test('characters are counted as people count them', () => {
  expect(objectionTo('🙂'.repeat(11), person)).toContain('it has 11');
});

test('a password is kept as argon2id with a salt of its own, and verifies in any normal form', async () => {
  const [first, second] = await Promise.all([
    hashPassword('café au lait, deux'),
    hashPassword('café au lait, deux'),
  ]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(first).not.toBe(second);
  expect(await verifyPassword(first, 'cafe\u0301 au lait, deux')).toBe(true);
  expect(await verifyPassword(first, 'cafe au lait, deux')).toBe(false);
});

test('a user who does not exist is never verified', async () => {
  expect(await verifyPassword(undefined, 'anything at all')).toBe(false);
});

test('a refused password names its field and does not repeat itself', () => {
  expect(() => checkedHash('password1234', person)).toThrowError(
    expect.objectContaining({
      code: 'request.invalid',
      errors: [{ path: 'body.password', message: expect.not.stringContaining('password1234') }],
    }),
  );
});
