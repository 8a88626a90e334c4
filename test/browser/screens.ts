import type { Page } from 'playwright-core';
import type { SiteFile } from '../../gateway/contract/site.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { eventually } from '../house.ts';
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
  return { alarm: alarm.id, ticket: ticket.id, round: '' };
}

/** Acknowledges what opens the panel. */
export async function answerPanels(house: DemoHouse): Promise<void> {
  for (const { id, popup } of await house.openAlarms())
    if (popup) await house.api('POST', `/alarms/${id}/acknowledge`, {});
}

/** Waits for the round that has begun meanwhile, and has a guard check in at its first place. */
export async function walkRound(house: DemoHouse): Promise<string> {
  const round = await eventually(
    'a round has begun',
    async () => {
      const { body } = await house.api<{ items: { id: string; route: string; state: string }[] }>(
        'GET',
        '/patrol/rounds',
      );
      return body.items.find(({ route, state }) => route === 'gate-route' && state === 'running');
    },
    70_000,
  );
  await house.event(reader, 'checkin', { tag: '0100A00010', guard: 'guard-1' });
  return round.id;
}

export function screensOf({ alarm, ticket, round }: Life): Screen[] {
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
    { name: 'plant-tank', path: '/plant/tank-domestic', ready: '[data-testid="tank-isolate"]' },
    { name: 'plant-light', path: '/plant/path-light', ready: '[data-testid="day-bar"]' },
    { name: 'plant-ups', path: '/plant/ups-doors', ready: '[data-testid="mimic-ups-doors"]' },
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
    { name: 'patrol-round', path: `/patrol/${round}`, ready: 'h2' },
    { name: 'access', path: '/access', ready: '[data-testid^="door-"]' },
    { name: 'access-search', path: '/access?view=search', ready: 'tbody tr' },
    { name: 'settings-me', path: '/settings/me', ready: 'h2' },
    { name: 'settings-health', path: '/settings/health', ready: 'h2' },
    { name: 'settings-users', path: '/settings/users', ready: 'tbody tr' },
    { name: 'settings-tokens', path: '/settings/tokens', ready: 'tbody tr' },
    { name: 'settings-audit', path: '/settings/audit', ready: 'tbody tr' },
    { name: 'wall', path: '/wall', ready: '[data-testid="wall-list"] li' },
  ];
}
