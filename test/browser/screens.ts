import { connectAsync } from 'mqtt';
import type { Page } from 'playwright-core';
import type { Round } from '../../gateway/contract/patrol.ts';
import type { SiteFile } from '../../gateway/contract/site.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { eventually, type House } from '../house.ts';
import { type DemoHouse, testDevices } from './demo-house.ts';
import { addPlant, connectPlant, type PlantUnits } from './plant-site.ts';

// Every screen of the console, for the tests that look at all of them and for the pictures.

export interface Screen {
  name: string;
  path: string;
  /** What stands there when its first data have come, as a selector. */
  ready: string;
  /** What is done there before it is looked at. */
  prepare?: (page: Page) => Promise<void>;
}

/** What the screens of a lively house point at. */
export interface Life {
  alarm: string;
  ticket: string;
  round: string;
  card: string;
}

const { garden, desk, gate, reader } = testDevices;
const dayMs = 86_400_000;

/** A short route that begins every minute, so that a round is always under way. */
export function addPatrol(site: SiteFile): void {
  site.routes.push({
    id: 'gate-route',
    name: '出入口巡查',
    checkpoints: ['checkpoint-1', 'checkpoint-12', 'checkpoint-11'].map((checkpoint, i) => ({
      checkpoint,
      dueMin: i * 5,
    })),
    toleranceMin: 10,
    graceMin: 30,
    ordered: true,
    minWalkS: 10,
  });
  site.plans.push({
    id: 'every-minute',
    name: '每分钟',
    route: 'gate-route',
    schedule: '* * * * *',
    guards: ['guard-1'],
    enabled: true,
  });
}

/** What the screens need and the demo compound does not have. */
export function addScenery(site: SiteFile): void {
  addPatrol(site);
  addPlant(site);
}

/** The plant of `addScenery` at work, with a loss of mains behind it. Close it after the tests. */
export async function bringPlantToLife(house: DemoHouse): Promise<PlantUnits> {
  const plant = await connectPlant(house);
  await plant.powerCut();
  await plant.powerBack();
  return plant;
}

/**
 * Things happen in the compound, so that no screen is empty: a day of levels, alarms, tickets. A console should be open, or the
 * gateway raises an alarm that nobody sees them.
 */
export async function bringToLife(house: DemoHouse, historyStepMs = 600_000): Promise<Life> {
  const now = Date.now();
  for (let at = now - dayMs; at < now; at += historyStepMs)
    await house.publish(garden, 'readings', {
      at,
      values: { level: Math.round((1.6 + 0.5 * Math.sin((at / dayMs) * 4 * Math.PI)) * 1_000) / 1_000 },
    });
  // Nobody knows it, and its password is none.
  const stranger = { port: house.mqttPort, username: 'tasmota-4f', password: 'x', reconnectPeriod: 0 };
  await connectAsync(stranger).catch(() => {});
  // Not understood: a sensor that sends a word for a number.
  await house.publish(garden, 'readings', { values: { level: 'high' } });
  await house.event(desk, 'tamper');
  await house.event(gate, 'panic');
  await house.publish(garden, 'readings', { values: { level: 2.87 } });
  const alarm = await eventually('the tank overflows', async () =>
    (await house.openAlarms()).find(
      ({ device, definition }) => device === garden.id && definition === 'overflow',
    ),
  );
  const ticket = await eventually('the overflow has a ticket', async () => {
    const { body } = await house.api<{ items: Ticket[] }>('GET', '/tickets');
    return body.items.find((each) => each.alarm === alarm.id);
  });
  await house.api('POST', `/tickets/${ticket.id}/dispatch`, { assignee: '工程值班' });
  await house.api('POST', '/tickets', {
    title: '2 号楼大堂门闭门器漏油',
    area: 'building-2',
    category: 'access',
  });
  // Answered, so that its panel does not lie over every screen.
  await answerPanels(house);
  const card = await issueCards(house);
  await house.api('POST', '/patrol/uploads', wandNight(now));
  await eventually('the gateway has an alarm of its own', async () =>
    (await house.openAlarms()).find(({ definition }) => definition === 'clock-drift'),
  );
  return { alarm: alarm.id, ticket: ticket.id, round: '', card };
}

