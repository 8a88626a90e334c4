import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Actor } from '../../gateway/contract/permissions.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import type { Turn } from '../../gateway/store/turn.ts';
import { testActor } from '../../gateway/store/turn-fixture.ts';
import { readTicketLimits } from '../../gateway/tickets/limits.ts';
import { readTicket, ticketStatements } from '../../gateway/tickets/store.ts';
import { createTickets } from '../../gateway/tickets/tickets.ts';
import { createSimulatedDays, type SimulatedDays } from './simulated-days.ts';

const min = 60_000;
const hour = 60 * min;
const start = Date.UTC(2026, 2, 1, 14, 0);
const limits = readTicketLimits();

const openHouses: SimulatedDays<unknown>[] = [];
afterEach(async () => {
  for (const days of openHouses.splice(0)) await days.remove();
});

async function createHouse(restartAfterEachStep = false) {
  const links: [string, string][] = [];
  const days = await createSimulatedDays({
    start,
    restartAfterEachStep,
    statements: { tickets: ticketStatements },
    async stand(memory, query) {
      const tickets = createTickets({
        memory,
        query,
        limits,
        linkTicket: (_: Turn, alarm, ticket) => links.push([alarm, ticket]),
        othersMayVerify: (who) => who !== 'nobody-else',
      });
      await tickets.load();
      return { rooms: tickets, onTimer: (turn, _, name) => tickets.onTimer(turn, name) };
    },
  });
  openHouses.push(days);
  return { days, links };
}

