import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import { builtInDir, loadCatalogue, typeJsonSchema } from './catalogue.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-types-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const head = `id: own-tank
label: { zh: 水箱, en: Tank }
kind: tank
link: native
`;
const modbus = head.replace('native', 'modbus');
const lines = modbus.replace('kind: tank', 'kind: io-module');
const meter = modbus.replace('modbus', 'dlt645').replace('kind: tank', 'kind: electricity-meter');

function write(text: string, id = 'own-tank'): void {
  mkdirSync(join(dir, id), { recursive: true });
  writeFileSync(join(dir, id, 'type.yaml'), text);
}

function load() {
  return loadCatalogue({ siteDir: dir, log: silentLog });
}

function problems(): string[] {
  return load().problems.map((problem) => formatProblem(problem).replace(`${dir}/`, ''));
}

const alarm = (on: string) => `alarms:
  mine:
    title: { zh: 报警, en: Alarm }
    priority: 2
    category: water
    on: ${on}
    guidance: { zh: [看], en: [look] }
`;

describe("the site's own types", () => {
  test('stand beside the built-in ones', () => {
    write(head);
    const catalogue = load();
    expect(catalogue.problems).toEqual([]);
    expect(catalogue.types.get('own-tank')).toMatchObject({ kind: 'tank', link: 'native', pollMs: 1_000 });
    expect(catalogue.types.has('native-tank')).toBe(true);
  });

  const faults: [text: string, start: string, mend: string][] = [
    ['', 'own-tank/type.yaml:1:1: ', 'mapping'],
    [
      head.replace('kind: tank', 'kind: tnak'),
      'own-tank/type.yaml:3:7: there is no kind "tnak"',
      'did you mean "tank"?',
    ],
    [head.replace('own-tank', 'other'), 'own-tank/type.yaml:1:5: the id must be the folder', 'id: own-tank'],
    [`${head}pollms: 3\n`, 'own-tank/type.yaml:5:1: "pollms" is not known here', 'pollMs'],
    [head.replace('link: native', 'link: zigbee'), 'own-tank/type.yaml:4:7: "link" must be one of', 'native'],
    [
      `${head}points:\n  levle: { json: values.x }\n`,
      'own-tank/type.yaml:6:3: there is no point "levle" here',
      'did you mean "level"?',
    ],
    [
      `${head}points:\n  level: { json: "values..x" }\n`,
      'own-tank/type.yaml:6:18: "values..x" is not a path',
      'values.level',
    ],
    [
      `${head}points:\n  level: { value: "overflow ? 1.0 : levl" }\n`,
      'own-tank/type.yaml:6:19: the expression does not compile',
      'levl',
    ],
    [
      `${head}points:\n  level: { value: "overflow" }\n`,
      'own-tank/type.yaml:6:19: "level" is a number',
      'gives a bool',
    ],
    [
      `${head}points:\n  level: { modbus: { function: 3, address: 0, type: int16 } }\n`,
      'own-tank/type.yaml:6:10: a modbus read needs link: modbus',
      'native',
    ],
    [
      `${modbus}points:\n  level: { modbus: { function: 3, address: 70000, type: int16 } }\n`,
      'own-tank/type.yaml:6:44: "address" is too large',
      '65535',
    ],
    [
      `${modbus}points:\n  overflow: { modbus: { function: 2, address: 0, type: int16 } }\n`,
      'own-tank/type.yaml:6:56: function 2 reads single bits',
      'bool',
    ],
    [modbus, 'own-tank/type.yaml:1:1: a type with link: modbus must read', 'one point'],
    [
      `${modbus}maxRead: 1\npoints:\n  level: { modbus: { function: 3, address: 0, type: float32 } }\n`,
      'own-tank/type.yaml:7:20: it takes 2 registers, and maxRead allows 1',
      'raise maxRead',
    ],
    [
      `${modbus}points:\n  level: { modbus: { function: 4, address: 0, type: int16 }, bands: { low: [0, 1] } }\n`,
      'own-tank/type.yaml:6:69: "level" has no words',
      'a point of type enum',
    ],
    [
      `${lines}points:\n  line1: { modbus: { function: 4, address: 0, type: uint16 }, bands: { nromal: [0, 1] } }\n`,
      'own-tank/type.yaml:6:72: there is no word "nromal" here',
      'did you mean "normal"?',
    ],
    [
      `${lines}points:\n  line1: { modbus: { function: 4, address: 0, type: uint16 }, bands: { open: [0, 1] }, otherwise: cut }\n`,
      'own-tank/type.yaml:6:99: there is no word "cut" here',
      'unclear',
    ],
    [
      `${lines}points:\n  line1: { modbus: { function: 4, address: 0, type: uint16 }, otherwise: unclear }\n`,
      'own-tank/type.yaml:6:74: it is the word of a number in none of the bands',
      'write bands beside it',
    ],
    [
      `${lines}points:\n  line1: { modbus: { function: 4, address: 0, type: uint16 }, bands: { open: [0, 2], short: [1, 3] } }\n`,
      'own-tank/type.yaml:6:93: "short": it begins at 1, within "open"',
      'a number has one word',
    ],
    [meter, 'own-tank/type.yaml:1:1: a type with link: dlt645 must read', 'one point'],
    [
      `${modbus}points:\n  level: { dlt645: { di: "00010000" } }\n`,
      'own-tank/type.yaml:6:10: a dlt645 read needs link: dlt645',
      'link: modbus',
    ],
    [
      `${meter}points:\n  power: { dlt645: { di: "0203000" } }\n`,
      'own-tank/type.yaml:6:26: "di" is "0203000"',
      'eight hex digits in quotes',
    ],
    [
      `${meter}points:\n  power: { dlt645: { di: 02030000 } }\n`,
      'own-tank/type.yaml:6:26: 02030000 would lose its leading zeros',
      'in quotes',
    ],
    [
      `${meter}points:\n  power: { dlt645: { di: "04A00101" } }\n`,
      'own-tank/type.yaml:6:26: "04A00101" is no number that Gatehouse knows',
      'state digits, decimals and signed',
    ],
    [
      `${meter}points:\n  voltageA: { dlt645: { di: "0201FF00", item: 3 } }\n`,
      'own-tank/type.yaml:6:47: "0201FF00" holds 3 values',
      'item is 0 to 2',
    ],
    [
      `${meter}points:\n  power: { dlt645: { di: "02030000", item: 1 } }\n`,
      'own-tank/type.yaml:6:44: "02030000" holds one value',
      'leave item out',
    ],
    [
      `${meter}points:\n  power: { dlt645: { di: "04A00101", digits: 5 } }\n`,
      'own-tank/type.yaml:6:46: "digits"',
      'multiple of 2',
    ],
    [
      `${head}settings:\n  highM: { label: { zh: 高, en: High }, unit: meter, default: 2 }\n`,
      'own-tank/type.yaml:6:46: "meter" is not a known unit',
      'known: m, cm',
    ],
    [
      `${head}settings:\n  highM: { label: { zh: 高, en: High }, unit: m, default: two }\n`,
      'own-tank/type.yaml:6:58: the default of "highM" must be a number',
      '',
    ],
    [
      `${head}settings:\n  way: { label: { zh: 顺序, en: Order }, type: text, default: up, values: { on: { zh: 顺, en: On }, off: { zh: 逆, en: Off } } }\n`,
      '"way" needs a default that is one of its values',
      'on, off',
    ],
    [
      `${head}settings:\n  way: { label: { zh: 顺序, en: Order }, type: text, default: on, values: { on: { zh: 顺, en: On } } }\n`,
      '"way" has values, so its type is text and there are at least two of them',
      '',
    ],
    [
      `${head}edges:\n  - { point: level, becomes: full, event: x }\n`,
      'own-tank/type.yaml:6:30: "level" never has this value',
      'a number',
    ],
    [
      `${head}commands:\n  fill: { native: true }\n`,
      'own-tank/type.yaml:6:3: there is no command "fill"',
      'known: isolate, restore',
    ],
    [
      head + alarm('{ rule: above, point: levle, limit: 2 }'),
      'own-tank/type.yaml:10:31: there is no point "levle"',
      'did you mean "level"?',
    ],
    [
      head + alarm('{ rule: above, point: overflow, limit: 2 }'),
      'own-tank/type.yaml:10:31: "overflow" is not a number',
      'rule "is"',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: 25 }'),
      'own-tank/type.yaml:10:45: the limit 25 can never be passed',
      '0 … 20',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: $hihgM }'),
      'own-tank/type.yaml:10:45: there is no setting "hihgM"',
      'did you mean "highM"?',
    ],
    [
      head + alarm('{ rule: is, point: overflow, value: 1 }'),
      'own-tank/type.yaml:10:45: "overflow" never has this value',
      'true or false',
    ],
    [
      head + alarm('{ rule: when, when: "level > " }'),
      'own-tank/type.yaml:10:29: the condition does not compile',
      'character',
    ],
    [
      head + alarm('{ rule: when, when: level * 2 }'),
      'own-tank/type.yaml:10:29: the condition gives a number',
      'compare',
    ],
    [
      head + alarm('{ rule: when, when: 1 > 2 }'),
      'own-tank/type.yaml:10:29: the condition reads no point',
      '',
    ],
    [
      head + alarm('{ rule: event, event: panic }'),
      'own-tank/type.yaml:10:31: there is no event "panic"',
      'known: tank.isolated, tank.inService',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: 1, unless: { point: isolatd, value: true } }'),
      'own-tank/type.yaml:10:65: there is no point "isolatd"',
      'did you mean "isolated"?',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: 1, unless: { point: isolated, value: 1 } }'),
      'own-tank/type.yaml:10:82: "isolated" never has this value',
      'true or false',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: 1, or: { point: overflow, value: 1 } }'),
      'own-tank/type.yaml:10:78: "overflow" never has this value',
      'true or false',
    ],
    [
      head + alarm('{ rule: above, point: level, limit: 1, while: { point: runs, value: true } }'),
      'own-tank/type.yaml:10:64: there is no point "runs"',
      'known: level, overflow, isolated',
    ],
    [
      `${head}${alarm('{ rule: is, point: overflow, value: true }')}    interlock: stop\n`,
      'own-tank/type.yaml:12:16: there is no command "stop"',
      'known: isolate, restore',
    ],
    [
      `${head}${alarm('{ rule: event, event: tank.isolated, instance: part }')}    covers: true\n`,
      'own-tank/type.yaml:12:13: an alarm that stands several times at a device covers nothing behind it',
      'take "covers" out',
    ],
    [
      `${head}commands: { isolate: { tells: tank.gone } }\n`,
      'own-tank/type.yaml:5:31: there is no event "tank.gone"',
      'known: tank.isolated, tank.inService',
    ],
    [
      head + alarm('{ rule: abvoe, point: level }'),
      'own-tank/type.yaml:10:17: "rule" must be one of',
      'above',
    ],
    [
      (head + alarm('{ rule: is, point: overflow, value: true }')).replace('priority: 2', 'priority: 9'),
      'own-tank/type.yaml:8:15: "priority" must be',
      '1 or 2',
    ],
    [
      `${head}_blocks: [relay-9]\n`,
      'own-tank/type.yaml:5:11: there is no block "relay-9"',
      'did you mean "relay-8"?',
    ],
    [`${head}label: { zh: x, en: y }\n`, 'own-tank/type.yaml:5:1: this name stands twice', 'remove'],
    [`${head}\tx: 1\n`, 'own-tank/type.yaml:5:', 'tab'],
  ];

  test.each(faults.map(([text, start, mend]) => ({ text, start, mend })))(
    '$start … $mend',
    ({ text, start, mend }) => {
      write(text);
      const catalogue = load();
      const [first] = catalogue.problems.map((problem) => formatProblem(problem).replace(`${dir}/`, ''));
      expect(first).toContain(start);
      expect(first).toContain(mend);
      expect(catalogue.types.has('own-tank')).toBe(false);
    },
  );

  test('the id of a built-in type is taken', () => {
    write(head.replace('own-tank', 'native-tank'), 'native-tank');
    expect(problems()[0]).toMatch(/type\.yaml:1:5: the id "native-tank" is taken by the built-in type/);
    expect(load().types.get('native-tank')?.label.en).toBe('Tank over MQTT');
  });

  test('a folder without a type.yaml is told as that', () => {
    mkdirSync(join(dir, 'empty-one'));
    expect(problems()[0]).toMatch(/^empty-one\/type\.yaml:1:1: this file is missing/);
  });

  test.each([
    [4, 30_006, 'write 5 (30006 less 30001)'],
    [3, 40_001, 'write 0 (40001 less 40001)'],
    [3, 30_006, null],
    [4, 5, null],
  ])('function %d at address %d, as a manual prints it, is warned of and taken', (code, address, mend) => {
    const read = `{ modbus: { function: ${code}, address: ${address}, type: uint16 } }`;
    write(`id: own-tank
