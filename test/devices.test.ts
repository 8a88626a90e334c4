import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { detectWithinMs } from '../gateway/contract/alarm.ts';
import { askedLinks, type DeviceType, isAsked } from '../gateway/contract/device-type.ts';
import { eventTypeSchema } from '../gateway/contract/event.ts';
import type { Kind } from '../gateway/contract/kind.ts';
import { deviceSchema } from '../gateway/contract/site.ts';
import { loadCatalogue } from '../gateway/devices/catalogue.ts';
import { silenceMsOf } from '../gateway/devices/presence.ts';
import { readyDevice } from '../gateway/devices/registry.ts';
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
      'home-alarm-panel.notice',
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

describe('every fault that a device can tell', () => {
  /** What a point of this name tells of, and the field has an alarm for. */
  const meanings: [meaning: string, point: RegExp][] = [
    ['tamper', /tamper/i],
    ['mains', /^(mains|powered|present|onMains|onBattery|powerFail)$/],
    ['battery', /^(battery|batteryLow|charge|batteryVoltage)$/],
    ['line', /^line\d*$/],
    ['fault', /^(fault|pumpFault)$/],
  ];
  const meaningOf = (point: string) => meanings.find(([, name]) => name.test(point))?.[0];
  /** Of the two ways to say one thing only one must ring. */
  const otherWay: Readonly<Record<string, string>> = {
    'ups.onMains': 'onBattery',
    'ups.batteryVoltage': 'batteryLow',
  };

  const alarmsOfType = (type: DeviceType): [string, DeviceType['alarms'][string]][] =>
    Object.entries({ ...catalogue.kinds.get(type.kind)?.alarms, ...type.alarms });
  /** Such send or are bound to whatever their kind has; of others that name no points the protocol does it. */
  const open = (type: DeviceType) => ['native', 'composed'].includes(type.link);
  const fixed: readonly DeviceType['link'][] = ['osdp', 'uhppote', 'child', 'sia-dc09', 'surgard-mlr2'];
  const brings = (type: DeviceType, point: string) =>
    Object.hasOwn(type.points, point) ||
    open(type) ||
    (fixed.includes(type.link) && meaningOf(point) !== 'line');

  /** The alarms that a value of a point raises, and for an event whether its end is told, too. */
  function raisedBy(type: DeviceType, point: string, value: string | null): string[] {
    const kind = catalogue.kinds.get(type.kind);
    return alarmsOfType(type).flatMap(([name, { on }]) => {
      if (on.rule === 'above' || on.rule === 'below') return on.point === point ? [name] : [];
      if (on.rule === 'when') return new RegExp(`\\b${point}\\b`).test(on.when) ? [name] : [];
      if (on.rule === 'is')
        return [on, ...(on.or ? [on.or] : [])].some(
          (told) => told.point === point && (value === null || told.value === value),
        )
          ? [name]
          : [];
      if (on.rule !== 'event') return [];
      const rises = type.edges.some(
        (edge) =>
          edge.point === point &&
          edge.event === on.event &&
          'becomes' in edge &&
          (value === null || edge.becomes === value),
      );
      const ends = type.edges.some(
        (edge) =>
          edge.point === point &&
          edge.event === on.clearedBy &&
          (!('leaves' in edge) || value === null || edge.leaves === value),
      );
      // What only events tell (a panel's mains) is told by them.
      const told =
        kind?.events[on.event]?.sets?.[point] !== undefined &&
        !Object.hasOwn(type.points, point) &&
        !open(type);
      return (rises && ends) || (told && value === null) ? [name] : [];
    });
  }

  /** Every fault of every type: what tells it, and the alarms that it raises. */
  const faults = types.flatMap((type) =>
    Object.entries(catalogue.kinds.get(type.kind)?.points ?? {}).flatMap(([point, { values }]) => {
      const meaning = meaningOf(point);
      if (meaning === undefined || !brings(type, point) || otherWay[`${type.kind}.${point}`]) return [];
      const words =
        meaning === 'line'
          ? Object.keys(values ?? {}).filter((word) => !['normal', 'alarm'].includes(word))
          : [null];
      return words.map((word) => ({ type, point, word, meaning, alarms: raisedBy(type, point, word) }));
    }),
  );

  test('tamper, mains, battery, a line, a fault: is an alarm in words, and its end is told', () => {
    expect(faults.length).toBeGreaterThan(150);
    const silent = faults.filter(({ alarms: raised }) => raised.length === 0);
    expect(silent.map(({ type, point, word }) => `${type.id}.${point} ${word ?? ''}`.trim())).toEqual([]);
  });

  test('has an alarm of its own: none tells of two of them', () => {
    const told = new Map<string, Set<string>>();
    for (const { type, point, word, meaning, alarms: raised } of faults)
      for (const name of raised) {
        const key = `${type.id}.${name}`;
        // The eight lines of a module are told apart by their channel; a lid and a lid in the line are one tamper.
        const what =
          word === 'tamper'
            ? 'tamper'
            : meaning === 'line'
              ? `line ${word}`
              : meaning === 'tamper'
                ? 'tamper'
                : point;
        told.set(key, (told.get(key) ?? new Set()).add(what));
      }
    expect([...told].filter(([, what]) => what.size > 1).map(([key, what]) => [key, ...what])).toEqual([]);
  });

  test('is read where the product sends it under a name of its own: no other point swallows it', () => {
    const swallowed = types.flatMap((type) =>
      Object.entries(type.points).flatMap(([point, source]) =>
        [/tamper/i, /batter/i]
          .filter((name) => name.test(JSON.stringify(source)) && !name.test(point) && point !== 'charge')
          .map((name) => `${type.id}.${point} ${name.source}`),
      ),
    );
    expect(swallowed).toEqual([]);
  });

  test('of a line leaves what comes over it unknown', () => {
    for (const { id, points } of kinds)
      for (const [name, { values, type }] of Object.entries(points)) {
        if (meaningOf(name) !== 'line' || type !== 'enum') continue;
        const unknown = Object.entries(points).filter(([, { unknownWhile }]) => unknownWhile?.point === name);
        expect([id, name, unknown.length]).toEqual([id, name, 1]);
        expect(unknown[0]?.[1].unknownWhile?.is.sort()).toEqual(
          Object.keys(values ?? {})
            .filter((word) => !['normal', 'alarm'].includes(word))
            .sort(),
        );
      }
  });
});