/** Cards in every state; the one that is answered waits for a controller that is not there. */
async function issueCards(house: DemoHouse): Promise<string> {
  const area = 'garage';
  const silent = { silenceS: 31_536_000 };
  for (const device of [
    {
      id: 'controller-garage',
      type: 'native-door-controller',
      name: '地库门禁控制器',
      area,
      settings: silent,
    },
    { id: 'door-bikes', type: 'controller-door', name: '自行车库门', area, parent: 'controller-garage' },
  ])
    await house.api('POST', '/devices', device);
  const issue = async (card: string, person: string, doors: string[]) =>
    (await house.api<{ id: string }>('POST', '/access/cards', { card, person, doors })).body.id;
  const act = (id: string, what: string, reason: string) =>
    house.api('POST', `/access/cards/${id}/${what}`, { reason });
  const own = ['door-b1-lobby', 'door-b1-stair'];
  for (const [card, room] of ['1-101', '1-102', '1-103', '1-201'].entries())
    await issue(String(20_000_001 + card * 2), `resident-${room}`, own);
  await act(await issue('20000101', 'resident-1-202', own), 'lost', '11-21');
  await act(await issue('20000103', 'resident-1-203', own), 'revoke', '11-20');
  return issue('20000105', 'engineer-1', [...own, 'door-b1-roof', 'door-b2-lobby', 'door-bikes']);
}

/**
 * The hour before as a wand brings it home; one record is no read. It is so fast that the gateway raises an alarm of its own.
 */
export function wandNight(now: number) {
  const fastMs = 400_000;
  const read = (minutesAgo: number) => now - minutesAgo * 60_000 + fastMs;
  return {
    reader: 'W5-0317',
    readerClock: now + fastMs,
    records: [
      { tag: '0100B00001', at: read(70) },
      { tag: '0100A00010', at: read(66) },
      { tag: '0100A0001B', at: read(60) },
      { tag: '', at: read(58) },
      { tag: '0100A0001A', at: read(55) },
    ],
  };
}

/** Acknowledges what opens the panel. */
export async function answerPanels(house: House): Promise<void> {
  for (const { id, popup } of await house.openAlarms())
    if (popup) await house.api('POST', `/alarms/${id}/acknowledge`, {});
}

/** A round of the short route that is under way. */
export async function runningRound(house: DemoHouse): Promise<string> {
  const round = await eventually(
    'a round has begun',
    async () => (await shortRounds(house)).find(({ state }) => state === 'running'),
    70_000,
  );
  return round.id;
}

/**
 * A guard checks in at the first place of the short route.
 * @returns the round that it counts for: in the second half of a minute that is the next one, once it has begun
 */
export async function checkIn(house: DemoHouse): Promise<string> {
  const proved = (rounds: Round[]) =>
    rounds.filter(({ checks }) => checks[0]?.at !== null).map(({ id }) => id);
  const before = new Set(proved(await shortRounds(house)));
  await house.event(reader, 'checkin', { tag: '0100A00010', guard: 'guard-1' });
  return eventually(
    'the check-in stands in a round',
    async () => proved(await shortRounds(house)).find((id) => !before.has(id)),
    70_000,
  );
}

async function shortRounds(house: DemoHouse): Promise<Round[]> {
  const { body } = await house.api<{ items: Round[] }>('GET', '/patrol/rounds');
  return body.items.filter(({ route }) => route === 'gate-route');
}

export async function walkRound(house: DemoHouse): Promise<string> {
  await runningRound(house);
  return checkIn(house);
}

