import { describe, expect, test } from 'vitest';
import { authorize, parseChallenges } from './http-auth.ts';

// The examples of RFC 7616 §3.9, RFC 2617 §3.5 and RFC 7617 §2.

const circle = { user: 'Mufasa', password: 'Circle of Life' };
const index = {
  method: 'GET',
  uri: '/dir/index.html',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const answer = (header: string, credentials = circle, request = index) =>
  authorize(parseChallenges(header), credentials, request);

test('RFC 7616 §3.9.1: MD5', () => {
  expect(answer(challenge('MD5'))).toBe(
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );
});

test('RFC 7616 §3.9.1: SHA-256, which is taken before MD5 when both are offered', () => {
  const both = `${challenge('MD5')}, ${challenge('SHA-256')}`;
  expect(answer(both)).toContain('algorithm=SHA-256');
  expect(answer(both)).toContain(
    'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
  );
});

test('RFC 2617 §3.5: without algorithm it is MD5', () => {
  const header =
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const found = answer(
    header,
    { user: 'Mufasa', password: 'Circle Of Life' },
    { ...index, cnonce: '0a4f113b' },
  );
  expect(found).toContain('response="6629fae49393a05397450978507c4ef1"');
  expect(found).not.toContain('algorithm');
});

test('without qop the older form of RFC 2069 is spoken', () => {
  const found = answer('Digest realm="r", nonce="n"');
  expect(found).toMatch(
    /^Digest username="Mufasa", realm="r", uri="[^"]+", nonce="n", response="[0-9a-f]{32}"$/,
  );
});

test('RFC 7616 §3.9.2 with erratum 4897: SHA-512-256 with a hashed user name that is not ASCII', () => {
  const found = answer(
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
    { user: 'Jäsøn Doe', password: 'Secret, or not?' },
    { method: 'GET', uri: '/doe.json', cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' },
  );
  expect(found).toContain('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
  expect(found).toContain('response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"');
});

test('a user name that must be hidden is hashed', () => {
  const found = answer(`${challenge('SHA-256')}, userhash=true`);
  expect(found).toContain('userhash=true');
  expect(found).not.toContain('Mufasa');
});

test('RFC 7617 §2: Basic, and only when nothing better is offered', () => {
  const aladdin = { user: 'Aladdin', password: 'open sesame' };
  expect(answer('Basic realm="WallyWorld"', aladdin)).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  expect(answer(`Basic realm="x", ${challenge('MD5')}`)).toMatch(/^Digest /);
});

test('a name and a password in Chinese go as UTF-8', () => {
  const header = answer('Basic realm="x", charset="UTF-8"', { user: '值班', password: '密码' }) ?? '';
  expect(Buffer.from(header.slice(6), 'base64').toString()).toBe('值班:密码');
  const digest = answer(challenge('MD5'), { user: '值"班', password: 'x' }) ?? '';
  expect(Buffer.from(digest, 'latin1').toString()).toContain('username="值\\"班"');
});

describe('what cannot be answered', () => {
  test.each([
    ['nothing', ''],
    ['another scheme', 'Negotiate'],
    ['an unknown hash', challenge('SHA-3')],
    ['a protection that signs the body', 'Digest realm="r", nonce="n", qop="auth-int"'],
    ['a digest without a nonce', 'Digest realm="r", qop="auth"'],
    ['rubbish', '=,"=",,,\\'],
  ])('is left: %s', (_, header) => {
    expect(answer(header)).toBeUndefined();
  });
});

test('challenges are told apart on one line, whatever stands in their quotes', () => {
  expect(
    parseChallenges('Newauth realm="apps, \\"x\\" =1", type=1, Basic realm=simple , ,Digest nonce = "n"'),
  ).toEqual([
    {
      scheme: 'newauth',
      params: new Map([
        ['realm', 'apps, "x" =1'],
        ['type', '1'],
      ]),
    },
    { scheme: 'basic', params: new Map([['realm', 'simple']]) },
    { scheme: 'digest', params: new Map([['nonce', 'n']]) },
  ]);
});