/** How a device of a type is installed, as far as its silence depends on it. */
function installed(type: DeviceType) {
  const device = deviceSchema.parse({
    id: 'd',
    type: type.id,
    name: 'd',
    area: 'a',
    link: 'l',
    address: '1',
  });
  const live = readyDevice(catalogue, device);
  if (typeof live === 'string') throw new Error(live);
  return live;
}

describe('every type of a kind that is supervised', () => {
  const supervised = types.filter(({ kind }) => catalogue.kinds.get(kind)?.supervised);
  const silenceOf = (type: DeviceType) => silenceMsOf(installed(type), undefined);
  const byLink = (...links: DeviceType['link'][]) => supervised.filter(({ link }) => links.includes(link));

  test('that is polled is lost after its polls go unanswered', () => {
    const polled = byLink(...askedLinks, 'uhppote', 'osdp');
    expect(polled.length).toBeGreaterThan(15);
    for (const type of polled) {
      const longest = type.supervisionMs ?? 90_000;
      expect([type.id, silenceOf(type)]).toEqual([type.id, expect.any(Number)]);
      expect(silenceOf(type)).toBeGreaterThanOrEqual(type.pollMs);
      expect(silenceOf(type)).toBeLessThanOrEqual(longest);
    }
  });

  test('that speaks by itself is lost when its heartbeat fails', () => {
    const speaking = byLink('native', 'surgard-mlr2', 'ademco-685', 'sia-dc09', 'gbt26875');
    const silent = speaking.filter((type) => silenceOf(type) === null).map(({ id }) => id);
    expect(silent).toEqual([]);
    // A tag reader says nothing between two tags; a wand is only heard when it is read out.
    const mute = byLink('rfid-em4100-serial', 'none').map(({ id }) => id);
    expect(mute.sort()).toEqual(['camera', 'em4100-reader', 'patrol-wand']);
  });

  test('of MQTT has a will or the word of its bridge, and a time of silence where it has neither', () => {
    const unwatched = byLink('mqtt').filter((type) => {
      const sources = Object.values(type.points);
      // Sparkplug has deaths, an announcement names its topic of availability.
      const told = type.availability || sources.some((source) => 'metric' in source || 'entity' in source);
      return !told && silenceOf(type) === null;
    });
    expect(unwatched.map(({ id }) => id)).toEqual([]);
    const withoutWill = byLink('mqtt').filter(
      ({ availability, points }) =>
        !availability && !Object.values(points).some((source) => 'metric' in source || 'entity' in source),
    );
    expect(withoutWill.map(({ id }) => id).sort()).toEqual(['king-pigeon-rtu', 'king-pigeon-temperature']);
    for (const type of withoutWill) expect(type.supervisionMs).toBeLessThanOrEqual(600_000);
  });

  test('says its loss in words', () => {
    const wordless = supervised.filter(
      (type) =>
        !Object.values({ ...catalogue.kinds.get(type.kind)?.alarms, ...type.alarms }).some(
          ({ on }) => on.rule === 'supervision' && on.fault === 'offline',
        ),
    );
    expect(wordless.map(({ id }) => id)).toEqual([]);
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

  test('that is supervised and has points announces that it delivers no valid values, as gravely as its loss', () => {
    const ofFault = ({ alarms: definitions }: Kind, fault: 'offline' | 'stale') =>
      Object.values(definitions).find(({ on }) => on.rule === 'supervision' && on.fault === fault);
    const told = kinds.filter(({ supervised, points }) => supervised && Object.keys(points).length > 0);
    expect(told.length).toBeGreaterThanOrEqual(27);
    const alike = told.map((kind) => {
      const [lost, stale] = [ofFault(kind, 'offline'), ofFault(kind, 'stale')];
      const gravity = (definition = stale) =>
        definition && [definition.priority, definition.category, definition.ticket, definition.popup];
      return { id: kind.id, stale: gravity(), lost: gravity(lost) };
    });
    expect(alike.filter(({ stale, lost }) => stale === undefined || String(stale) !== String(lost))).toEqual(
      [],
    );
    expect(
      told.filter((kind) => ofFault(kind, 'stale')?.title.zh === ofFault(kind, 'offline')?.title.zh),
    ).toEqual([]);
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

  test('names its source and says how it is wired, in each language in which it is explained', () => {
    const words = { 'README.md': ['Source.', 'Wiring.'], 'README.zh.md': ['来源。', '接线。'] };
    const without = types.flatMap(({ id }) =>
      Object.entries(words).flatMap(([file, wanted]) => {
        const path = join(devices, id, file);
        if (!existsSync(path)) return [];
        const text = readFileSync(path, 'utf8');
        // A paragraph of its own with something in it.
        return wanted
          .filter((word) => !new RegExp(`^\\*\\*${word}\\*\\* \\S.{5,}`, 'm').test(text))
          .map((word) => `${id}/${file}: ${word}`);
      }),
    );
    expect(without).toEqual([]);
  });

  test('is explained in Chinese too, and the same there: headings, examples, names, limits', () => {
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
    const inChinese = (id: string) => join(devices, id, 'README.zh.md');
    expect(types.filter(({ id }) => !existsSync(inChinese(id))).map(({ id }) => id)).toEqual([]);
    for (const { id } of types) {
      const path = inChinese(id);
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