label: { zh: 水箱, en: Tank }
kind: tank
link: modbus
points: { level: ${read} }
`);
    const told = problems().filter((line) => line.includes('as manuals print it'));
    expect(told).toEqual(mend === null ? [] : [expect.stringContaining(`warning: ${address} looks like`)]);
    if (mend !== null) expect(told[0]).toContain(mend);
    expect(load().types.has('own-tank')).toBe(true);
  });

  test('a warning does not refuse', () => {
    write(head + alarm('{ rule: when, when: level > 3 / 2 }'));
    expect(problems()[0]).toMatch(/warning: a division of two whole numbers/);
    expect(load().types.has('own-tank')).toBe(true);
  });
});

describe('shared blocks', () => {
  test("a type takes a block's parts; its own win", () => {
    write(
      `id: own-io
label: { zh: 模块, en: Module }
kind: io-module
link: modbus
_blocks: [relay-8]
points:
  out1: { modbus: { function: 1, address: 99, type: bool } }
`,
      'own-io',
    );
    const type = load().types.get('own-io');
    expect(load().problems).toEqual([]);
    expect(type?.points.out1).toMatchObject({ modbus: { address: 99 } });
    expect(type?.points.out8).toMatchObject({ modbus: { address: 7 } });
    expect(Object.keys(type?.commands ?? {})).toHaveLength(16);
  });

  test("the site has blocks of its own, and a fault in one is told at the block's place", () => {
    mkdirSync(join(dir, '_blocks'));
    writeFileSync(
      join(dir, '_blocks', 'mine.yaml'),
      'points:\n  level: { json: values.l }\n  leevl: { json: values.x }\n',
    );
    write(`${head}_blocks: [mine]\n`);
    expect(problems()[0]).toMatch(/^_blocks\/mine\.yaml:3:3: there is no point "leevl"/);
  });
});

describe('while the gateway runs', () => {
  test('a broken file is refused and the last good one stays, through a restart as well', () => {
    write(head);
    const catalogue = load();
    const good = catalogue.types.get('own-tank');
    write(`${head}pollMs: fast\n`);
    catalogue.reload();
    expect(catalogue.problems[0]).toMatchObject({ line: 5, severity: 'error' });
    expect(catalogue.types.get('own-tank')).toBe(good);
    expect(load().types.get('own-tank')).toEqual(good);
  });

  test('a type whose folder is gone is gone, and does not come back', () => {
    write(head);
    const catalogue = load();
    rmSync(join(dir, 'own-tank'), { recursive: true });
    catalogue.reload();
    expect(catalogue.types.has('own-tank')).toBe(false);
    write('broken: [');
    catalogue.reload();
    expect(catalogue.types.has('own-tank')).toBe(false);
  });

  test('a type that has not changed stays the same object', () => {
    write(head);
    const catalogue = load();
    const before = catalogue.types.get('own-tank');
    write(`${head}# a remark\n`);
    catalogue.reload();
    expect(catalogue.types.get('own-tank')).toBe(before);
  });

  test('a change of a file is seen, told and taken without a restart', async () => {
    const catalogue = load();
    const seen: number[] = [];
    const stop = catalogue.watchTypes(systemClock, (found) => seen.push(found.length));
    try {
      write(head);
      await vi.waitFor(() => expect(catalogue.types.has('own-tank')).toBe(true), { timeout: 10_000 });
      write(`${head}kind: pump\n`);
      await vi.waitFor(() => expect(seen.at(-1)).toBe(1), { timeout: 10_000 });
      expect(catalogue.types.get('own-tank')?.kind).toBe('tank');
      write(head.replace('kind: tank', 'kind: pump'));
      await vi.waitFor(() => expect(catalogue.types.get('own-tank')?.kind).toBe('pump'), { timeout: 10_000 });
      expect(seen.at(-1)).toBe(0);
    } finally {
      stop();
    }
  });

  test('a new file in the place of the old one, as editors save, is seen time and again', async () => {
    const catalogue = load();
    const stop = catalogue.watchTypes(systemClock, () => {});
    const put = (text: string) => {
      const draft = join(dir, 'own-tank', 'type.yaml~');
      writeFileSync(draft, text);
      renameSync(draft, join(dir, 'own-tank', 'type.yaml'));
    };
    try {
      write(head);
      for (const kind of ['pump', 'tank', 'pump']) {
        put(head.replace('kind: tank', `kind: ${kind}`));
        await vi.waitFor(() => expect(catalogue.types.get('own-tank')?.kind).toBe(kind), { timeout: 10_000 });
      }
    } finally {
      stop();
    }
  });
});