const by = (who: string): Actor => ({ ...testActor, who });
const idOf = (n: number) => `019c0000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const overflow: Alarm = {
  id: idOf(900),
  device: 'tank-1',
  definition: 'high-high',
  area: 'pump-room',
  category: 'water',
  priority: 1,
  state: 'unacknowledged',
  count: 1,
  occurredAt: start,
  raisedAt: start,
  late: false,
  recorded: true,
  title: { zh: '水箱溢流', en: 'Tank overflow' },
  deviceName: '1号水箱',
  areaName: '水泵房',
  latched: false,
  popup: false,
  shelvable: true,
  cameras: [],
  revision: 1,
};

test('an alarm opens one ticket, linked both ways, however often it asks', async () => {
  const { days, links } = await createHouse();
  const first = await days.act((turn) => days.rooms.openForAlarm(turn, overflow), null);
  const again = await days.act((turn) => days.rooms.openForAlarm(turn, overflow));
  expect(again).toEqual(first);
  expect(first).toMatchObject({
    alarm: overflow.id,
    state: 'registered',
    priority: 1,
    category: 'water',
    device: 'tank-1',
    area: 'pump-room',
    createdBy: 'gateway',
  });
  expect(first.title).toBe('水箱溢流 · 1号水箱');
  expect(links).toEqual([[overflow.id, first.id]]);
});

test('when its ticket is closed, a new trip of the alarm opens another', async () => {
  const { days } = await createHouse();
  const first = await days.act((turn) => days.rooms.openForAlarm(turn, overflow), null);
  await finish(days, first.id);
  expect(days.rooms.snapshot()).toEqual([]);
  expect(days.changes.at(-1)).toEqual({ entity: 'tickets', id: first.id, data: null });
  const second = await days.act((turn) => days.rooms.openForAlarm(turn, overflow), null);
  expect(second.id).not.toBe(first.id);
});

test('a closed ticket opens again from the database, also after a restart', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) => days.rooms.openForAlarm(turn, overflow), null);
  await finish(days, id);
  await days.restart();
  const stored = await readTicket(days.query, id);
  await days.act((turn) => days.rooms.act(turn, id, { action: 'reopen' }, '又溢流了', stored));
  expect(days.rooms.committed.get(id)?.ticket).toMatchObject({ state: 'dispatched', escalation: 0 });
  expect(await days.act((turn) => days.rooms.openForAlarm(turn, overflow), null)).toMatchObject({ id });
});

test('the same request with the same id opens one ticket; another request with it is refused', async () => {
  const { days } = await createHouse();
  const request = { id: idOf(1), title: '路灯不亮', assignee: 'engineer-1' };
  const first = await days.act((turn) => days.rooms.open(turn, request));
  await days.restart();
  expect(await days.act((turn) => days.rooms.open(turn, request))).toEqual(first);
  await expect(days.act((turn) => days.rooms.open(turn, { ...request, title: '水管漏水' }))).rejects.toThrow(
    /^id\.conflict/,
  );
  await finish(days, first.id);
  const stored = await readTicket(days.query, first.id);
  expect((await days.act((turn) => days.rooms.open(turn, request, stored))).state).toBe('closed');
});

test('a comment repeated with its id is said once', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) => days.rooms.open(turn, { title: '路灯不亮' }));
  const say = (words: string) =>
    days.act((turn) => days.rooms.act(turn, id, { action: 'comment', id: idOf(7) }, words));
  await say('备件已订');
  await say('备件已订');
  expect(days.rooms.committed.get(id)?.ticket.steps.map((step) => step.action)).toEqual([
    'register',
    'comment',
  ]);
  await expect(say('别的话')).rejects.toThrow(/^id\.conflict/);
});

test('an act that is refused leaves the ticket, its record and its clock as they were', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) => days.rooms.open(turn, { title: '路灯不亮', assignee: 'a' }));
  const before = days.rooms.committed.get(id);
  await expect(days.act((turn) => days.rooms.act(turn, id, { action: 'close' }, null))).rejects.toThrow(
    /^state\.conflict: the ticket is dispatched; close is possible when it is verified/,
  );
  expect(days.rooms.committed.get(id)).toEqual(before);
  await expect(
    days.act((turn) => days.rooms.act(turn, idOf(404), { action: 'accept' }, null)),
  ).rejects.toThrow(/^not\.found/);
});

test('nobody accepts an emergency: the head is told after 5 minutes, the deputy general manager after 10', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) =>
    days.rooms.open(turn, { title: '电梯困人', assignee: 'engineer-1', category: 'lift', priority: 1 }),
  );
  await days.goTo(start + 24 * hour);
  const ticket = days.rooms.committed.get(id)?.ticket;
  expect(ticket?.steps.filter((step) => step.action === 'escalate')).toEqual(
    [5, 10].map((after, index) => ({
      at: start + after * min,
      action: 'escalate',
      from: 'dispatched',
      to: 'dispatched',
      who: 'gateway',
      comment: null,
      escalation: index + 1,
    })),
  );
  expect(days.changes.filter((change) => change.id === id)).toHaveLength(3);
});

test('a step taken in time is never escalated', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) =>
    days.rooms.open(turn, { title: '电梯困人', assignee: 'engineer-1', category: 'lift', priority: 1 }),
  );
  await days.goTo(start + 5 * min - 1);
  await days.act((turn) => days.rooms.act(turn, id, { action: 'accept' }, null));
  await days.goTo(start + 15 * min - 2);
  await days.act((turn) => days.rooms.act(turn, id, { action: 'arrive' }, null));
  await days.goTo(start + 4 * hour);
  expect(days.rooms.committed.get(id)?.ticket.escalation).toBe(0);
});

test('a deadline that passed while the gateway was down is acted on at its return, once', async () => {
  const { days } = await createHouse();
  const { id } = await days.act((turn) =>
    days.rooms.open(turn, { title: '电梯困人', assignee: 'engineer-1', category: 'lift', priority: 1 }),
  );
  days.sleepTo(start + hour);
  await days.restart();
  await days.goTo(start + hour);
  expect(days.rooms.committed.get(id)?.ticket).toMatchObject({ escalation: 1, dueAt: start + 5 * min });
  await days.goTo(start + hour + 5 * min);
  expect(days.rooms.committed.get(id)?.ticket.escalation).toBe(2);
});

test('a month of tickets and their escalations is the same with a restart after every step', async () => {
  const plain = await tellMonth(false);
  const restarted = await tellMonth(true);
  expect(plain.length).toBe(90);
  expect(plain.filter((ticket) => ticket.escalation === 2).length).toBeGreaterThan(5);
  expect(plain.filter((ticket) => ticket.escalation === 0).length).toBeGreaterThan(5);
  expect(restarted).toEqual(plain);
}, 120_000);

async function finish(days: SimulatedDays<ReturnType<typeof createTickets>>, id: string): Promise<void> {
  const state = days.rooms.committed.get(id)?.ticket.state;
  if (state === 'registered')
    await days.act((turn) => days.rooms.act(turn, id, { action: 'dispatch', assignee: 'engineer-1' }, null));
  for (const action of ['accept', 'arrive', 'resolve', 'verify', 'close'] as const)
    await days.act(
      (turn) => days.rooms.act(turn, id, { action }, null),
      by(action === 'verify' ? 'supervisor-1' : 'engineer-1'),
    );
}

/** Three matters a day for a month; the people are sometimes prompt, sometimes late, by a fixed pattern. */
async function tellMonth(restarting: boolean): Promise<Ticket[]> {
  const { days } = await createHouse(restarting);
  const story: { at: number; run: (turn: Turn) => unknown; who: string }[] = [];
  for (let n = 0; n < 90; n++) {
    const id = idOf(1_000 + n);
    let at = start + n * 8 * hour;
    const tell = (who: string, run: (turn: Turn) => unknown) => story.push({ at, run, who });
    tell('operator-1', (turn) =>
      days.rooms.open(turn, {
        id,
        title: `报事 ${n}`,
        category: n % 2 ? 'water' : 'lift',
        priority: ((n % 4) + 1) as 1 | 2 | 3 | 4,
        ...(n % 3 ? { assignee: 'engineer-1' } : {}),
      }),
    );
    if (n % 3 === 0) {
      at += ((n * 7) % 40) * min;
      tell('operator-1', (turn) =>
        days.rooms.act(turn, id, { action: 'dispatch', assignee: 'engineer-2' }, null),
      );
    }
    for (const action of ['accept', 'arrive', 'resolve', 'verify', 'close'] as const) {
      if (n % 10 === 9 && action === 'arrive') break;
      at += ((n * 13 + action.length * 11) % 90) * min;
      const who = action === 'verify' ? 'supervisor-1' : 'engineer-1';
      tell(who, (turn) => days.rooms.act(turn, id, { action }, `${action} ${n}`));
    }
  }
  story.sort((a, b) => a.at - b.at);
  for (const { at, run, who } of story) {
    await days.goTo(at);
    await days.act(run, by(who));
  }
  await days.goTo(start + 31 * 24 * hour);
  const rows = await days.query<{ doc: string }>('SELECT doc FROM ticket ORDER BY id');
  return rows.map((row) => JSON.parse(row.doc) as Ticket);
}
