import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { detectWithinMs } from '../gateway/contract/alarm.ts';
import { type DeviceType, isAsked } from '../gateway/contract/device-type.ts';
import { eventTypeSchema } from '../gateway/contract/event.ts';
import type { Kind } from '../gateway/contract/kind.ts';
import { loadCatalogue } from '../gateway/devices/catalogue.ts';
import { checkTypes } from '../gateway/devices/types-check.ts';
import { silentLog } from '../gateway/lib/log.ts';
import { formatProblem } from '../gateway/lib/yaml-file.ts';

// What must be true of every kind and every type at once. Names that must exist, units, limits, conditions and
// expressions are checked by the catalogue itself; a fault there is a problem of `checkTypes` below.

const devices = fileURLToPath(new URL('../devices', import.meta.url));
const catalogue = loadCatalogue({ siteDir: null, log: silentLog });
const kinds = [...catalogue.kinds.values()];
const types = [...catalogue.types.values()];
const check = checkTypes(devices);

/** Every `{zh, en}` below a value, with the path to it. */
function labels(value: unknown, path = ''): [string, { zh: string; en: string }][] {
  if (typeof value !== 'object' || value === null) return [];
  if ('zh' in value && 'en' in value && typeof value.zh === 'string')
    return [[path, value as { zh: string; en: string }]];
  return Object.entries(value).flatMap(([key, inner]) => labels(inner, `${path}.${key}`));
}

const alarmsOf = (owner: Kind | DeviceType) =>
  Object.entries(owner.alarms).map(([name, definition]) => ({ id: `${owner.id}.${name}`, definition }));
const alarms = [...kinds, ...types].flatMap(alarmsOf);

test('every definition is sound, and every case of every type comes out as it should', () => {
  expect(check.problems.map(formatProblem)).toEqual([]);
  expect(check.types.sort()).toEqual(types.map(({ id }) => id).sort());
  expect(check.casesPassed).toBeGreaterThanOrEqual(types.length);
});

test('what stands in Chinese is Chinese, and what stands in English is not', () => {
  const han = /\p{Script=Han}/u;
  const all = [...kinds, ...types].flatMap((one) => labels(one, one.id));
  expect(all.length).toBeGreaterThan(300);
  expect(all.filter(([, { zh, en }]) => !han.test(zh) || han.test(en)).map(([path]) => path)).toEqual([]);
});

describe('every alarm', () => {
  test('is told what to do in both languages, step for step alike', () => {
    const uneven = alarms.filter(({ definition: { guidance } }) => guidance.zh.length !== guidance.en.length);
    expect(uneven.map(({ id }) => id)).toEqual([]);
    const empty = alarms.filter(({ definition: { guidance } }) =>
      [...guidance.zh, ...guidance.en].some((step) => step.trim().length < 6),
    );
    expect(empty.map(({ id }) => id)).toEqual([]);
  });

  test('of panic, fire, gas, duress and medical help is critical, cannot be shelved, opens by itself and is fast', () => {
    const grave = alarms.filter(
      ({ definition: { on } }) =>
        on.rule === 'event' && ['panic', 'fire', 'gas', 'duress', 'medical'].includes(on.event),
    );
    expect(grave.length).toBeGreaterThanOrEqual(6);
    for (const { id, definition } of grave)
      expect({ id, ...definition }).toMatchObject({
        priority: 1,
        shelvable: false,
        popup: true,
        detectWithin: 'fast',
      });
  });

  test('of panic, fire, duress and medical help is latched: only a reset ends it', () => {
    const latched = alarms.filter(
      ({ definition: { on } }) =>
        on.rule === 'event' && ['panic', 'fire', 'duress', 'medical'].includes(on.event),
    );
    for (const { id, definition } of latched)
      expect({ id, on: definition.on }).toMatchObject({ on: { latched: true } });
  });

  test('by an event is over by another, latched, or momentary by intent', () => {
    const momentary = alarms.filter(
      ({ definition: { on } }) => on.rule === 'event' && !on.latched && on.clearedBy === undefined,
    );
    expect(momentary.map(({ id }) => id).sort()).toEqual([
      'card-reader.blockedCard',
      'door-controller.eventsLost',
      'door-controller.unknownDoorForced',
      'door-controller.warning',
      'door.blockedCard',
      'door.blockedCardGranted',
      'home-alarm-panel.unclassified',
      'home-alarm-receiver.unknownAlarm',
    ]);
  });

  test('of intrusion and forced doors opens by itself and is noticed within a second', () => {
    const names = ['home-alarm-panel.intrusion', 'perimeter-zone.intrusion', 'door.forced'];
    for (const { id, definition } of alarms.filter((alarm) => names.includes(alarm.id))) {
      expect({ id, ...definition }).toMatchObject({ popup: true, detectWithin: 'fast', priority: 2 });
    }
  });
});

