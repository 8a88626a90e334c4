import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Fault, fault } from '../lib/errors.ts';
import { type ControlServer, callControl, controlPath, serveControl } from './control.ts';

let dir: string;
let path: string;
let server: ControlServer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  path = controlPath(dir);
  // What a killed process leaves behind.
  writeFileSync(path, '');
  server = await serveControl({
    path,
    handlers: {
      echo: async (args) => args,
      nothing: async () => undefined,
      async refuse() {
        throw fault('site.invalid', 'it has an error', {
          errors: [{ path: 'site.yaml:1:1', message: 'wrong' }],
        });
      },
      async picky(args) {
        return z.strictObject({ file: z.string() }).parse(args);
      },
      async broken() {
        throw new Error('a bug');
      },
    },
  });
});
afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function refusal(name: string, args: unknown = {}): Promise<Fault> {
  const thrown = await callControl(path, name, args).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error(`no fault: ${String(thrown)}`);
  return thrown;
}

test('an answer comes back as it was given, megabytes too', async () => {
  const yaml = '花园小区\n'.repeat(300_000);
  expect(await callControl(path, 'echo', { yaml, list: [1, null] })).toEqual({
    result: { yaml, list: [1, null] },
  });
  expect(await callControl(path, 'nothing', {})).toEqual({ result: null });
});

test('only this user can reach the socket', () => {
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a refusal arrives with its code, words and places', async () => {
  const error = await refusal('refuse');
  expect([error.code, error.detail, error.errors]).toEqual([
    'site.invalid',
    'it has an error',
    [{ path: 'site.yaml:1:1', message: 'wrong' }],
  ]);
});

test('wrong arguments, an unknown name and a bug are told apart', async () => {
  expect((await refusal('picky', { file: 1 })).code).toBe('request.invalid');
  expect((await refusal('toString')).code).toBe('not.found');
  expect((await refusal('broken')).code).toBe('internal');
});

test('a line that is no request is answered, and the next one is served', async () => {
  const socket = connect(path);
  const lines: string[] = [];
  const two = new Promise<void>((done) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      lines.splice(0, lines.length, ...text.split('\n').filter(Boolean));
      if (lines.length === 2) done();
    });
  });
  socket.write('nonsense\n{"id":7,"name":"echo","args":1}\n');
  await two;
  socket.destroy();
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ id: 0, error: { code: 'internal' } });
  expect(JSON.parse(lines[1] ?? '')).toEqual({ id: 7, result: 1 });
});

test('where no gateway runs, the answer is none', async () => {
  expect(await callControl(controlPath(join(dir, 'not-there')), 'echo', {})).toBeUndefined();
  const stale = join(dir, 'stale.sock');
  writeFileSync(stale, '');
  expect(await callControl(stale, 'echo', {})).toBeUndefined();
});

test('a data directory whose path is too long for a socket is refused with the mend', () => {
  expect(() => controlPath(`/${'x'.repeat(120)}`)).toThrow(/choose a shorter data directory/);
});
