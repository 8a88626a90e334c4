import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SiteFile, siteFileSchema } from '../contract/site.ts';
import { emptyDocs, type SiteState } from './docs.ts';
import { exportSite } from './export.ts';
import { readSite } from './file.ts';
import { afterChanges, describePlan, planSite } from './plan.ts';
import { goodSite } from './site-fixture.ts';

const empty: SiteState = { settings: null, docs: emptyDocs };

function siteOf(text: string): SiteFile {
  const { site, yaml } = readSite(text, 'site.yaml');
  expect(yaml.problems).toEqual([]);
  if (!site) throw new Error('the text is no site');
  return site;
}

function stateOf(file: SiteFile): SiteState {
  return afterChanges(empty, planSite(empty, file, { prune: false }));
}

function planOf(current: SiteState, text: string, options: { prune: boolean }) {
  const { site, silent } = readSite(text, 'site.yaml');
  if (!site) throw new Error('the text is no site');
  const changes = planSite(current, site, { ...options, silent });
  return { changes, plan: describePlan(current, changes, site) };
}

const good = stateOf(siteOf(goodSite));

test('on an empty gateway everything is added, each thing after those it depends on', () => {
  const { plan } = planOf(empty, goodSite, { prune: true });
  expect(plan).toMatchObject({ change: [], remove: [], unchanged: 0, kept: 0 });
  expect([...new Set(plan.add.map((item) => item.class))]).toEqual([
    'site',
    'areas',
    'links',
    'households',
    'people',
    'devices',
    'checkpoints',
    'routes',
    'plans',
    'linkages',
  ]);
});

test('the same file again changes nothing', () => {
  const { changes, plan } = planOf(good, goodSite, { prune: true });
  expect(changes).toEqual([]);
  expect(plan).toEqual({ add: [], change: [], remove: [], unchanged: 26, kept: 0 });
});

test('a change names the fields, from what to what', () => {
  const text = goodSite.replace('highM: 3.2', 'highM: 2.8').replace('name: 排污泵', 'name: 1号排污泵');
  expect(planOf(good, text, { prune: false }).plan.change).toEqual([
    {
      class: 'devices',
      id: 'tank-1',
      name: '消防水池',
      fields: [{ field: 'settings.highM', from: 3.2, to: 2.8 }],
    },
    {
      class: 'devices',
      id: 'pump-1',
      name: '1号排污泵',
      fields: [{ field: 'name', from: '排污泵', to: '1号排污泵' }],
    },
  ]);
});

test('what the file leaves out stays, and goes only with prune, the dependent before what it depends on', () => {
  const text = 'site:\n  id: garden\n  name: 花园小区\nareas:\n  - id: garden\n    name: 花园小区\n';
  const kept = planOf(good, text, { prune: false });
  expect(kept.plan).toMatchObject({ remove: [], kept: 24 });
  const pruned = planOf(good, text, { prune: true });
  expect(pruned.plan.kept).toBe(0);
  expect([...new Set(pruned.plan.remove.map((item) => item.class))]).toEqual([
    'linkages',
    'plans',
    'routes',
    'checkpoints',
    'devices',
    'people',
    'households',
    'links',
    'areas',
  ]);
});

test('a plan says that private fields change, never what they hold', () => {
  const text = goodSite.replace('medical: 心脏病', 'medical: 糖尿病');
  const { plan } = planOf(good, text, { prune: false });
  expect(plan.change[0]?.fields).toEqual([{ field: 'medical', from: '…', to: '…' }]);
  expect(JSON.stringify(plan)).not.toMatch(/心脏病|糖尿病/);
});

test('private fields that the file does not mention stay as they are', () => {
  const text = goodSite
    .replace('    medical: 心脏病\n', '')
    .replace('    contacts:\n      - { name: 王芳, phone: "13800000000" }\n', '');
  expect(planOf(good, text, { prune: true }).changes).toEqual([]);
  const cleared = goodSite.replace('medical: 心脏病', 'medical: ""');
  expect(planOf(good, cleared, { prune: true }).plan.change[0]?.fields).toHaveLength(1);
});

describe('export', () => {
  const settingsOf = (state: SiteState) => {
    if (!state.settings) throw new Error('no settings');
    return state.settings;
  };

  test('an export without private fields holds none of them, and applying it changes nothing', () => {
    const text = exportSite(good, settingsOf(good), false);
    expect(text).not.toMatch(/心脏病|13800000000|^ *(contacts|medical)/m);
    expect(text).toMatch(/^# Without contacts/);
    expect(planOf(good, text, { prune: true }).changes).toEqual([]);
  });

  test('whatever the site holds, its export applied again changes nothing', () => {
    const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
    // Words that YAML would take for something else, and any text at all.
    const text = fc.oneof(
      fc.constantFrom(
        'yes',
        'null',
        '~',
        '0101',
        '1e3',
        '2026-01-01',
        '- a',
        'a: b',
        '#x',
        "it's",
        '"',
        '|',
        ' x ',
      ),
      fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }),
      fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
    );
    const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const unique = <T extends { id: string }>(arbitrary: fc.Arbitrary<T>) =>
      fc.uniqueArray(arbitrary, { selector: (thing) => thing.id, maxLength: 4 });
    const site = fc.record({
      site: fc.record({ id: key, name: text }),
      areas: unique(
        fc.record({
          id: key,
          name: text,
          parent: optional(key),
          outline: optional(
            fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
              minLength: 2,
              maxLength: 3,
            }),
          ),
        }),
      ),
      links: unique(
        fc.oneof(
          fc.record({ id: key, kind: fc.constant('modbus-tcp'), host: text }),
          fc.record({ id: key, kind: fc.constant('bus'), path: text, protocol: fc.constant('modbus-rtu') }),
        ),
      ),
      households: unique(
        fc.record({
          id: key,
          room: text,
          area: key,
          contacts: fc.array(fc.record({ name: text, phone: optional(fc.string()) }), { maxLength: 2 }),
          medical: optional(fc.string({ unit: 'grapheme' })),
        }),
      ),
      people: unique(fc.record({ id: key, name: text, cards: fc.array(fc.string(), { maxLength: 2 }) })),
      devices: unique(
        fc.record({
          id: key,
          type: key,
          name: text,
          area: key,
          address: optional(fc.oneof(fc.string(), fc.integer())),
          settings: optional(
            fc.dictionary(
              fc.string({ maxLength: 8 }).filter((name) => name !== '__proto__'),
              fc.oneof(value, fc.array(value, { maxLength: 2 })),
              { maxKeys: 3 },
            ),
          ),
        }),
      ),
    });
    fc.assert(
      fc.property(site, (raw) => {
        const file = siteFileSchema.parse(JSON.parse(JSON.stringify(raw)));
        const state = stateOf(file);
        const again = readSite(exportSite(state, settingsOf(state), true), 'export.yaml');
        expect(again.yaml.problems).toEqual([]);
        if (!again.site) throw new Error('the export is no site');
        expect(planSite(state, again.site, { prune: true, silent: again.silent })).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
