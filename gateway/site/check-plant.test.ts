import { expect, test } from 'vitest';
import { formatProblem } from '../lib/yaml-file.ts';
import { emptyDocs, type SiteTypes } from './docs.ts';
import { checkSiteFile, readSite } from './file.ts';

const kinds: Record<string, { kind: string; alarms: object }> = {
  lamp: { kind: 'light-circuit', alarms: { againstPlan: {} } },
  pump: { kind: 'pump', alarms: {} },
  lux: { kind: 'light-sensor', alarms: {} },
  mains: { kind: 'mains-supply', alarms: {} },
  gen: { kind: 'generator', alarms: {} },
};
const types: SiteTypes = {
  type: (id) => {
    const found = kinds[id];
    if (!found) return undefined;
    const label = { zh: '市电', en: 'Mains' };
    return {
      ...{ link: 'native' as const, points: {}, events: {}, commands: {} },
      ...{
        kind: found.kind,
        alarms: { ...found.alarms },
        settings: { mains: { label, type: 'text' as const } },
      },
    };
  },
  ids: () => Object.keys(kinds),
};

const good = `
site: { id: garden, name: 花园 }
areas: [{ id: garden, name: 花园 }]
devices:
  - { id: lamp-1, type: lamp, name: 灯1, area: garden }
  - { id: lamp-2, type: lamp, name: 灯2, area: garden }
  - { id: pump-1, type: pump, name: 泵, area: garden }
  - { id: lux-1, type: lux, name: 照度, area: garden }
  - { id: mains-1, type: mains, name: 市电, area: garden }
  - { id: gen-1, type: gen, name: 发电机, area: garden, settings: { mains: mains-1 } }
schedules:
  - { id: night, name: 全夜, devices: [lamp-1], periods: [{ on: "18:30", off: "06:00", days: [mon] }] }
  - id: dusk
    name: 光控
    devices: [lamp-2]
    light: { sensor: lux-1, onBelowLx: 30, offAboveLx: 60 }
    exceptions: [{ dates: ["02-29", "2027-02-05/2027-02-12", "12-24/01-02"], periods: [{ on: "17:00", off: "24:00" }] }]
`;

function problemsOf(text: string): string[] {
  const state = { settings: null, docs: emptyDocs };
  const { problems } = checkSiteFile(
    readSite(text, 'site.yaml'),
    state,
    { types, env: {} },
    { prune: false },
  );
  return problems.map(formatProblem);
}

test('a sound plan has nothing wrong with it', () => {
  expect(problemsOf(good)).toEqual([]);
});

test.each<[what: string, from: string, to: string, words: string]>([
  ['a lamp that is not there', '[lamp-1]', '[lamp-9]', 'there is no device "lamp-9"; did you mean "lamp-1"?'],
  [
    'something that no schedule switches',
    '[lamp-1]',
    '[pump-1]',
    '"pump-1" is a pump; a schedule switches light circuits',
  ],
  ['one lamp in two schedules', '[lamp-2]', '[lamp-1]', '"lamp-1" is in schedule "night" already'],
  [
    'no times and no light',
    'periods: [{ on: "18:30", off: "06:00", days: [mon] }]',
    'periods: []',
    'it would never switch anything',
  ],
  ['a time that is none', '"18:30"', '"25:30"', 'write it as HH:MM'],
  ['a period that begins at the end of a day', '"18:30"', '"24:00"', 'a period begins at 00:00'],
  [
    'a period without length',
    '"06:00"',
    '"18:30"',
    'it begins and ends at 18:30; a whole day is 00:00 to 24:00',
  ],
  ['a weekday that is none', '[mon]', '[monday]', 'must be one of mon, tue'],
  ['a day that is none', '"02-29"', '"02-30"', 'there is no day 02-30'],
  [
    'a span that ends before it begins',
    '2027-02-05/2027-02-12',
    '2027-02-12/2027-02-05',
    'ends before it begins',
  ],
  [
    'a span with a year on one side',
    '2027-02-05/2027-02-12',
    '2027-02-05/02-12',
    'has a year on one side only',
  ],
  [
    'a sensor that is none',
    'sensor: lux-1',
    'sensor: lamp-1',
    '"lamp-1" is a light-circuit, not a light-sensor',
  ],
  ['thresholds without a margin', 'offAboveLx: 60', 'offAboveLx: 30', 'it must be above onBelowLx (30)'],
  [
    'a generator behind something else',
    'mains: mains-1',
    'mains: lux-1',
    '"lux-1" is a light-sensor, not a mains-supply',
  ],
  [
    'a generator behind nothing',
    'mains: mains-1',
    'mains: mains-2',
    'there is no device "mains-2"; did you mean "mains-1"?',
  ],
])('%s is told at its place', (_, from, to, words) => {
  expect(good.split(from)).toHaveLength(2);
  const problems = problemsOf(good.replace(from, to));
  expect(problems.join('\n')).toContain(words);
  const line = good.slice(0, good.indexOf(from)).split('\n').length;
  expect(problems[0]).toMatch(new RegExp(`^site\\.yaml:${line}:`));
});

test('a schedule that is switched off may name what another switches', () => {
  expect(problemsOf(good.replace('devices: [lamp-2]', 'devices: [lamp-1]\n    enabled: false'))).toEqual([]);
});