export function screensOf({ alarm, ticket, round, card }: Life): Screen[] {
  return [
    { name: 'overview', path: '/overview', ready: '[data-testid^="mark-"]' },
    {
      name: 'overview-device',
      path: '/overview?device=tank-domestic',
      ready: '[data-testid="plan-card"]',
    },
    { name: 'alarms', path: '/alarms', ready: '[data-alarm]' },
    { name: 'alarm-detail', path: `/alarms/${alarm}`, ready: '[data-testid="trend"] canvas' },
    { name: 'alarm-history', path: '/alarms?list=history', ready: 'table, [role="grid"]' },
    { name: 'zones', path: '/zones', ready: '[data-testid^="zone-"]' },
    { name: 'devices', path: '/devices', ready: '[data-testid^="device-"] [data-quality]' },
    { name: 'device-detail', path: '/devices/tank-garden', ready: '[data-testid="trend"] canvas' },
    { name: 'device-door', path: '/devices/door-office', ready: '[data-testid^="command-"]' },
    { name: 'links', path: '/devices?list=links', ready: '[data-testid^="link-"]' },
    { name: 'plant', path: '/plant', ready: '[data-testid="tile-gen-1"] [data-quality]' },
    { name: 'plant-generator', path: '/plant/gen-1', ready: '[data-testid="step-stop"]' },
    { name: 'plant-tank', path: '/plant/tank-domestic', ready: '[data-testid="command-isolate"]' },
    { name: 'plant-light', path: '/plant/path-light', ready: '[data-testid="day-bar"]' },
    {
      name: 'plant-schedules',
      path: '/plant?view=schedules',
      ready: '[data-testid="schedule-fountain-day"]',
    },
    { name: 'plant-hours', path: '/plant?view=hours', ready: '[data-testid="hours-fountain"]' },
    { name: 'tickets', path: '/tickets', ready: '[data-testid^="ticket-"]' },
    { name: 'ticket-list', path: '/tickets?view=list&state=all', ready: 'tbody tr' },
    { name: 'ticket-detail', path: `/tickets/${ticket}`, ready: '[data-testid^="ticket-act-"]' },
    { name: 'patrol', path: '/patrol', ready: '[data-testid^="round-"]' },
    { name: 'patrol-rounds', path: '/patrol?view=rounds', ready: 'tbody tr' },
    { name: 'patrol-checkins', path: '/patrol?view=checkins', ready: 'tbody tr' },
    { name: 'patrol-uploads', path: '/patrol?view=uploads', ready: '[data-testid^="upload-"]' },
    {
      name: 'patrol-upload',
      path: '/patrol?view=uploads',
      ready: '[data-testid="upload-new"]',
      prepare: async (page) => {
        await page.getByTestId('upload-new').click();
        const name = '2026-03-01.csv';
        const text =
          '标签,时间\n0100A00010,2026-03-01 02:07:30\n6.55E+06,2026-03-01 02:09\n0100A0001B,31.02.\n';
        await page
          .getByRole('dialog')
          .locator('input[type=file]')
          .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
        await page
          .getByLabel(/^(巡更棒|Wand)$/)
          .first()
          .click();
        await page.getByRole('option').first().click();
        await page.getByTestId('upload-trial').locator('dl').waitFor();
      },
    },
    { name: 'patrol-round', path: `/patrol/${round}`, ready: 'h2' },
    { name: 'access', path: '/access', ready: '[data-testid^="door-"]' },
    { name: 'access-cards', path: '/access?view=cards', ready: '[data-testid^="card-"]' },
    { name: 'access-card', path: `/access?view=cards&card=${card}`, ready: '[data-testid="card-detail"]' },
    {
      name: 'access-card-issue',
      path: '/access?view=cards&door=door-b1-lobby',
      ready: '[data-testid="card-issue"]',
      prepare: async (page) => {
        await page.getByTestId('card-issue').click();
        await page.getByRole('dialog').getByRole('checkbox').nth(1).check();
      },
    },
    { name: 'access-search', path: '/access?view=search', ready: 'tbody tr' },
    { name: 'meters', path: '/meters', ready: '[data-testid="balances"] tbody tr' },
    { name: 'meters-account', path: '/meters?group=account', ready: '[data-testid="accounts"] tbody tr' },
    { name: 'meter', path: '/meters/power-main', ready: '[data-testid="bar"]' },
    {
      name: 'meter-reading',
      path: '/meters/water-garden',
      ready: '[data-testid="readings"] tbody tr',
      prepare: async (page) => {
        await page.getByTestId('enter-reading').click();
        await page.getByRole('dialog').waitFor();
      },
    },
    { name: 'integrate-links', path: '/integrate/links/plant', ready: '[data-testid="link-detail"]' },
    { name: 'integrate-strangers', path: '/integrate/strangers', ready: '[data-testid^="stranger-"]' },
    { name: 'integrate-letters', path: '/integrate/letters', ready: '[data-testid^="letter-"]' },
    { name: 'settings-me', path: '/settings/me', ready: 'h2' },
    { name: 'settings-users', path: '/settings/users', ready: 'tbody tr' },
    { name: 'settings-tokens', path: '/settings/tokens', ready: 'tbody tr' },
    { name: 'settings-audit', path: '/settings/audit', ready: 'tbody tr' },
    { name: 'wall', path: '/wall', ready: '[data-testid="wall-list"] li' },
  ];
}
