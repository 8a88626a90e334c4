import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fault } from '../lib/errors.ts';
import { openStore, type Store } from '../store/store.ts';
import { finishRestore, prepareRestore } from './restore.ts';
import { createBackup, extractBackup } from './snapshot.ts';
import { checkDatabases, runBackupTask } from './task.ts';

const statements = new Map([['test.put', 'INSERT INTO fact (name, value) VALUES (?, ?)']]);
const now = Date.UTC(2026, 2, 1, 3, 30);
const passphrase = '十二个字以上的备份口令 ok';

let dir: string;
let dataDir: string;
let store: Store | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  dataDir = join(dir, 'data');
  mkdirSync(join(dataDir, 'types', 'my-pump'), { recursive: true });
  mkdirSync(join(dataDir, 'plans'));
  writeFileSync(join(dataDir, 'gatehouse.yaml'), 'log: { level: warn }\n');
  writeFileSync(join(dataDir, 'types', 'my-pump', 'type.yaml'), 'id: my-pump\n');
  writeFileSync(join(dataDir, 'plans', '地下车库.svg'), '<svg/>');
  mkdirSync(join(dataDir, 'snapshots'));
  writeFileSync(join(dataDir, 'snapshots', 'picture.jpg'), 'of an alarm');
  writeFileSync(join(dataDir, 'unrelated.txt'), 'not part of it');
  store = await openStore(join(dataDir, 'gatehouse.db'), statements);
  await put(1, 100);
});
afterEach(async () => {
  await store?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function put(from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++)
    await store?.commit([{ statement: 'test.put', params: [`row-${i}`, 'x'.repeat(200)] }]);
}

function rowsOf(folder: string): string[] {
  const db = new Database(join(folder, 'gatehouse.db'), { readonly: true });
  const rows = db
    .prepare("SELECT name FROM fact WHERE name LIKE 'row-%' ORDER BY name")
    .pluck()
    .all() as string[];
  db.close();
  return rows;
}

const fresh = () => mkdtempSync(join(dir, 'into-'));
const backup = (target: string, secret?: string) =>
  runBackupTask({ task: 'create', dataDir, target, passphrase: secret, release: '0.1.0', now });

async function refusal(act: Promise<unknown>): Promise<Fault> {
  const thrown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error(`no fault: ${String(thrown)}`);
  return thrown;
}

test('a backup restored on a blank machine has the same rows, settings, device types, drawings and pictures', async () => {
  const report = await backup(join(dir, 'site.backup'));
  expect(report).toMatchObject({ createdAt: now, release: '0.1.0', encrypted: false });
  expect(report.files.map(({ name }) => name)).toEqual([
    'gatehouse.db',
    'gatehouse.yaml',
    'types/my-pump/type.yaml',
    'plans/地下车库.svg',
    'snapshots/picture.jpg',
  ]);
  expect(statSync(report.file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir).filter((name) => name.startsWith('.backup'))).toEqual([]);

  const blank = join(dir, 'blank');
  mkdirSync(blank);
  await prepareRestore({ dataDir: blank, file: report.file, now });
  expect(readdirSync(blank)).toEqual(['.restore']);
  finishRestore(blank);
  expect(rowsOf(blank)).toEqual(rowsOf(dataDir));
  expect(readFileSync(join(blank, 'gatehouse.yaml'), 'utf8')).toBe('log: { level: warn }\n');
  expect(readFileSync(join(blank, 'plans', '地下车库.svg'), 'utf8')).toBe('<svg/>');
  expect(readFileSync(join(blank, 'snapshots', 'picture.jpg'), 'utf8')).toBe('of an alarm');
  expect(existsSync(join(blank, 'unrelated.txt'))).toBe(false);
  const reopened = await openStore(join(blank, 'gatehouse.db'), statements);
  expect(await reopened.commit([{ statement: 'test.put', params: ['row-after', ''] }])).toEqual({ ok: true });
  await reopened.close();
});

test('a backup without a passphrase is a plain tar', async () => {
  const { file } = await backup(join(dir, 'site.backup'));
  const names = execFileSync('tar', ['tf', file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(names).toContain('gatehouse.db\n');
  expect(names).toMatch(/manifest\.json\n$/);
});

test('a backup taken while rows are written holds every row that was committed before it began', async () => {
  let stop = false;
  let written = 100;
  const writing = (async () => {
    while (!stop) await put(++written, written);
  })();
  const before = rowsOf(dataDir);
  const { file } = await backup(join(dir, 'site.backup'));
  stop = true;
  await writing;
  const blank = join(dir, 'blank');
  mkdirSync(blank);
  await prepareRestore({ dataDir: blank, file, now });
  finishRestore(blank);
  const restored = new Set(rowsOf(blank));
  expect(before.filter((name) => !restored.has(name))).toEqual([]);
  expect(written).toBeGreaterThan(100);
});

test('with a passphrase nothing of it can be read, and only that passphrase opens it', async () => {
  const { file, encrypted } = await backup(join(dir, 'site.backup'), passphrase);
  expect(encrypted).toBe(true);
  const bytes = readFileSync(file);
  expect(bytes.includes('SQLite format 3')).toBe(false);
  expect(bytes.includes('gatehouse.yaml')).toBe(false);
  const verify = (secret?: string) =>
    runBackupTask({ task: 'verify', file, passphrase: secret, workDir: dir });
  expect((await verify(passphrase)).files).toHaveLength(5);
  expect((await refusal(verify('another passphrase'))).detail).toMatch(/the passphrase is wrong/);
  expect((await refusal(verify())).detail).toMatch(
    /is encrypted; give its passphrase in GATEHOUSE_BACKUP_PASSPHRASE/,
  );
});

test.each([
  ['plain', undefined],
  ['encrypted', passphrase],
])(
  'a flipped bit anywhere or a cut end in a %s backup is found before anything is restored',
  async (_, secret) => {
    const { file, bytes } = await backup(join(dir, 'site.backup'), secret);
    const whole = readFileSync(file);
    const extract = () => extractBackup({ file, into: fresh(), passphrase: secret });
    // In the first header, in a database, in the manifest, in the last zeros.
    for (const place of [5, 700, Math.floor(bytes / 2), bytes - 1100, bytes - 3]) {
      const broken = Buffer.from(whole);
      broken[place] = (broken[place] ?? 0) ^ 1;
      writeFileSync(file, broken);
      expect(extract, `bit at ${place}`).toThrow(Fault);
    }
    for (const length of [0, Math.floor(bytes / 2), bytes - 1]) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      expect(extract, `cut at ${length}`).toThrow(Fault);
    }
    const error = await refusal(prepareRestore({ dataDir, file, passphrase: secret, now }));
    expect(error.code).toBe('backup.invalid');
    expect(existsSync(join(dataDir, '.restore'))).toBe(false);
    expect(rowsOf(dataDir)).toHaveLength(100);
  },
);

test('what a restore replaces is kept aside, the log of the old database with it', async () => {
  const { file } = await backup(join(dir, 'site.backup'));
  await put(101, 150);
  await store?.close();
  store = undefined;
  writeFileSync(join(dataDir, 'gatehouse.db-wal'), 'a log that belongs to the old database');
  await prepareRestore({ dataDir, file, now });
  const aside = finishRestore(dataDir);
  expect(aside).toBe(join(dataDir, 'before-restore-20260301T033000Z'));
  expect(rowsOf(dataDir)).toHaveLength(100);
  expect(readdirSync(aside ?? '').sort()).toEqual([
    'gatehouse.db',
    'gatehouse.db-wal',
    'gatehouse.yaml',
    'plans',
    'snapshots',
    'types',
  ]);
  expect(finishRestore(dataDir)).toBeNull();
});

test('a swap that was interrupted at any step is finished by the next start', async () => {
  const { file } = await backup(join(dir, 'site.backup'));
  await put(101, 150);
  await store?.close();
  store = undefined;
  await prepareRestore({ dataDir, file, now });
  for (let steps = 0; ; steps++) {
    const copy = join(dir, `copy-${steps}`);
    execFileSync('cp', ['-r', dataDir, copy]);
    // The same renames as finishRestore, cut off after so many.
    const aside = join(copy, readFileSync(join(copy, '.restore', 'ready'), 'utf8'));
    mkdirSync(aside);
    const files = join(copy, '.restore', 'files');
    const renames = readdirSync(files)
      .sort()
      .flatMap((name) => [
        ...[`${name}-shm`, `${name}-wal`, name]
          .filter((path) => existsSync(join(copy, path)))
          .map((path) => [join(copy, path), join(aside, path)] as const),
        [join(files, name), join(copy, name)] as const,
      ]);
    for (const [from, to] of renames.slice(0, steps)) renameSync(from, to);
    finishRestore(copy);
    expect(rowsOf(copy), `after ${steps} renames`).toHaveLength(100);
    expect(existsSync(join(copy, '.restore'))).toBe(false);
    expect(readFileSync(join(copy, 'types', 'my-pump', 'type.yaml'), 'utf8')).toBe('id: my-pump\n');
    if (steps > renames.length) break;
  }
});

test('an extraction that was killed leaves nothing that a start would take', async () => {
  mkdirSync(join(dataDir, '.restore', 'files'), { recursive: true });
  writeFileSync(join(dataDir, '.restore', 'files', 'gatehouse.db'), 'half');
  expect(finishRestore(dataDir)).toBeNull();
  expect(rowsOf(dataDir)).toHaveLength(100);
  expect(existsSync(join(dataDir, '.restore'))).toBe(false);
});

test('a backup of a newer release is refused with words', async () => {
  const { file } = await backup(join(dir, 'site.backup'));
  rmSync(file);
  await store?.close();
  store = undefined;
  const db = new Database(join(dataDir, 'gatehouse.db'));
  db.pragma('user_version = 999');
  db.close();
  await backup(file);
  const error = await refusal(prepareRestore({ dataDir, file, now }));
  expect(error.detail).toMatch(/made by a newer Gatehouse \(state 999, this one knows \d+\)/);
});

test('a file that would leave the data directory is not restored', async () => {
  const evil = join(dir, 'evil.backup');
  writeFileSync(join(dir, 'outside'), 'x');
  execFileSync('tar', [
    'cf',
    evil,
    '--format=ustar',
    '-P',
    '--transform',
    's,.*,../outside,',
    join(dir, 'outside'),
  ]);
  const error = await refusal(prepareRestore({ dataDir, file: evil, now }));
  expect(error.detail).toMatch(/holds "..\/outside", which no backup of Gatehouse has/);
});

test('a damaged database is not packed, and SQLite says what is wrong with it', async () => {
  await store?.close();
  store = undefined;
  const path = join(dataDir, 'gatehouse.db');
  const bytes = readFileSync(path);
  bytes.fill(0xa5, bytes.length - 6_000, bytes.length - 100);
  writeFileSync(path, bytes);
  const [state] = await checkDatabases(dataDir);
  expect(state?.problems.length).toBeGreaterThan(0);
  await expect(backup(join(dir, 'site.backup'))).rejects.toThrow();
  expect(existsSync(join(dir, 'site.backup'))).toBe(false);
  expect(existsSync(join(dir, 'site.backup.partial'))).toBe(false);
});

test('an existing file is never overwritten, and a folder that cannot be written is named', async () => {
  const { file } = await backup(join(dir, 'site.backup'));
  expect((await refusal(backup(file))).detail).toMatch(/exists already/);
  writeFileSync(join(dir, 'plain-file'), '');
  const below = join(dir, 'plain-file', 'x.backup');
  expect(() => createBackup({ dataDir, target: below, release: '0.1.0', now })).toThrow(/cannot be written/);
});
