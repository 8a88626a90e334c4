import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Access, createAccess, liveEvents } from '../../gateway/access/access.ts';
import { accessStatements } from '../../gateway/access/store.ts';
import type { AccessEvent } from '../../gateway/contract/access.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { EventData } from '../../gateway/contract/event.ts';
import { type Device, deviceSchema, type Person, personSchema } from '../../gateway/contract/site.ts';
import { normaliseTag } from '../../gateway/contract/tag.ts';
import { fault } from '../../gateway/lib/errors.ts';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import { createSimulatedDays, type SimulatedDays } from './simulated-days.ts';

const start = Date.UTC(2026, 2, 2, 8);
const device = (id: string, name: string, over: Partial<Device> = {}): Device =>
  deviceSchema.parse({ id, type: 'door-mqtt', name, area: 'gate-area', ...over });
const person = (id: string, name: string, cards: string[]): Person => personSchema.parse({ id, name, cards });

let days: SimulatedDays<Access>;
let site: { doors: Device[]; people: Person[] };
let asked: { device: string; command: string; reason: string | null }[];

beforeEach(async () => {
  site = {
    doors: [
      device('gate', '大门'),
      device('roof', '天台门', { parent: 'controller' }),
      device('office', '办公室'),
    ],
    people: [person('li-wei', '李伟', ['0006547886']), person('zhang-min', '张敏', ['99,59823'])],
  };
  asked = [];
  days = await createSimulatedDays<Access>({
    start,
    statements: { access: accessStatements },
    async stand(memory, query) {
      const access = createAccess({
        memory,
        query,
        site: {
          controller: () => undefined,
          nameAtController: ({ id }) => id,
          doorRule: () => ({ heldAfterMs: 0, permitMs: 0 }),
          locked: () => null,
          doors: () => site.doors,
          door: (id) => site.doors.find((one) => one.id === id),
          person: (id) => site.people.find((one) => one.id === id),
          checkpointByTag: () => undefined,
          personByCard: (card, form) =>
            site.people.find(({ cards }) =>
              cards.some((one) => normaliseTag(one) === normaliseTag(card, form)),
            ),
        },
        requestCommand(turn, request) {
          if (request.device === 'office') throw fault('state.conflict', 'this door takes no command');
          asked.push(request);
          return {
            id: request.id ?? turn.id(),
            device: request.device,
            command: request.command,
            args: request.args,
            state: 'requested',
            requestedAt: turn.now,
            requestedBy: turn.actor?.who ?? '',
            reason: request.reason,
            alarm: null,
            expiresAt: turn.now + 10_000,
            sentAt: null,
            endedAt: null,
            error: null,
            failure: null,
          } satisfies Command;
        },
        unreachable: () => null,
        report() {},
      });
      await access.load();
      return { rooms: access, onTimer: (turn, _, name) => access.onTimer(turn, name) };
    },
  });
});
afterEach(() => days.remove());

async function swipe(reader: string, type: string, data: EventData = {}, at = days.now): Promise<void> {
  const id = uuidv7(days.now);
  const event = { id, device: reader, externalId: null, type, data, occurredAt: at, receivedAt: days.now };
  await days.act((turn) => days.rooms.onEvent(turn, { ...event, deviceTimeUsed: false, late: false }), null);
}

const stored = async () => {
  const rows = await days.query<{ doc: string }>('SELECT doc FROM access_event ORDER BY id');
  return rows.map((row) => JSON.parse(row.doc) as AccessEvent);
};
const doorNamed = (id: string) => days.rooms.doors().find((door) => door.id === id);
const pass = async (ms: number) => days.goTo(days.now + ms);

test('a swipe names the person by the card, in whatever spelling the reader sends it', async () => {
  for (const card of ['010063E9AE', '00 63 e9 ae', 6547886, '99,59822'])
    await swipe('gate', 'access.granted', { card });
  const events = await stored();
  expect(events.map((event) => [event.card, event.person, event.personName])).toEqual(
    Array.from({ length: 4 }, () => ['0063E9AE', 'li-wei', '李伟']),
  );
  expect(doorNamed('gate')?.lastPerson).toBe('李伟');
});

test('an unknown card is kept by its number, a person that the device names by its name', async () => {
  await swipe('gate', 'access.denied', { card: 'DEADBEEF', reason: 'unknown card', direction: 'in' });
  await swipe('gate', 'access.granted', { person: 'zhang-min' });
  await swipe('gate', 'access.granted', { person: '访客 3' });
  expect(
    (await stored()).map(({ card, person: key, personName, reason }) => [card, key, personName, reason]),
  ).toEqual([
    ['DEADBEEF', null, null, 'unknown card'],
    [null, 'zhang-min', '张敏', null],
    [null, null, '访客 3', null],
  ]);
});