test('a type that comes with Gatehouse is shown in English to whoever reads Chinese, where it has no Chinese README', () => {
  const builtIn = join(dir, 'devices');
  cpSync(builtInDir, builtIn, { recursive: true });
  const { readme } = loadCatalogue({ siteDir: null, log: silentLog, builtIn });
  expect(readme('camera', 'zh')).toMatchObject({ language: 'zh', text: expect.stringContaining('# 摄像机') });
  unlinkSync(join(builtIn, 'camera', 'README.zh.md'));
  expect(readme('camera', 'zh')).toMatchObject({ language: 'en', text: expect.stringContaining('# Camera') });
});

test('a broken built-in file stops the start with every place', () => {
  const builtIn = join(dir, 'devices');
  cpSync(builtInDir, builtIn, { recursive: true });
  writeFileSync(join(builtIn, 'kinds', 'tank.yaml'), 'id: tank\nlabel: { zh: 水箱, en: Tank }\n');
  unlinkSync(join(builtIn, 'camera', 'type.yaml'));
  try {
    loadCatalogue({ siteDir: null, log: silentLog, builtIn });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    const { code, detail, errors } = error as Fault;
    expect(code).toBe('type.invalid');
    expect(detail).toContain('tank.yaml:1:1: "category" is missing');
    expect(errors.some(({ path }) => path.includes('camera/type.yaml:1:1'))).toBe(true);
  }
});

