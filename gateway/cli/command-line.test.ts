import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RunningGateway, run, startServe } from './command-line-fixture.ts';

// Each command is a process, and many of them start a gateway.
vi.setConfig({ testTimeout: 120_000 });

let dir: string;
let dataDir: string;
let gateway: RunningGateway | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  dataDir = join(dir, 'data');
});
afterEach(async () => {
  if (gateway) await gateway.end('SIGKILL');
  gateway = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const site = `site: { id: garden, name: 花园小区 }
areas:
  - { id: garden, name: 花园小区, kind: site }
devices:
  - { id: tank-1, type: native-tank, name: 水箱, area: garden }
`;
function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

test('an unknown command, option or role is a usage error', async () => {
  for (const args of [
    ['nonsense'],
    ['serve', '--nonsense'],
    ['token', 'create', '--role', 'king'],
    ['decode'],
  ]) {
    const { code, stderr } = await run(args);
    expect(code, args.join(' ')).toBe(2);
    expect(stderr).not.toBe('');
  }
  expect((await run(['--help'])).code).toBe(0);
});

test('a site file in order is said to be, a broken one is refused with every place; nothing is left behind', async () => {
  const good = await run(['site', 'check', file('good.yaml', site), '--data', dataDir]);
  expect(good).toMatchObject({ code: 0, stderr: '' });
  const path = file(
    'bad.yaml',
    site.replace('native-tank', 'native-tnak').replace('kind: site', 'kind: sight'),
  );
  expect(await run(['site', 'check', path, '--data', dataDir])).toEqual({
    code: 2,
    stdout: '',
    stderr: `${path}:3:37: "kind" must be one of site, building, floor, garage, perimeter, plant-room, outdoor, gate, office, not "sight"\n`,
  });
  const typo = file('typo.yaml', site.replace('native-tank', 'native-tnak'));
  const second = await run(['site', 'check', typo, '--data', dataDir]);
  expect(second.stderr).toBe(
    `${typo}:5:25: there is no device type "native-tnak"; did you mean "native-tank"?\n`,
  );
  expect((await run(['site', 'check', join(dir, 'none.yaml'), '--data', dataDir])).code).toBe(2);
  expect(existsSync(dataDir)).toBe(false);
});

test('with and without a running gateway the commands do the same and say the same', async () => {
  const path = file('site.yaml', site);
  const answers: string[][] = [];
  for (const running of [false, true]) {
    rmSync(dataDir, { recursive: true, force: true });
    if (running) gateway = await startServe(dataDir);
    const outputs: string[] = [];
    const say = async (args: string[], input?: string) => {
      const { code, stdout, stderr } = await run([...args, '--data', dataDir], { input });
      outputs.push(`${args.join(' ')}: ${code}\n${stdout}${stderr}`.replace(/gatehouse_\S+/, 'SECRET'));
    };
    await say(['site', 'apply', path]);
    await say(['site', 'plan', path, '--prune']);
    await say(['site', 'export', '-']);
    await say(['site', 'check', file('bad.yaml', 'site: 1')]);
    await say(['user', 'add', 'li-wei', '--role', 'operator', '--name', '李伟'], 'quiet-otters-87\n');
    await say(['user', 'passwd', 'nobody'], 'quiet-otters-87\n');
    await say(['user', 'list']);
    await say(['token', 'create', '--role', 'integrator', '--name', 'scada']);
    answers.push(outputs);
  }
  expect(answers[1]).toEqual(answers[0]);
  const [offline = []] = answers;
  expect(offline[0]).toContain('3 to add, 0 to change, 0 to remove, 0 unchanged\napplied\n');
  expect(offline[1]).toContain('0 to add, 0 to change, 0 to remove, 3 unchanged\n');
  expect(offline[2]).toContain('type: native-tank');
  expect(offline[3]).toMatch(/: 2\n.*bad\.yaml:1:7: "site" must be a mapping/);
  expect(offline[5]).toMatch(/: 1\n/);
  expect(offline[6]).toMatch(/li-wei {2}李伟 {2}operator/);
  expect(offline[7]).toContain('SECRET');
});

test('serve says its ports in one line, answers, and ends in order at SIGTERM', async () => {
  gateway = await startServe(dataDir);
  const health = await fetch(`http://127.0.0.1:${gateway.http}/health`);
  expect(health.status).toBe(200);
  for (const name of ['gatehouse.db', 'journal.db', 'history.db', 'lock.db', 'gatehouse.sock'])
    expect(statSync(join(dataDir, name)).mode & 0o077, name).toBe(0);
  expect(await gateway.end('SIGTERM')).toBe(0);
  expect(existsSync(join(dataDir, 'gatehouse.sock'))).toBe(false);
  gateway = undefined;
});

test('a second gateway, and a restore, are refused while one runs; after kill -9 the next one starts', async () => {
  gateway = await startServe(dataDir);
  for (const args of [['serve'], ['restore', file('x.backup', '')]]) {
    const { code, stderr } = await run([...args, '--data', dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${dataDir} is in use by another Gatehouse; stop that one first`);
  }
  await gateway.end('SIGKILL');
  gateway = await startServe(dataDir);
  expect(await gateway.end('SIGTERM')).toBe(0);
  gateway = undefined;
});

test('bad settings, a data directory that cannot be written and a busy port each name what and the mend', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'gatehouse.yaml'), 'http:\n  prot: 1\n');
  expect(await run(['serve', '--data', dataDir])).toEqual({
    code: 2,
    stdout: '',
    stderr: `${dataDir}/gatehouse.yaml:2:3: "prot" is not known here; did you mean "port"?\n`,
  });
  const variable = await run(['serve', '--data', join(dir, 'fresh')], { env: { GATEHOUSE_HTTP_PORT: 'x' } });
  expect(variable).toMatchObject({
    code: 2,
    stderr: 'GATEHOUSE_HTTP_PORT: "port" must be a number, this is text\n',
  });
  const below = await run(['serve', '--data', join(file('plain', ''), 'data')]);
  expect(below.code).toBe(1);
  expect(below.stderr).toMatch(/cannot be used: ENOTDIR.*give a directory that this user may write/);

  const taken = createServer();
  const port = await new Promise<number>((done) =>
    taken.listen(0, '127.0.0.1', () => done((taken.address() as { port: number }).port)),
  );
  const busy = await run(['serve', '--data', join(dir, 'fresh')], {
    env: { GATEHOUSE_HTTP_PORT: String(port), GATEHOUSE_MQTT_PORT: '0', GATEHOUSE_LOG_LEVEL: 'silent' },
  });
  taken.close();
  expect(busy.code).toBe(1);
  expect(busy.stderr).toContain(String(port));
  expect(busy.stderr).toContain('port.busy');
});

test('a backup of a running gateway, restored on a blank machine, has its users, site and unbroken audit trail', async () => {
  const env = { GATEHOUSE_BACKUP_PASSPHRASE: 'three blue herons at noon' };
  gateway = await startServe(dataDir, env);
  await run(['site', 'apply', file('site.yaml', site), '--data', dataDir]);
  await run(['user', 'add', 'li-wei', '--role', 'operator', '--data', dataDir], {
    input: 'quiet-otters-87\n',
  });
  const backup = join(dir, 'site.backup');
  const written = await run(['backup', backup, '--data', dataDir], { env });
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toContain('encrypted; whole');
  expect(readFileSync(backup).includes('li-wei')).toBe(false);

  const blank = join(dir, 'blank');
  const closed = await run(['restore', backup, '--data', blank]);
  expect(closed.code).toBe(1);
  expect(closed.stderr).toContain('give its passphrase in GATEHOUSE_BACKUP_PASSPHRASE');
  expect((await run(['restore', backup, '--data', blank], { env })).code).toBe(0);
  const users = await run(['user', 'list', '--data', blank]);
  expect(users.stdout).toBe((await run(['user', 'list', '--data', dataDir])).stdout);
  expect((await run(['site', 'export', '-', '--data', blank])).stdout).toContain('id: tank-1');
  const verified = await run(['verify', backup, '--data', blank], { env });
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  expect(verified.stdout).toMatch(
    /gatehouse\.db: whole\njournal\.db: whole\nhistory\.db: whole\naudit trail: \d+ rows, unbroken/,
  );
});

test('decode shows what the codec sees, and says what is wrong with a question', async () => {
  const seen = await run(['decode', 'modbus-rtu', '01 03 00 00 00 02 C4 0B']);
  expect(seen.code).toBe(0);
  expect(JSON.parse(seen.stdout)).toMatchObject({ valid: true, unit: 1, fc: 3 });
  const piped = await run(['decode', 'modbus-rtu', '-'], { input: '010300000002c40b\n' });
  expect(piped.stdout).toBe(seen.stdout);
  const unknown = await run(['decode', 'modbus-rtx', '00']);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('there is no protocol "modbus-rtx"; did you mean "modbus-rtu"?');
  expect(await run(['decode', 'modbus-rtu', '0'])).toMatchObject({ code: 2 });
  expect(await run(['decode', 'modbus-rtu', 'xyz!'])).toMatchObject({ code: 2 });
});

test('decode without a protocol guesses it, and says where it cannot', async () => {
  const seen = await run(['decode', '01 04 04 43 66 33 34 1B 38']);
  expect(seen.code).toBe(0);
  expect(JSON.parse(seen.stdout)).toMatchObject({
    protocol: 'modbus-rtu',
    candidates: [{ protocol: 'modbus-rtu', certainty: 'sure', why: 'the check sum holds' }],
    check: { found: '1B38', holds: true },
    decoded: { unit: 1, fc: 4 },
  });
  const piped = await run(['decode', '-'], { input: '01 04 04 43 66 33 34 1B 39\n' });
  expect(JSON.parse(piped.stdout)).toMatchObject({
    candidates: [{ certainty: 'broken' }],
    check: { computed: '1B38' },
  });
  const nobody = await run(['decode', 'modbus-rtx']);
  expect(nobody).toMatchObject({ code: 1, stdout: '' });
  expect(nobody.stderr).toMatch(/did you mean "modbus-rtu"\?.*gatehouse decode PROTOCOL HEX/);
});

test('vectors are run one a line and counted; a failing one makes exit code 1', async () => {
  const vectors = fileURLToPath(new URL('../../test/vectors/modbus-rtu.json', import.meta.url));
  const passed = await run(['decode', '--vectors', vectors]);
  expect(passed.code).toBe(0);
  expect(passed.stdout).toMatch(/^pass modbus-rtu \S+\n[\s\S]*\n\d+ passed, 0 failed\n$/);
  const wrong = file(
    'wrong.json',
    JSON.stringify([{ id: 'w', protocol: 'modbus-rtu', hex: '010300000002C40B', expect: { unit: 2 } }]),
  );
  const failed = await run(['decode', '--vectors', wrong]);
  expect(failed).toMatchObject({
    code: 1,
    stdout: 'FAIL modbus-rtu w\n0 passed, 1 failed\n',
    stderr: '     unit: expected 2, got 1\n',
  });
  expect((await run(['decode', '--vectors', wrong, '--protocol', 'nonsense'])).code).toBe(1);
  expect((await run(['decode', '--vectors', join(dir, 'none.json')])).code).toBe(2);
});

test('a device type goes out as one file and comes in under another id, with or without a running gateway', async () => {
  const bundle = join(dir, 'level.type.json');
  const out = await run(['types', 'export', 'generic-level-transmitter', bundle, '--data', dataDir]);
  expect(out).toMatchObject({ code: 0, stderr: '' });
  const taken = await run(['types', 'import', bundle, '--id', 'acme-level', '--data', dataDir]);
  expect(taken).toMatchObject({ code: 0, stdout: 'acme-level: taken, with 2 cases\n' });
  expect(readFileSync(join(dataDir, 'types', 'acme-level', 'type.yaml'), 'utf8')).toContain(
    'id: acme-level\n',
  );
  expect((await run(['types', 'check', join(dataDir, 'types')])).stdout).toContain(
    '1 type in order, 2 cases pass',
  );
  gateway = await startServe(dataDir);
  const again = await run(['types', 'import', bundle, '--id', 'acme-level', '--data', dataDir]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('there is a device type "acme-level" already');
  expect(
    await run(['types', 'import', bundle, '--id', 'acme-level', '--replace', '--data', dataDir]),
  ).toMatchObject({
    code: 0,
  });
  expect((await run(['types', 'export', 'nonsense', '-', '--data', dataDir])).code).toBe(1);
});

test('device types are checked as a folder of types or as one type', async () => {
  const types = join(dir, 'types');
  const type = join(types, 'my-tank');
  mkdirSync(type, { recursive: true });
  const text = 'id: my-tank\nlabel: { zh: 水箱, en: Tank }\nkind: tank\nlink: native\n';
  writeFileSync(join(type, 'type.yaml'), text);
  for (const path of [types, type]) {
    const { code, stdout, stderr } = await run(['types', 'check', path]);
    expect(code).toBe(0);
    expect(stdout).toContain('1 type in order, 0 cases pass');
    // A type without a page of its own or a case works; both are asked for.
    expect(stderr).toMatch(/my-tank\/README\.md:1:1: warning: .*\n.*my-tank\/cases:1:1: warning: /);
  }
  writeFileSync(join(type, 'type.yaml'), text.replace('kind: tank', 'kind: tnak'));
  for (const path of [types, type]) {
    const { code, stderr } = await run(['types', 'check', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/my-tank\/type\.yaml:3:7: there is no kind "tnak"; did you mean "tank"\?/);
  }
  expect(
    (await run(['types', 'check', 'devices'], { cwd: fileURLToPath(new URL('../..', import.meta.url)) }))
      .code,
  ).toBe(0);
});

test('doctor looks at the machine without leaving anything behind', async () => {
  const { stdout } = await run(['doctor', '--data', dataDir], {
    env: { GATEHOUSE_HTTP_PORT: '0', GATEHOUSE_MQTT_PORT: '0' },
  });
  for (const what of ['Node', 'SQLite', 'settings', 'time zones'])
    expect(stdout).toMatch(new RegExp(`ok +${what}`));
  expect(existsSync(dataDir)).toBe(false);
});

test('doctor --bundle asks the running gateway, adds what it found itself, and overwrites nothing', async () => {
  gateway = await startServe(dataDir, { BUS_TOKEN: 'needle-in-the-environment' });
  const file = join(dir, 'bundle.json.gz');
  const bundle = async () => run(['doctor', '--data', dataDir, '--bundle', file]);
  const { code, stdout } = await bundle();
  expect(code).toBe(0);
  expect(stdout).toContain(`${file} is written`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = gunzipSync(readFileSync(file)).toString();
  const { findings, settings, health } = JSON.parse(text) as {
    findings: { what: string }[];
    settings: { logLevel: string };
    health: { status: string };
  };
  expect(findings.map(({ what }) => what)).toContain('SQLite');
  // Of the process that runs, not of one that was opened for the question.
  expect(settings.logLevel).toBe('error');
  expect(health.status).toBe('ok');
  expect(text).not.toContain('needle');
  const again = await bundle();
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain('was not written: EEXIST');
});

test('an older Node hands the command over to the one among our own dependencies', () => {
  const bin = fileURLToPath(new URL('./bin.js', import.meta.url));
  const older =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.9.0"}})';
  for (const [args, code] of [
    [['decode', 'modbus-rtu', '010300000002C40B'], 0],
    [['nonsense'], 2],
  ] as const) {
    const result = spawnSync(process.execPath, ['--import', older, bin, ...args], { encoding: 'utf8' });
    expect(result.status).toBe(code);
  }
});