describe('every kind', () => {
  test('that is supervised announces its loss', () => {
    const silent = kinds.filter(
      (kind) =>
        kind.supervised &&
        !Object.values(kind.alarms).some(({ on }) => on.rule === 'supervision' && on.fault === 'offline'),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  test('names its events as the field does', () => {
    const odd = kinds.flatMap(({ id, events }) =>
      Object.keys(events)
        .filter((event) => !eventTypeSchema.safeParse(event).success)
        .map((event) => `${id}.${event}`),
    );
    expect(odd).toEqual([]);
  });

  test('raises an alarm for each event of the class alarm', () => {
    const unheard = kinds.flatMap(({ id, events, alarms: definitions }) => {
      const raised = new Set(
        Object.values(definitions).flatMap(({ on }) => (on.rule === 'event' ? [on.event] : [])),
      );
      return Object.entries(events)
        .filter(([event, definition]) => definition.class === 'alarm' && !raised.has(event))
        .map(([event]) => `${id}.${event}`);
    });
    expect(unheard).toEqual([]);
  });

  test('has a type for a device to be installed by', () => {
    expect(kinds.filter(({ id }) => !types.some(({ kind }) => kind === id)).map(({ id }) => id)).toEqual([]);
  });
});

describe('every type', () => {
  test('is explained by its README: how it is installed, and what it does not do', () => {
    const unexplained = types.filter(({ id }) => {
      const path = join(devices, id, 'README.md');
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      return !text.includes(`type: ${id}`) || !text.includes('Known limits');
    });
    expect(unexplained.map(({ id }) => id)).toEqual([]);
  });

  test('that is explained in Chinese too says the same there: headings, examples, names, limits', () => {
    const parts = (path: string) => {
      const text = readFileSync(path, 'utf8');
      const prose = text.replace(/^```[\s\S]*?^```/gm, '');
      const code = (text.match(/^```[\s\S]*?^```/gm) ?? []).map((each) => each.replace(/\s*#.*$/gm, ''));
      return {
        headings: prose.match(/^#+ /gm),
        rows: prose.match(/^\|/gm)?.length ?? 0,
        code,
        names: [...new Set(prose.match(/`[^`]+`/g) ?? [])].sort(),
      };
    };
    const han = /\p{Script=Han}/u;
    const translated = types.filter(({ id }) => existsSync(join(devices, id, 'README.zh.md')));
    expect(translated.length).toBeGreaterThanOrEqual(40);
    for (const { id } of translated) {
      const path = join(devices, id, 'README.zh.md');
      const text = readFileSync(path, 'utf8');
      expect(parts(path), id).toEqual(parts(join(devices, id, 'README.md')));
      expect(text, id).toContain('**已知限制。**');
      const paragraphs = text.replace(/^```[\s\S]*?^```/gm, '').split(/\n\s*\n/);
      expect(
        paragraphs.filter((each) => each.trim() !== '' && !han.test(each)),
        id,
      ).toEqual([]);
    }
  });

  test('into which bytes come has cases that show them', () => {
    const without = types.filter(
      ({ id, link }) =>
        link !== 'none' &&
        (!existsSync(join(devices, id, 'cases')) || readdirSync(join(devices, id, 'cases')).length === 0),
    );
    expect(without.map(({ id }) => id)).toEqual([]);
  });

  test('is polled often enough for the fastest alarm of its kind', () => {
    const slow = types.filter((type) => {
      if (!isAsked(type.link)) return false;
      const kind = catalogue.kinds.get(type.kind);
      const rules = Object.values({ ...kind?.alarms, ...type.alarms }).filter(
        ({ on }) => on.rule !== 'supervision' && on.rule !== 'finding',
      );
      return rules.some(({ detectWithin }) => type.pollMs > detectWithinMs[detectWithin]);
    });
    expect(slow.map(({ id }) => id)).toEqual([]);
  });
});