test('a reader that says it sends hex is taken at its word, also for a card of digits only', async () => {
  site.people = [person('li-wei', '李伟', ['0x0100632345'])];
  await swipe('gate', 'access.granted', { card: '0100632345', form: 'hex' });
  await swipe('gate', 'access.granted', { card: '0100632345' });
  expect((await stored()).map((event) => [event.card, event.person])).toEqual([
    ['00632345', 'li-wei'],
    ['05FF8719', null],
  ]);
});

test('a door that is forced stays forced until it closes, also across a restart', async () => {
  await swipe('gate', 'access.forced');
  await pass(1_000);
  await swipe('gate', 'access.opened');
  await days.restart();
  expect(doorNamed('gate')).toMatchObject({ state: 'forced', since: start });
  await pass(1_000);
  await swipe('gate', 'access.closed');
  expect(doorNamed('gate')).toMatchObject({ state: 'closed', since: start + 2_000 });
});

test('a controller reports for its own doors, nobody for another’s', async () => {
  await swipe('controller', 'access.opened', { door: 'roof' });
  await swipe('controller', 'access.opened', { door: 'office' });
  await swipe('gate', 'access.opened', { door: 'roof' });
  expect((await stored()).map((event) => event.door)).toEqual(['roof', 'controller', 'gate']);
  expect(doorNamed('office')?.state).toBe('unknown');
});

test('a night of swipes uploaded in the morning changes the log, not the doors', async () => {
  await swipe('gate', 'access.closed');
  await swipe('gate', 'access.opened', { card: 'DEADBEEF' }, start - 5 * 3_600_000);
  expect(doorNamed('gate')?.state).toBe('closed');
  expect(await stored()).toHaveLength(2);
});

test('a door that is new, renamed or removed is told to consoles as such', async () => {
  site.doors = [device('gate', '南大门'), device('garage', '车库门')];
  await days.act((turn) => days.rooms.siteChanged(turn));
  expect(days.changes).toEqual([
    { entity: 'doors', id: 'gate', data: expect.objectContaining({ name: '南大门' }) },
    { entity: 'doors', id: 'garage', data: expect.objectContaining({ state: 'unknown', name: '车库门' }) },
    { entity: 'doors', id: 'roof', data: null },
    { entity: 'doors', id: 'office', data: null },
  ]);
  expect(
    days.rooms
      .doors()
      .map((door) => door.id)
      .sort(),
  ).toEqual(['garage', 'gate']);
});

test('consoles keep the newest events: one that has been open for long has what a new one gets', async () => {
  const kept = new Map<string, unknown>();
  for (let n = 0; n < liveEvents + 30; n++) {
    await pass(1);
    await swipe('gate', 'access.granted', { card: '0063E9AE', reason: `${n}` });
  }
  for (const change of days.changes.filter((one) => one.entity === 'access-events')) {
    if (change.data === null) kept.delete(change.id);
    else kept.set(change.id, change.data);
  }
  const snapshot = () => days.rooms.snapshot().filter((change) => change.entity === 'access-events');
  const fresh = snapshot();
  expect(fresh).toHaveLength(liveEvents);
  expect([...kept.entries()]).toEqual(fresh.map((change) => [change.id, change.data]));
  await days.restart();
  expect(snapshot()).toEqual(fresh);
  await swipe('gate', 'access.granted', { reason: 'after the restart' });
  expect(days.changes.slice(-2)[0]?.entity).toBe('access-events');
  expect(snapshot()).toHaveLength(liveEvents);
  expect(snapshot().at(-1)?.data).toMatchObject({ reason: 'after the restart' });
  expect(snapshot()[0]).toEqual(fresh[1]);
});

test('opening a door from here asks for its command with the reason; what is no door or takes none is refused', async () => {
  const command = await days.act((turn) => days.rooms.open(turn, 'gate', { reason: '快递' }));
  expect(command).toMatchObject({ device: 'gate', command: 'open', reason: '快递', state: 'requested' });
  expect(asked).toHaveLength(1);
  await expect(days.act((turn) => days.rooms.open(turn, 'pump-1', { reason: 'x' }))).rejects.toThrow(
    /^not\.found/,
  );
  await expect(days.act((turn) => days.rooms.open(turn, 'office', { reason: 'x' }))).rejects.toThrow(
    /^state\.conflict/,
  );
});

test.each(['zone.alarm', 'access.unheardOf', 'granted'])(
  'an event "%s" is not the business of access',
  async (type) => {
    await swipe('gate', type);
    expect(await stored()).toEqual([]);
  },
);

test('data of the wrong kind is left out of the log, never in it', async () => {
  await swipe('gate', 'access.granted', {
    card: true,
    person: '  ',
    direction: 'x'.repeat(500),
    reason: null,
  });
  const [event] = await stored();
  expect(event).toMatchObject({ card: null, person: null, personName: null, reason: null });
  expect(event?.direction).toHaveLength(120);
});
