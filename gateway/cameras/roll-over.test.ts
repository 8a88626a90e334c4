import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Snapshot } from '../contract/snapshot.ts';
import { createManualClock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { Operate } from '../store/operate.ts';
import { Memory } from '../store/table.ts';
import { createTurnFixture, openTestStore } from '../store/turn-fixture.ts';
import { createPictureFiles, type PictureFiles } from './files.ts';
import { createRollOver } from './roll-over.ts';
import { cameraStatements, findSnapshots } from './store.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 5, 1);
const memory = new Memory();
const picture = Buffer.alloc(100 * 1024, 1);

let store: Awaited<ReturnType<typeof openTestStore>>;
let files: PictureFiles;
let folder: string;
let n = 0;
beforeEach(async () => {
  store = await openTestStore({
    cameras: cameraStatements,
    test: {
      alarm: `INSERT INTO alarm (id, cause, state, priority, category, device, area, raised_at, closed_at, track, doc)
              VALUES (?, ?, 'x', 2, 'perimeter', 'd', 'a', 0, ?, '{}', '{}')`,
      ticket: "INSERT INTO ticket (id, state, alarm, closed_at, doc) VALUES (?, 'accepted', ?, NULL, '{}')",
    },
  });
  folder = join(store.dir, 'snapshots');
  files = createPictureFiles(folder);
});
afterEach(() => store.remove());

const operate: Operate = async (_, actor, run) => {
  const turn = createTurnFixture(memory, { now, actor });
  const answer = run(turn);
  await turn.end(store);
  return answer;
};
const rollOver = (maxMegabytes: number, at = now) =>
  createRollOver({ query: store.query, operate, clock: createManualClock(at), files, maxMegabytes })();

/** An alarm with a picture of some age; others may share its file. */
async function kept(
  options: { ageMs: number; open?: boolean; ticket?: boolean },
  shared?: string,
): Promise<{ alarm: string; file: string }> {
  const alarm = uuidv7(now);
  const takenAt = now - options.ageMs;
  const file = shared ?? (await files.save(picture, takenAt)).file;
  const snapshot = { alarm, n: 1, camera: 'cam', state: 'kept', takenAt } as Snapshot;
  await operate('test', null, (turn) => {
    turn.write('test.alarm', alarm, `cause ${n++}`, options.open ? null : takenAt);
    if (options.ticket) turn.write('test.ticket', uuidv7(now), alarm);
    turn.write('cameras.ask', alarm, 1, JSON.stringify(snapshot));
    turn.write('cameras.answer', 'kept', file, takenAt, JSON.stringify(snapshot), alarm, 1);
  });
  return { alarm, file };
}
const stateOf = async ({ alarm }: { alarm: string }) => (await findSnapshots(store.query, alarm))[0]?.state;

test('within its size nothing goes', async () => {
  const old = await kept({ ageMs: 1_000 * hourMs });
  expect(await rollOver(1)).toBeNull();
  expect(await stateOf(old)).toBe('kept');
  expect(readdirSync(folder)).toEqual([old.file]);
});

test('above its size the oldest pictures of closed alarms go until it is a tenth below; their records say so', async () => {
  const open = await kept({ ageMs: 500 * hourMs, open: true });
  const ticketed = await kept({ ageMs: 400 * hourMs, ticket: true });
  const closed = [];
  for (let i = 0; i < 10; i++) closed.push(await kept({ ageMs: (300 - i) * hourMs }));
  expect(await rollOver(1)).toBeNull();
  expect(await Promise.all([open, ticketed].map(stateOf))).toEqual(['kept', 'kept']);
  const states = await Promise.all(closed.map(stateOf));
  expect(states).toEqual([...Array(3).fill('removed'), ...Array(7).fill('kept')]);
  expect(readdirSync(folder).sort()).toEqual(
    [open, ticketed, ...closed.slice(3)].map(({ file }) => file).sort(),
  );
});

test('a picture that an open alarm shares with closed ones stays', async () => {
  const first = await kept({ ageMs: 900 * hourMs });
  const open = await kept({ ageMs: 900 * hourMs, open: true }, first.file);
  for (let i = 0; i < 10; i++) await kept({ ageMs: (300 - i) * hourMs });
  await rollOver(1);
  expect(await Promise.all([first, open].map(stateOf))).toEqual(['kept', 'kept']);
  expect(readdirSync(folder)).toContain(first.file);
});

test('when only pictures of open alarms are left it says so, and takes none', async () => {
  for (let i = 0; i < 11; i++) await kept({ ageMs: 300 * hourMs, open: true });
  expect(await rollOver(1)).toContain(
    'the pictures of open alarms take 1 MiB, more than cameras.maxMegabytes (1)',
  );
  expect(readdirSync(folder)).toHaveLength(11);
});

test('files that no record names go after an hour, unfinished ones too; what is none of ours stays', async () => {
  const named = await kept({ ageMs: 2 * hourMs });
  const { file } = await files.save(picture, now);
  writeFileSync(join(folder, `${file}.partial`), 'half');
  writeFileSync(join(folder, 'readme.txt'), 'ours');
  expect(await rollOver(1, now + hourMs / 2)).toBeNull();
  expect(readdirSync(folder)).toHaveLength(4);
  expect(await rollOver(1, now + 2 * hourMs)).toBeNull();
  expect(readdirSync(folder).sort()).toEqual([named.file, 'readme.txt'].sort());
});

test('an empty house has nothing to roll over', async () => {
  expect(await rollOver(1)).toBeNull();
});

test('a picture is written whole or not at all, for the gateway alone', async () => {
  const stored = await files.save(picture, now);
  expect(stored).toMatchObject({ bytes: picture.length });
  expect(await files.read(stored.file)).toEqual(picture);
  expect(await files.read(`${uuidv7(now)}.jpg`)).toBeUndefined();
  await expect(createPictureFiles(join(folder, stored.file)).save(picture, now)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([stored.file]);
});
