import { describe, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { contactIdEvents } from '../protocols/contact-id/events.ts';
import { loadCatalogue } from './catalogue.ts';
import { panelEventOf, panelEventOfLetter, panelEventOfOpenClose, panelEventOfSia } from './panel-events.ts';

const kind = loadCatalogue({ siteDir: null, log: silentLog }).kinds.get('home-alarm-panel');
const known = new Set(Object.keys(kind?.events ?? {}));

function cid(event: string, qualifier: 1 | 3 | 6 = 1, zoneOrUser = '003', partition = '01') {
  return panelEventOf({ account: '1234', qualifier, event, partition, zoneOrUser });
}

test('every code of the table, begun, over or still there, is an event that the kind has', () => {
  const strange = [...contactIdEvents.keys(), '199', '299', '399', '499', '599', '699', 'A00', '0F0'].flatMap(
    (code) => ([1, 3, 6] as const).map((qualifier) => `${code} ${qualifier} ${cid(code, qualifier).type}`),
  );
  expect(strange.filter((row) => !known.has(row.split(' ')[2] ?? ''))).toEqual([]);
});

describe('Contact ID', () => {
  test.each<[string, 1 | 3 | 6, string]>([
    ['100', 1, 'medical'],
    ['110', 1, 'fire'],
    ['110', 3, 'fire.restore'],
    ['120', 1, 'panic'],
    ['121', 1, 'duress'],
    ['122', 1, 'panic'],
    ['131', 1, 'zone.alarm'],
    ['131', 3, 'zone.restore'],
    ['131', 6, 'panel.status'],
    ['137', 1, 'zone.tamper'],
    ['144', 3, 'zone.tamperRestore'],
    ['151', 1, 'gas'],
    ['154', 1, 'water'],
    ['158', 1, 'environment'],
    ['301', 1, 'panel.acLoss'],
    ['301', 3, 'panel.acRestore'],
    ['302', 1, 'panel.lowBattery'],
    ['332', 1, 'panel.busShort'],
    ['331', 1, 'panel.busOpen'],
    ['350', 1, 'panel.commFault'],
    ['371', 1, 'zone.lineOpen'],
    ['372', 1, 'zone.lineShort'],
    ['372', 3, 'zone.lineRestore'],
    ['381', 1, 'zone.fault'],
    ['384', 1, 'zone.lowBattery'],
    ['401', 1, 'panel.disarmed'],
    ['401', 3, 'panel.armed'],
    ['441', 3, 'panel.armed'],
    ['461', 1, 'panel.wrongCode'],
    ['406', 1, 'panel.cancel'],
    ['570', 1, 'zone.bypass'],
    ['570', 3, 'zone.unbypass'],
    ['602', 1, 'panel.test'],
    ['199', 1, 'panel.unclassified'],
    ['399', 1, 'panel.unclassified'],
    ['699', 1, 'panel.record'],
  ])('%s with qualifier %i is %s', (code, qualifier, type) => {
    expect(cid(code, qualifier).type).toBe(type);
  });

  test('a user code names a user, a zone code a zone; none in particular is left out', () => {
    expect({ ...cid('401', 3).data }).toMatchObject({ user: 3, partition: 1, mode: 'full' });
    expect({ ...cid('131').data }).toMatchObject({ zone: 3, partition: 1 });
    expect(cid('131', 1, '003', '00').data.partition).toBeUndefined();
  });
});

describe('SIA', () => {
  test.each([
    ['BA', 'zone.alarm'],
    ['BH', 'zone.restore'],
    ['BR', 'zone.restore'],
    ['FA', 'fire'],
    ['PA', 'panic'],
    ['HA', 'duress'],
    ['GA', 'gas'],
    ['TA', 'zone.tamper'],
    ['AT', 'panel.acLoss'],
    ['AR', 'panel.acRestore'],
    ['OP', 'panel.disarmed'],
    ['CL', 'panel.armed'],
    ['RP', 'panel.test'],
    ['ZZ', 'panel.unclassified'],
  ])('%s is %s', (code, type) => {
    const event = panelEventOfSia(code, '07');
    expect(event.type).toBe(type);
    expect(known.has(event.type)).toBe(true);
    expect([event.data.zone, event.data.user]).toContain(7);
  });
});

test('basic formats: openings name their user, letters their zone, an unknown letter rings', () => {
  expect({ ...panelEventOfOpenClose('C', '128', '1').data }).toMatchObject({
    user: 128,
    partition: 1,
    mode: 'full',
  });
  expect(panelEventOfOpenClose('O', '128', null).type).toBe('panel.disarmed');
  expect(panelEventOfLetter('A', '004')).toMatchObject({ type: 'zone.alarm', data: { zone: 4 } });
  expect(panelEventOfLetter('W', '004').type).toBe('panel.unclassified');
});
