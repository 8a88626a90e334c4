import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { demoSite } from '../../simulators/site/demo-site.ts';
import type { Device } from '../contract/site.ts';
import { deviceSchema, siteFileSchema } from '../contract/site.ts';
import { type Catalogue, loadCatalogue } from '../devices/catalogue.ts';
import { silentLog } from '../lib/log.ts';
import { YamlFile } from '../lib/yaml-file.ts';
import { emptyDocs } from '../site/docs.ts';
import { checkSiteFile, readSite } from '../site/file.ts';
import { knownColumns } from './columns.ts';
import { readCsv, writeCsv } from './csv.ts';
import { exampleDevices } from './examples.ts';
import { devicesSheet, type ExportedType, templateSheet } from './export.ts';
import { planRows } from './rows.ts';
import type { SiteNow } from './site-now.ts';
import type { Reading, Sheet } from './table.ts';
import { readWorkbook, writeWorkbook } from './workbook.ts';

let types: Catalogue;
beforeAll(() => {
  types = loadCatalogue({ siteDir: null, log: silentLog });
});

const byId = <T extends { id: string }>(all: readonly T[]) => new Map(all.map((one) => [one.id, one]));

function siteOf(devices: readonly Device[]): SiteNow {
  return {
    devices: byId(devices),
    ...{ areas: new Map(), links: new Map(), households: new Map(), wasRemoved: () => false },
  };
}

const formats: [string, (sheet: Sheet) => Promise<Reading>][] = [
  ['xlsx', async (sheet) => readWorkbook(await writeWorkbook([sheet]))],
  ['csv', async (sheet) => readCsv(Buffer.from(writeCsv(sheet.rows)), knownColumns)],
];

async function changesOf(site: SiteNow, sheet: Sheet, carry: (sheet: Sheet) => Promise<Reading>) {
  const reading = await carry(sheet);
  if ('problem' in reading) throw new Error(reading.problem.en);
  const { rows, problems } = planRows(reading.table, site, types);
  expect(problems).toEqual([]);
  expect(rows).toHaveLength(site.devices.size);
  return rows.filter(({ outcome }) => outcome !== 'same');
}

function demo() {
  const port = 4196;
  const text = demoSite({
    ...{ perimeterBus: port, plant: port, garden: port, meterBus: port },
    ...{ receiver: port, tagReader: port, cameras: port },
  });
  const site = new YamlFile(text, 'demo.yaml').check(siteFileSchema);
  if (!site) throw new Error('the demo site is broken');
  return JSON.parse(JSON.stringify(site)) as typeof site;
}

test.each(formats)('the demo compound, exported as %s and imported, is the same', async (_, carry) => {
  const { devices } = demo();
  expect(devices.length).toBeGreaterThan(50);
  for (const language of ['zh', 'en'] as const)
    expect(await changesOf(siteOf(devices), devicesSheet(devices, language), carry)).toEqual([]);
});

test.each(formats)(
  'the demo compound, exported as %s, is built anew on a site without devices',
  async (_, carry) => {
    const { devices, areas, links, households } = demo();
    const empty: SiteNow = {
      ...{ devices: new Map(), areas: byId(areas), links: byId(links), households: byId(households) },
      wasRemoved: () => false,
    };
    const reading = await carry(devicesSheet(devices, 'zh'));
    if ('problem' in reading) throw new Error(reading.problem.en);
    const { rows, problems } = planRows(reading.table, empty, types);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(byId(rows.flatMap(({ after }) => after ?? []))).toEqual(byId(devices));
  },
);

