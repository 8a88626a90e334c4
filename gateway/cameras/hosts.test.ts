import { describe, expect, test } from 'vitest';
import { createHostPolicy, readHostRule } from './hosts.ts';

test.each([
  ['nvr.local', { kind: 'name', name: 'nvr.local' }],
  ['NVR', { kind: 'name', name: 'nvr' }],
  ['192.168.8.0/24', { kind: 'net', address: '192.168.8.0', prefix: 24, family: 'ipv4' }],
  ['10.0.0.1', { kind: 'net', address: '10.0.0.1', prefix: 32, family: 'ipv4' }],
  ['fd00::/8', { kind: 'net', address: 'fd00::', prefix: 8, family: 'ipv6' }],
])('%s is an entry', (text, rule) => {
  expect(readHostRule(text)).toEqual(rule);
});

test.each([
  '',
  '10.0.0',
  '10.0.0.1/33',
  '10.0.0.0/8/8',
  '300.1.1.1',
  '1.2.3.4.5',
  'http://nvr',
  'nvr:80',
  '*',
  '-a',
  '::1/129',
])('"%s" is none', (text) => {
  expect(readHostRule(text)).toBeUndefined();
  expect(() => createHostPolicy([text])).toThrow(RangeError);
});

describe('without a list', () => {
  const policy = createHostPolicy([]);
  test.each(['192.168.8.21', '10.1.2.3', '172.16.0.9', '203.0.113.5', 'fd12::9'])(
    '%s may be asked',
    (address) => {
      expect(policy('camera.example', address)).toBeNull();
    },
  );

  test.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ])('%s may not, whatever name led to it', (address) => {
    expect(policy('camera.example', address)).toContain('cameras.allow');
  });
});

describe('with a list', () => {
  const policy = createHostPolicy(['nvr.local', '192.168.8.0/24', '127.0.0.1']);
  test.each([
    ['192.168.8.21', '192.168.8.21'],
    ['nvr.local', '10.1.1.1'],
    ['NVR.local', '10.1.1.1'],
    ['other.local', '192.168.8.9'],
    ['localhost', '127.0.0.1'],
    ['localhost', '::ffff:127.0.0.1'],
  ])('%s at %s may be asked', (host, address) => {
    expect(policy(host, address)).toBeNull();
  });

  test.each([
    ['192.168.9.1', '192.168.9.1', '192.168.9.1 is not in cameras.allow'],
    ['other.local', '10.1.1.1', 'other.local (10.1.1.1) is not in cameras.allow'],
    ['localhost', '127.0.0.2', '127.0.0.2 is this machine itself'],
    // A name on the list that is made to lead elsewhere.
    ['nvr.local', '169.254.169.254', '169.254.169.254 is a link-local address'],
  ])('%s at %s may not', (host, address, words) => {
    expect(policy(host, address)).toContain(words);
  });
});
