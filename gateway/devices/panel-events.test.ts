import { describe, expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { contactIdEvents } from '../protocols/contact-id/events.ts';
import { siaCodes } from '../protocols/sia-dc03/codes.ts';
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
    ['302', 3, 'panel.batteryRestore'],
    ['305', 1, 'panel.record'],
    ['309', 1, 'panel.batteryFault'],
    ['310', 1, 'panel.earthFault'],
    ['310', 3, 'panel.earthRestore'],
    ['311', 3, 'panel.batteryFaultRestore'],
    ['330', 1, 'panel.fault'],
    ['333', 1, 'panel.fault'],
    ['333', 3, 'panel.faultRestore'],
    ['337', 1, 'module.acLoss'],
    ['338', 1, 'module.lowBattery'],
    ['338', 3, 'module.batteryRestore'],
    ['341', 1, 'zone.tamper'],
    ['342', 3, 'module.acRestore'],
    ['351', 1, 'panel.commFault'],
    ['370', 1, 'zone.fault'],
    ['373', 1, 'zone.fault'],
    ['380', 1, 'zone.fault'],
    ['383', 1, 'zone.tamper'],
    ['383', 3, 'zone.tamperRestore'],
    ['332', 1, 'panel.busShort'],
    ['331', 1, 'panel.busOpen'],
    ['331', 3, 'panel.busRestore'],
    ['350', 1, 'panel.commFault'],
    ['371', 1, 'zone.lineOpen'],
    ['371', 3, 'zone.lineRestore'],
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

  test('no trouble is told by the same alarm as another sort of it, and each is over with its own restore', () => {
    // Mains, battery, module's mains, module's battery, earth, bus open, bus short, way out, line open, line short, detector, its
    // battery, its tamper, the panel itself.
    const sorts = [
      '301',
      '302',
      '342',
      '338',
      '310',
      '331',
      '332',
      '350',
      '371',
      '372',
      '380',
      '384',
      '383',
      '300',
    ];
    const told = sorts.map((code) => {
      const raised = Object.entries(kind?.alarms ?? {}).filter(
        ([, { on }]) => on.rule === 'event' && on.event === cid(code).type,
      );
      const [name, definition] = raised[0] ?? [];
      const over = definition?.on.rule === 'event' ? definition.on.clearedBy : undefined;
      return { code, alarms: raised.length, name, over: over === cid(code, 3).type };
    });
    expect(told.filter(({ alarms, over }) => alarms !== 1 || !over)).toEqual([]);
    expect(new Set(told.map(({ name }) => name)).size).toBe(sorts.length);
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
    const event = panelEventOfSia({ code, point: '07', area: '2', user: null });
    expect(event.type).toBe(type);
    expect(known.has(event.type)).toBe(true);
    expect([event.data.zone, event.data.user]).toContain(7);
    expect(event.data.partition).toBe(2);
  });

  test('every code of DC-03 that is listed becomes an event of the kind, and none of them rings as unknown', () => {
    for (const code of siaCodes) {
      const { type } = panelEventOfSia({ code, point: '1', area: null, user: null });
      expect(known.has(type) ? type : `${code}: ${type}`).not.toBe('panel.unclassified');
      expect([...known]).toContain(type);
    }
  });

  test.each([
    ['BA', 'BH'],
    ['BA', 'BR'],
    ['FT', 'FJ'],
    ['WA', 'WH'],
    ['ET', 'ER'],
    ['EM', 'EN'],
    ['YX', 'YZ'],
    ['VT', 'VR'],
    ['TA', 'TR'],
    ['XT', 'XR'],
    ['LT', 'LR'],
    ['YT', 'YR'],
    ['BB', 'BU'],
  ])('%s is over with %s: same code, same zone, so the alarm closes', (began, over) => {
    const [raised, restored] = [began, over].map((code) =>
      panelEventOfSia({ code, point: '012', area: '1', user: null }),
    );
    expect(restored?.data).toMatchObject({ code: began, zone: 12, sia: over });
    expect(raised?.data).toMatchObject({ code: began, zone: 12 });
    const closing = Object.values(kind?.alarms ?? {}).find(
      ({ on }) => on.rule === 'event' && on.event === raised?.type,
    );
    if (closing?.on.rule === 'event') expect(closing.on.clearedBy).toBe(restored?.type);
  });

  test('a leak is water, a sprinkler is fire, and a user without a number is the one that was named', () => {
    expect(panelEventOfSia({ code: 'WA', point: '1', area: null, user: null }).type).toBe('water');
    expect(panelEventOfSia({ code: 'SA', point: '1', area: null, user: null }).type).toBe('fire');
    expect(panelEventOfSia({ code: 'CL', point: '', area: '1', user: '22' }).data.user).toBe(22);
  });

  test('an unknown code of a family of records is kept, any other rings', () => {
    expect(panelEventOfSia({ code: 'RY', point: '', area: null, user: null }).type).toBe('panel.record');
    expect(panelEventOfSia({ code: 'FQ', point: '', area: null, user: null }).type).toBe(
      'panel.unclassified',
    );
  });
});

test("a panel's own codes go before the standard's, and what the number counts goes by the carrier", () => {
  const codes = {
    '113': { label: { zh: '水警', en: 'Water' }, raised: 'water', restored: 'water.restore' },
  };
  const message = { account: '1', qualifier: 1, event: '113', partition: '00', zoneOrUser: '004' } as const;
  expect(panelEventOf(message, codes)).toMatchObject({
    type: 'water',
    data: { codeNameZh: '水警', zone: 4 },
  });
  expect(panelEventOf({ ...message, qualifier: 3 }, codes).type).toBe('water.restore');
  expect(panelEventOf(message).type).toBe('fire');
  expect(panelEventOf({ ...message, event: '137' }, {}, 'user').data.user).toBe(4);
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