const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
const word = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.constantFrom('0101', '=1+1', '1-2', "'x", 'TRUE', ' 泵 ', 'a;b=c', 'Mar-1', '1e5', '-'),
);
const reference = fc.tuple(key, fc.stringMatching(/^[A-Za-z0-9]{1,6}$/)).map(([a, b]) => `${a}.${b}`);
const pair = fc.tuple(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
/** Devices of every form that the schema lets through, the strangest settings included. */
const device = fc.record(
  {
    id: key,
    type: fc.oneof(key, fc.constantFrom('dlt645-2007-meter', 'generic-modbus-io-8', 'contact-id-account')),
    name: word,
    area: key,
    link: key,
    address: fc.oneof(fc.nat(), word, fc.stringMatching(/^0\d{3,11}$/)),
    parent: key,
    bind: fc.dictionary(
      fc.oneof(fc.constantFrom('running', 'fault'), word),
      fc.oneof(
        reference,
        fc.record({ from: reference, invert: fc.boolean(), scale: fc.integer() }, { requiredKeys: ['from'] }),
      ),
    ),
    household: key,
    cameras: fc.array(key, { maxLength: 3 }),
    position: pair,
    shape: fc.array(pair, { minLength: 2, maxLength: 4 }),
    meter: fc.record(
      { main: key, account: word, generates: fc.boolean(), digits: fc.integer({ min: 4, max: 9 }) },
      { requiredKeys: [] },
    ),
    settings: fc.dictionary(
      fc.oneof(
        fc.constantFrom('silenceS', 'zones', 'ctRatio'),
        fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/),
      ),
      fc.oneof(
        word,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.dictionary(word, word),
      ),
    ),
  },
  { requiredKeys: ['id', 'type', 'name', 'area'] },
);

test.each(formats)('any site, exported as %s and imported, is the same', async (_, carry) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(device, { selector: ({ id }) => id, minLength: 1, maxLength: 6 }),
      async (drawn) => {
        const devices = drawn.flatMap((one) => {
          const parsed = deviceSchema.safeParse(JSON.parse(JSON.stringify(one)));
          return parsed.success ? [parsed.data] : [];
        });
        if (devices.length === 0) return;
        expect(await changesOf(siteOf(devices), devicesSheet(devices, 'en'), carry)).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});

test('the examples of the template are of every way, and an import passes them over', () => {
  const all = [...types.types].flatMap(([id, { label }]): ExportedType[] => {
    const summary = types.type(id);
    return summary ? [{ id, label, ...summary }] : [];
  });
  const { areas, links } = demo();
  const site: SiteNow = { ...siteOf([]), areas: byId(areas), links: byId(links) };
  const examples = exampleDevices(all, site);
  for (const example of examples) expect(deviceSchema.safeParse(example).error).toBeUndefined();
  expect(new Set(examples.map(({ type }) => types.type(type)?.link))).toEqual(
    new Set(all.map(({ link }) => link)),
  );
  const rows = templateSheet(examples, 'zh').rows as never;
  const planned = planRows({ format: 'csv', encoding: null, sheet: null, rows }, site, types);
  expect(planned.problems).toEqual([]);
  expect(planned.rows.every(({ outcome }) => outcome === 'example')).toBe(true);
});

test('the examples would be taken by a site that has their parents, but for links of its own', () => {
  const all = [...types.types].flatMap(([id, { label }]): ExportedType[] => {
    const summary = types.type(id);
    return summary ? [{ id, label, ...summary }] : [];
  });
  const examples = exampleDevices(all, siteOf([]));
  const line = { kind: 'bus', path: 'tcp://127.0.0.1:4001' };
  const lines = { modbus: 'modbus-rtu', dlt645: 'dlt645-2007' } as Record<string, string>;
  const links = [...new Set(examples.flatMap(({ link }) => link ?? []))].map((id, index) => {
    const way = id.replace(/-1$/, '');
    if (way === 'mqtt') return { id, kind: 'mqtt-bridge', prefixes: ['zigbee2mqtt', 'homeassistant'] };
    if (way === 'uhppote') return { id, kind: 'uhppote' };
    return { ...line, id, path: `tcp://127.0.0.1:${4_001 + index}`, protocol: lines[way] ?? way };
  });
  const place = { name: 'x', area: 'area-1' };
  const parents = [
    { id: 'controller-1', type: 'native-door-controller', ...place },
    { id: 'transmitter-1', type: 'gbt26875-transmitter', address: '000000000001', ...place },
    { id: 'receiver-1', type: 'surgard-receiver', link: 'second', ...place },
    { id: 'io-1', type: 'native-io-module', ...place },
  ];
  const file = {
    site: { id: 'x', name: 'x', timeZone: 'Asia/Shanghai' },
    areas: [{ id: 'area-1', name: 'x' }],
    links: [...links, { ...line, id: 'second', path: 'tcp://127.0.0.1:4999', protocol: 'surgard-mlr2' }],
    devices: [...parents, ...examples],
  };
  const draft = readSite(JSON.stringify(file), 'examples.yaml');
  const { problems } = checkSiteFile(
    draft,
    { settings: null, docs: emptyDocs },
    { types, env: {} },
    { prune: false },
  );
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(examples.length).toBeGreaterThan(20);
});
