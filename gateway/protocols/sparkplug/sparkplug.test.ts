import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexToBytes } from '../bytes.ts';
import { decodeSparkplug, encodeRebirth, sparkplugValue } from './codec.ts';
import { emptySparkplug, type SparkplugState, type SparkplugStep, stepSparkplug } from './session.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/sparkplug-b.json', import.meta.url), 'utf8'),
) as { id: string; hex: string }[];
const bytesOf = (id: string) =>
  hexToBytes(vectors.find((one) => one.id === `sparkplug-${id}`)?.hex ?? '') ?? new Uint8Array();

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

test('any bytes are a payload or none; nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const { raw, datatype } of decodeSparkplug(bytes)?.metrics ?? []) sparkplugValue(raw, datatype);
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

describe('a host', () => {
  function host() {
    let state: SparkplugState = emptySparkplug;
    let now = 1_700_000_000_000;
    return {
      hear(topic: string, payload: Uint8Array): SparkplugStep {
        const step = stepSparkplug(state, { topic: `spBv1.0/${topic}`, payload }, now);
        state = step.state;
        return step;
      },
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
  const asked = ({ send }: SparkplugStep) => send.map(({ topic }) => topic);

  test('takes names, aliases and datatypes from births, and data by alias alone', () => {
    const one = host();
    expect(one.hear('Plant/NBIRTH/Edge1', bytesOf('nbirth')).outputs).toMatchObject([
      { type: 'online', ...node },
      {
        type: 'values',
        ...node,
        values: expect.arrayContaining([{ name: 'Supply Voltage', value: 12.1, at: 1486144502122 }]),
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
    'does nothing about %s',
    (topic) => {
      expect(host().hear(topic, bytesOf('nbirth'))).toMatchObject({ outputs: [], send: [], problem: null });
    },
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
              fc.constantFrom(...vectors.map(({ hex }) => hexToBytes(hex) ?? new Uint8Array())),
            ),
          ),
        ),
        (messages) => {
          const one = host();
          for (const [topic, payload] of messages) one.hear(`g/${topic}`, payload);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
