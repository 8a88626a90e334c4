import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexToBytes } from '../bytes.ts';
import { decodeSparkplug, encodeCommand, encodeRebirth, sparkplugValue } from './codec.ts';
import { commandSparkplug } from './command.ts';
import { encodeHostState, saysHostGone } from './host-state.ts';
import {
  emptySparkplug,
  type SparkplugState,
  type SparkplugStep,
  sparkplugMessage,
  stepSparkplug,
  waitSparkplug,
} from './session.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/sparkplug-b.json', import.meta.url), 'utf8'),
) as { id: string; hex: string }[];
const bytes = (hex: string) => hexToBytes(hex) ?? new Uint8Array();
const bytesOf = (id: string) => bytes(vectors.find((one) => one.id === `sparkplug-${id}`)?.hex ?? '');
/** With another number: it stands last. */
const numbered = (id: string, seq: number) => bytesOf(id).with(-1, seq);

test.each([
  [0xffffffff, 1, -1],
  [0xff, 1, -1],
  [0xffff, 2, -1],
  [0x7fff, 2, 32_767],
  [0xffffffff, 3, -1],
  [0xffffffff, 7, 0xffffffff],
  [0xffffffff, null, 0xffffffff],
  [0xffffffffffffffffn, 4, -1],
  [5n, 8, 5],
  [2.5, 9, 2.5],
  [null, 3, null],
])('%s as datatype %s is %s', (raw, datatype, value) => {
  expect(sparkplugValue(raw, datatype)).toBe(value);
});

test.each([
  ['9A994141', 12.1],
  ['FFFF7F4B', 16_777_215],
  ['00002840', 2.625],
  ['0000807F', Infinity],
])('the float %s is %s', (hex, value) => {
  expect(decodeSparkplug(bytes(`120A0A016E200965${hex}1800`))?.metrics).toMatchObject([
    { name: 'n', datatype: 9, raw: value },
  ]);
});

test('any bytes are a payload or none; nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
      for (const { raw, datatype } of decodeSparkplug(any)?.metrics ?? []) sparkplugValue(raw, datatype);
    }),
    { numRuns: 20_000 },
  );
});

test('the command for a rebirth is a payload like any other', () => {
  expect(decodeSparkplug(encodeRebirth(1_700_000_000_000))).toMatchObject({
    at: 1_700_000_000_000,
    seq: null,
    metrics: [{ name: 'Node Control/Rebirth', datatype: 11, raw: true }],
  });
});

const carried = (datatype: number, value: number | boolean | string) => {
  const bytes = encodeCommand({ name: 'm', alias: null, datatype }, value, 0);
  const [metric] = (bytes && decodeSparkplug(bytes)?.metrics) ?? [];
  return metric && sparkplugValue(metric.raw, metric.datatype);
};

test.each([
  [1, -128],
  [2, -32_768],
  [3, -1],
  [4, -9_007_199_254_740_991],
  [5, 255],
  [6, 65_535],
  [7, 4_294_967_295],
  [8, 9_007_199_254_740_991],
  [9, 12.5],
  [10, 0.1],
  [11, true],
  [11, false],
  [12, '开'],
  [13, 1_700_000_000_000],
  [14, 'on'],
])('the datatype %s carries %j there and back', (datatype, value) => {
  expect(carried(datatype, value)).toBe(value);
});

test.each([
  [1, 128],
  [5, -1],
  [3, 1.5],
  [9, Number.NaN],
  [11, 1],
  [7, true],
  [7, '1'],
  [12, 5],
  [15, 'x'],
  [99, 1],
])('the datatype %s does not carry %j', (datatype, value) => {
  expect(carried(datatype, value)).toBeUndefined();
});

test('a whole number of any width is carried exactly, or not at all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.maxSafeInteger(), (datatype, value) => {
      const back = carried(datatype, value);
      expect(back === undefined || back === value).toBe(true);
    }),
  );
});

test('a command names its metric by the alias alone where there is one', () => {
  const command = encodeCommand({ name: 'm', alias: 7, datatype: 11 }, true, 1_700_000_000_000);
  expect(decodeSparkplug(command ?? new Uint8Array())?.metrics).toMatchObject([
    { name: null, alias: 7, raw: true },
  ]);
});

