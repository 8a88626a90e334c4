import { expect, test } from 'vitest';
import { emptyDocs } from './docs.ts';
import { checkSiteFile, readSite } from './file.ts';
import { siteTypes } from './site-fixture.ts';

const panel = 'id: home, type: panel-ip, name: 主机, area: garden';

/** What is wrong with a site of these devices. */
function problemsOf(...devices: string[]): string[] {
  const text = `site: { id: garden, name: 花园小区 }
areas: [{ id: garden, name: 花园小区, kind: site }]
links: [{ id: line, kind: bus, path: /dev/ttyUSB0, protocol: surgard-mlr2 }]
people: [{ id: li-wei, name: 李伟 }]
devices:
${devices.map((device) => `  - { ${device} }`).join('\n')}
`;
  const checked = checkSiteFile(
    readSite(text, 'site.yaml'),
    { settings: null, docs: emptyDocs },
    { types: siteTypes, env: { PANEL_KEY: 'AAAAAAAAAAAAAAAA' } },
    { prune: false },
  );
  return checked.problems.map(({ severity, message }) => `${severity}: ${message}`);
}

test('a panel over IP needs its account and no link; accounts may stand behind it', () => {
  expect(
    problemsOf(
      `${panel}, address: "0302", settings: { key: "env:PANEL_KEY", zones: { 3: 客厅 }, users: { 5: li-wei } }`,
      'id: behind, type: home-panel, name: 里面, area: garden, parent: home, address: "0401"',
      'id: receiver, type: receiver-ip, name: 接警机, area: garden',
    ),
  ).toEqual([]);
});

test.each([
  [panel, '"address" is missing: give the account that is typed into the panel'],
  [`${panel}, address: "12-34"`, '"12-34" is no account'],
  [`${panel}, address: "1302", link: line`, 'reports to the gateway\'s own alarm receiver; remove "link"'],
  [`${panel}, address: "1302", parent: home`, 'reports by itself; remove "parent"'],
  [`${panel}, address: "1302", settings: { key: secret }`, '"key" is a secret and never stands in the site'],
  [
    'id: receiver, type: receiver-ip, name: 接警机, area: garden, address: "1"',
    'the alarm receiver itself has no account',
  ],
])('%s is refused', (device, words) => {
  expect(problemsOf(device).join('\n')).toContain(words);
});

test('two panels with one account, and two receivers, are told apart from one another', () => {
  const other = panel.replace('id: home', 'id: other');
  expect(problemsOf(`${panel}, address: ab12`, `${other}, address: AB12`)).toEqual([
    expect.stringContaining('the address AB12 on the alarm receiver is already that of "home"'),
  ]);
  const receiver = 'type: receiver-ip, name: 接警机, area: garden';
  expect(problemsOf(`id: one, ${receiver}`, `id: two, ${receiver}`)).toEqual([
    expect.stringContaining('"one" is on the alarm receiver without an address, too'),
  ]);
});

const transmitter = 'id: tx, type: fire-transmitter, name: 传输装置, area: garden';
const part = 'id: smoke, type: fire-part, name: 烟感, area: garden, parent: tx';

test('a fire transmission device needs its address, and its parts their place', () => {
  expect(problemsOf(`${transmitter}, address: 889`, `${part}, address: "1-3-10-2"`)).toEqual([]);
  expect(problemsOf(`${transmitter}, address: "AC103CD56D1D"`, `${part}, address: "1-3"`)).toEqual([]);
});

test.each([
  [[transmitter], '"address" is missing: give the device\'s own address: twelve hex digits'],
  [[`${transmitter}, address: gate`], '"gate" is no address of a fire transmission device'],
  [[`${transmitter}, address: 889, link: line`], 'own fire receiver; remove "link"'],
  [
    [`${transmitter}, address: 889, parent: other`],
    'reports by itself; remove "parent", or use gbt26875-part',
  ],
  [[`${transmitter}, address: 889`, part], '"address" is missing: give system type, system address, zone'],
  [
    [`${transmitter}, address: 889`, `${part}, address: 12`],
    '12 names nothing behind a fire transmission device',
  ],
  [
    [
      `${transmitter}, address: 889`,
      'id: two, type: fire-transmitter, name: 二, area: garden, address: "790300000000"',
    ],
    'the address 790300000000 on the fire receiver is already that of "tx"',
  ],
])('%j is refused', (devices, words) => {
  expect(problemsOf(...devices).join('\n')).toContain(words);
});