test('what makes a point of a kind unknown is a point with these words', () => {
  const builtIn = join(dir, 'devices');
  cpSync(builtInDir, builtIn, { recursive: true });
  const path = join(builtIn, 'kinds', 'perimeter-zone.yaml');
  const text = readFileSync(path, 'utf8');
  const said = (from: string, to: string) => {
    writeFileSync(path, text.replace(from, to));
    try {
      loadCatalogue({ siteDir: null, log: silentLog, builtIn });
      return '';
    } catch (error) {
      return (error as Fault).detail;
    }
  };
  expect(said('unknownWhile: { point: line,', 'unknownWhile: { point: lien,')).toMatch(
    /there is no point "lien" here.*"line"/s,
  );
  expect(said('[short, open, tamper', '[shrot, open, tamper')).toMatch(
    /there is no word "shrot" here.*short/,
  );
});

test('what a type is to the site check: only what it delivers and takes', () => {
  const catalogue = load();
  const relay = catalogue.type('waveshare-relay-8ch');
  expect(Object.keys(relay?.points ?? {})).toEqual(Array.from({ length: 8 }, (_, i) => `out${i + 1}`));
  expect(Object.keys(relay?.commands ?? {})).toContain('out8Off');
  expect(Object.keys(relay?.commands ?? {})).not.toContain('out9On');
  const pump = Object.keys(catalogue.type('composed-pump')?.commands ?? {});
  expect(pump).toEqual(['start', 'stop', 'setSpeed', 'setPressure']);
  expect(catalogue.type('contact-id-account')).toMatchObject({ kind: 'home-alarm-panel', commands: {} });
  expect(catalogue.type('native-fire-tank')?.alarms.low?.priority).toBe(1);
  expect(catalogue.type('nothing')).toBeUndefined();
});

test('editors get the form of a type as JSON Schema', () => {
  const schema = typeJsonSchema() as { properties: Record<string, unknown>; required: string[] };
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['_blocks', 'points', 'link']));
  expect(schema.required).toEqual(expect.arrayContaining(['id', 'kind', 'link']));
  expect(schema.required).not.toContain('pollMs');
});
