import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './command-line-fixture.ts';

const main = fileURLToPath(new URL('./bin.js', import.meta.url));

interface Ready {
  http: number;
  mqtt: number;
  signIn: string;
}

test('the demo comes up beside a busy port with a compound that reports, plays a scene and leaves nothing behind', async () => {
  const taken = createServer();
  const busy = await new Promise<number>((done) =>
    taken.listen(0, '127.0.0.1', () => done((taken.address() as { port: number }).port)),
  );
  const child = spawn(process.execPath, [main, 'demo', '--json'], {
    env: { ...process.env, GATEHOUSE_HTTP_PORT: String(busy), GATEHOUSE_MQTT_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  try {
    const line = await Promise.race([
      new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done)),
      ended.then((code) => {
        throw new Error(`the demo ended with ${code}: ${stderr}`);
      }),
    ]);
    const { http, signIn, dataDir } = JSON.parse(line) as Ready & { dataDir: string };
    expect(http).not.toBe(busy);
    expect(stderr).toContain(`port ${busy} for HTTP is in use; a free one is taken instead`);
    expect(signIn).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${http}/sign-in\\?once=`));

    const { stdout: secret } = await run(['token', 'create', '--role', 'operator', '--data', dataDir]);
    const api = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${http}/api/v1${path}`, {
        headers: { authorization: `Bearer ${secret.trim()}` },
      });
      return (await answer.json()) as { items: { id: string; definition?: string; device?: string }[] };
    };
    expect((await api('/households?limit=100')).items.length).toBeGreaterThanOrEqual(40);
    const scenes = await run(['simulate', '--data', dataDir]);
    expect(scenes.stdout).toContain('home-panic');
    expect((await run(['simulate', '--scene', 'home-panic', '--data', dataDir])).code).toBe(0);
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { items } = await api('/alarms?state=open&limit=500');
      if (items.some(({ definition }) => definition === 'panic')) break;
      if (Date.now() > deadline) throw new Error(`no panic alarm: ${JSON.stringify(items)}`);
      await new Promise((done) => setTimeout(done, 200));
    }
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(existsSync(dataDir)).toBe(false);
  } finally {
    taken.close();
    if (child.exitCode === null) child.kill('SIGKILL');
  }
}, 180_000);
