import { expect, test } from 'vitest';
import { formatProblem } from '../lib/yaml-file.ts';
import { emptyDocs } from './docs.ts';
import { exportSite } from './export.ts';
import { checkSiteFile, readSite } from './file.ts';
import { siteTypes } from './site-fixture.ts';

const site = `site: { id: garden, name: 花园小区 }
areas:
  - { id: garden, name: 花园小区, kind: site }
devices:
  - { id: water-main, type: flow-meter, name: 总水表, area: garden }
  - { id: water-2, type: flow-meter, name: 绿化水表, area: garden, meter: { main: water-main, account: public, digits: 5 } }
  - { id: power-main, type: power-meter, name: 总电表, area: garden, meter: { account: 商业 } }
  - { id: roof, type: power-meter, name: 光伏, area: garden, meter: { main: power-main, account: solar, generates: true } }
  - { id: light-1, type: wall-light, name: 灯, area: garden }
`;
const check = (
  text: string,
  current = { settings: null, docs: emptyDocs } as Parameters<typeof checkSiteFile>[1],
) => checkSiteFile(readSite(text, 'site.yaml'), current, { types: siteTypes, env: {} }, { prune: false });

test('a tree of meters has nothing wrong with it, and its export changes nothing', () => {
  const { problems, site: file, changes } = check(site);
  expect(problems).toEqual([]);
  if (!file || !changes) throw new Error('the site was refused');
  const docs = {
    ...emptyDocs,
    areas: new Map(file.areas.map((each) => [each.id, each])),
    devices: new Map(file.devices.map((each) => [each.id, each])),
  };
  const state = { settings: file.site, docs };
  expect(docs.devices.get('roof')?.meter).toEqual({ main: 'power-main', account: 'solar', generates: true });
  expect(check(exportSite(state, file.site, true), state).changes).toEqual([]);
});

// § marks where the problem is to be reported.
test.each([
  [
    'a main that is not there',
    'main: water-main',
    'main: §water-mian',
    'there is no device "water-mian"; did you mean "water-main"?',
  ],
  [
    'a main that counts something else',
    'main: water-main',
    'main: §power-main',
    '"power-main" counts as electricity-meter, "water-2" as water-meter',
  ],
  ['a main that is no meter', 'main: water-main', 'main: §light-1', '"light-1" counts as light'],
  [
    'a meter behind itself',
    'main: water-main',
    'main: §water-2',
    'the meter is behind itself (water-2 → water-2)',
  ],
  [
    'meters behind each other',
    'name: 总电表, area: garden, meter: { account: 商业 }',
    'name: 总电表, area: garden, meter: { main: §roof }',
    'behind itself (power-main → roof → power-main)',
  ],
  [
    'a place for what is no meter',
    'name: 灯, area: garden',
    'name: 灯, area: garden, §meter: { account: public }',
    'a light has no register; remove "meter"',
  ],
  ['an unknown field', 'account: public', '§acount: public', 'did you mean "account"?'],
  ['too few digits', 'digits: 5', 'digits: §2', '"digits" is too small: at least 4'],
])('%s is refused with line and column', (_, from, to, message) => {
  expect(site.split(from), `"${from}" stands once in the site`).toHaveLength(2);
  const marked = site.replace(from, to);
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  const place = `site.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  const { problems } = check(marked.replace('§', ''));
  expect(problems.map(formatProblem).join('\n')).toContain(`${place}: `);
  expect(problems.map(formatProblem).join('\n')).toContain(message);
});