test('what a host says of itself is JSON with online and timestamp; only online false is its death', () => {
  expect(encodeHostState(true, 5)).toBe('{"online":true,"timestamp":5}');
  const dies = (text: string) => saysHostGone(Buffer.from(text));
  expect(dies(encodeHostState(false, 5))).toBe(true);
  for (const text of [encodeHostState(true, 5), 'OFFLINE', '', 'null', '[false]', '{"online":"false"}'])
    expect(dies(text)).toBe(false);
});

test('protobuf is loaded with the first message, not with the gateway', () => {
  const codec = new URL('./codec.ts', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    const { encodeRebirth } = await import(${JSON.stringify(codec)});
    const loaded = () => Object.keys(createRequire(${JSON.stringify(codec)}).cache).some((path) => path.includes('protobufjs'));
    const before = loaded();
    encodeRebirth(0);
    console.log(before, loaded());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stderr + stdout).toBe('false true\n');
});

describe('a host', () => {
  function host() {
    let state: SparkplugState = emptySparkplug;
    let now = 1_700_000_000_000;
    return {
      hear(topic: string, payload: Uint8Array): SparkplugStep {
        const message = sparkplugMessage(`spBv1.0/${topic}`, payload);
        if (!message) throw new Error(`${topic} is not from a node`);
        const step = stepSparkplug(state, message, now);
        state = step.state;
        return step;
      },
      /** Nothing comes. */
      wait(): Omit<SparkplugStep, 'problem'> {
        const names = new Map(['PumpRoom', 'Boiler', ''].map((name) => [name, name]));
        const step = waitSparkplug(state, new Map([['Plant/Edge1', names]]), now);
        state = step.state;
        return step;
      },
      state: () => state,
      pass(ms: number): void {
        now += ms;
      },
    };
  }
  const node = { node: 'Plant/Edge1', device: null };
  const room = { node: 'Plant/Edge1', device: 'PumpRoom' };
  const born = () => {
    const one = host();
    one.hear('Plant/NBIRTH/Edge1', bytesOf('nbirth'));
    return one;
  };
  const asked = ({ send }: Pick<SparkplugStep, 'send'>) => send.map(({ topic }) => topic);

  test('takes names, aliases and datatypes from births, and data by alias alone', () => {
    const one = host();
    expect(one.hear('Plant/NBIRTH/Edge1', bytesOf('nbirth')).outputs).toMatchObject([
      { type: 'online', ...node },
      {
        type: 'values',
        ...node,
        values: expect.arrayContaining([
          { name: 'Supply Voltage', value: 12.1, at: 1486144502122, historical: false },
        ]),
      },
    ]);
    expect(one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'))).toMatchObject({
      outputs: [
        { type: 'online', ...room },
        { type: 'values', values: [{ name: 'Tank/Level', value: 2.625 }, { value: true }, { value: -1 }] },
      ],
      send: [],
    });
    expect(one.hear('Plant/DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias'))).toMatchObject({
      outputs: [{ type: 'values', ...room, values: [{ name: 'Tank/Level', value: 2.5, at: 1700000002000 }] }],
      send: [],
    });
  });

  test('asks for births when it has none, once in ten seconds', () => {
    const one = host();
    const data = () => one.hear('Plant/DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias'));
    const first = data();
    expect(first.outputs).toEqual([]);
    expect(asked(first)).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
    one.pass(9_999);
    expect(asked(data())).toEqual([]);
    one.pass(1);
    expect(asked(data())).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
  });

  test('asks for births after a gap in the numbers, and takes what it understands', () => {
    const one = born();
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    one.hear('Plant/DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias'));
    // The same number again is no 3.
    const again = one.hear('Plant/DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias'));
    expect(again.outputs).toMatchObject([{ values: [{ value: 2.5 }] }]);
    expect(asked(again)).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
  });

  test('asks again for the births that a gap has made it miss until the node is born, be the request lost', () => {
    const one = born();
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    const data = (seq: number) => one.hear('Plant/DDATA/Edge1/PumpRoom', numbered('ddata-by-alias', seq));
    expect(asked(data(3))).toHaveLength(1);
    // No gap any more, and no birth either.
    expect(asked(data(4))).toEqual([]);
    one.pass(10_000);
    expect(asked(data(5))).toHaveLength(1);
    one.pass(10_000);
    expect(asked(one.wait())).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
    one.hear('Plant/NBIRTH/Edge1', bytesOf('nbirth'));
    one.pass(10_000);
    expect(asked(one.wait())).toEqual([]);
  });

  test('remembers a gap that fell into the ten seconds in which it does not ask', () => {
    const one = born();
    const data = (seq: number) => one.hear('Plant/DDATA/Edge1/PumpRoom', numbered('ddata-by-alias', seq));
    expect(asked(data(1))).toHaveLength(1);
    one.pass(5_000);
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', numbered('dbirth', 2));
    expect(asked(data(9))).toEqual([]);
    one.pass(5_000);
    expect(asked(data(10))).toHaveLength(1);
  });

  test('does not drive a node whose numbers never fit from birth to birth', () => {
    const one = host();
    one.wait();
    one.hear('Plant/NBIRTH/Edge1', bytesOf('nbirth'));
    expect(asked(one.hear('Plant/NDATA/Edge1', numbered('ddata-by-alias', 7)))).toEqual([]);
    one.pass(10_000);
    expect(asked(one.wait())).toHaveLength(1);
  });

  test('asks a node of which nothing comes, ever more seldom, down to once in five minutes', () => {
    const one = host();
    expect(asked(one.wait())).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
    for (const wait of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      one.pass(wait - 1);
      expect(asked(one.wait())).toEqual([]);
      one.pass(1);
      expect(asked(one.wait())).toHaveLength(1);
    }
    // It speaks: now it will answer.
    one.pass(10_000);
    expect(asked(one.hear('Plant/NDATA/Edge1', bytesOf('ddata-by-alias')))).toHaveLength(1);
    one.pass(10_000);
    expect(asked(one.wait())).toHaveLength(1);
  });

  test('tells once that a device did not come ten seconds after its node', () => {
    const one = born();
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    one.pass(9_999);
    expect(one.wait().outputs).toEqual([]);
    one.pass(1);
    expect(one.wait().outputs).toEqual([{ type: 'offline', node: 'Plant/Edge1', device: 'Boiler' }]);
    one.pass(10_000);
    expect(one.wait()).toMatchObject({ outputs: [], send: [] });
  });

  test('knows nothing any more of a node that the site no longer has', () => {
    const one = born();
    expect(waitSparkplug(one.state(), new Map(), 0).state).toEqual(emptySparkplug);
  });

  test('takes an alias as the device means it, then as the node does', () => {
    const one = host();
    one.hear('Plant/NBIRTH/Edge1', bytes('120C0A044E6F646510072009500112080A026F32100320091800'));
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    // Another device whose alias 3 is its Flow.
    one.hear('Plant/DBIRTH/Edge1/Other', bytes('120F0A04466C6F771003200965000000001802'));
    const named = (device: string, hex: string) =>
      one.hear(`Plant/DDATA/Edge1/${device}`, bytes(hex)).outputs;
    expect(named('PumpRoom', '1207100365000020401803')).toMatchObject([{ values: [{ name: 'Tank/Level' }] }]);
    expect(named('Other', '1207100365000020401804')).toMatchObject([{ values: [{ name: 'Flow' }] }]);
    expect(named('Other', '1204100750021805')).toMatchObject([{ values: [{ name: 'Node', value: 2 }] }]);
  });

  test('forgets the former names of a device that is born anew', () => {
    const one = born();
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytes('120F0A04466C6F771009200965000000001802'));
    const step = one.hear('Plant/DDATA/Edge1/PumpRoom', numbered('ddata-by-alias', 3));
    expect(step.outputs).toEqual([]);
    expect(asked(step)).toHaveLength(1);
  });

  test('dates a value from before by its own time alone', () => {
    const one = born();
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    const values = (hex: string) =>
      one.hear('Plant/DDATA/Edge1/PumpRoom', bytes(`08D0DF95FFBC31${hex}`)).outputs;
    expect(values('1207100365000020401802')).toMatchObject([{ values: [{ at: 1_700_000_002_000 }] }]);
    expect(values('12091003280165000020401803')).toMatchObject([
      { values: [{ at: null, historical: true }] },
    ]);
  });

  test('says a command to whom has been born, and why not to others', () => {
    const one = born();
    const command = (name: string, value: number | boolean) =>
      commandSparkplug(one.state(), room, { name, value }, 1_700_000_000_000);
    expect(command('Pump/Running', true)).toEqual({
      unable: 'Plant/Edge1/PumpRoom has not said its birth since the link is up',
    });
    one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth'));
    const said = command('Pump/Running', true);
    expect(said).toMatchObject({ topic: 'spBv1.0/Plant/DCMD/Edge1/PumpRoom' });
    expect('payload' in said && decodeSparkplug(said.payload)?.metrics).toMatchObject([
      { name: null, alias: 4, datatype: 11, raw: true },
    ]);
    expect(command('Pump/Runing', true)).toEqual({
      unable:
        'the birth of Plant/Edge1/PumpRoom declares no metric "Pump/Runing", only Tank/Level, Pump/Running, Pump/Faults',
    });
    expect(command('Pump/Running', 1)).toMatchObject({ unable: expect.stringContaining('cannot be 1') });
    expect(
      commandSparkplug(one.state(), node, { name: 'Node Control/Rebirth', value: true }, 0),
    ).toMatchObject({ topic: 'spBv1.0/Plant/NCMD/Edge1' });
    one.hear('Plant/NDEATH/Edge1', bytesOf('ndeath'));
    expect(command('Pump/Running', true)).toMatchObject({
      unable: expect.stringContaining('not said its birth'),
    });
  });

  test('asks for births when data come of a device that was not born', () => {
    const step = born().hear('Plant/DDATA/Edge1/PumpRoom', bytesOf('ddata-by-alias'));
    expect(step.outputs).toEqual([]);
    expect(asked(step)).toHaveLength(1);
  });

  test('loses a node with all its devices by its death, and needs its birth again', () => {
    const one = born();
    expect(one.hear('Plant/NDEATH/Edge1', bytesOf('ndeath')).outputs).toEqual([{ type: 'offline', ...node }]);
    expect(one.hear('Plant/DBIRTH/Edge1/PumpRoom', bytesOf('dbirth')).outputs).toEqual([]);
  });

  test('is not misled by the will of an earlier connection', () => {
    const one = born();
    const older = Uint8Array.from(bytesOf('ndeath'));
    older[older.length - 1] = 7;
    expect(one.hear('Plant/NDEATH/Edge1', older).outputs).toEqual([]);
  });

  test.each(['Plant/NCMD/Edge1', 'STATE/host', 'Plant/NBIRTH/Edge1/extra', 'Plant/DDATA/Edge1'])(
    'takes %s for no message of a node',
    (topic) => expect(sparkplugMessage(`spBv1.0/${topic}`, bytesOf('nbirth'))).toBeNull(),
  );

  test('tells bytes that are no payload', () => {
    expect(host().hear('Plant/NBIRTH/Edge1', bytesOf('json')).problem).toContain('no Sparkplug B payload');
  });

  test('never throws, whatever comes on whatever topic', () => {
    const topics = ['NBIRTH/e', 'NDEATH/e', 'NDATA/e', 'DBIRTH/e/d', 'DDATA/e/d', 'DDEATH/e/d'];
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom(...topics),
            fc.oneof(
              fc.uint8Array({ maxLength: 30 }),
              fc.constantFrom(...vectors.map(({ hex }) => bytes(hex))),
            ),
          ),
        ),
        (messages) => {
          const one = host();
          for (const [topic, payload] of messages) one.hear(`g/${topic}`, payload);
          one.pass(10_000);
          one.wait();
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
