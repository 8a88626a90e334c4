import { readFileSync } from 'node:fs';
import i18next from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { initReactI18next } from 'react-i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Kind, kindSchema } from '../../../gateway/contract/kind.ts';
import type { PointValue } from '../../../gateway/contract/reading.ts';
import { plantWords } from './i18n.ts';
import { Mimic } from './mimic.tsx';

beforeAll(() =>
  i18next.use(initReactI18next).init({
    ...{ lng: 'zh', resources: { zh: { plant: plantWords.zh } }, keySeparator: false },
    interpolation: { escapeValue: false },
  }),
);

const kindOf = (id: string): Kind =>
  kindSchema.parse(
    parse(readFileSync(new URL(`../../../devices/kinds/${id}.yaml`, import.meta.url), 'utf8')),
  );
const blower = kindSchema.parse({
  ...{ id: 'blower', label: { zh: '风机', en: 'Blower' }, category: 'power' },
  points: { running: { label: { zh: '运行', en: 'Running' }, type: 'bool' } },
});

type Shown = 'bright' | 'dark' | 'unknown';
interface Part {
  name: string;
  attributes: Record<string, string>;
  /** Its own, else that of the nearest group around it; undefined: it has none. */
  shown: Shown | undefined;
  text: string;
}

/** What stands in the markup, in its order, by the name that its style has. */
function partsOf(markup: string): Part[] {
  const parts: Part[] = [];
  const around: (Shown | undefined)[] = [];
  for (const [, slash, words = '', text = ''] of markup.matchAll(
    /<(\/?)\w+((?:\s[\w-]+="[^"]*")*)>([^<]*)/g,
  )) {
    if (slash === '/') {
      around.pop();
      continue;
    }
    const attributes = Object.fromEntries(
      [...words.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const own =
      attributes['data-unknown'] !== undefined
        ? 'unknown'
        : attributes['data-on'] === undefined
          ? undefined
          : attributes['data-on'] === 'true'
            ? 'bright'
            : 'dark';
    const shown = own ?? around.at(-1);
    around.push(shown);
    // A class of a module: its own name between what the bundler puts around it.
    const name = /^_?([A-Za-z]+)/.exec(attributes.class ?? '')?.[1] ?? '';
    parts.push({ name, attributes, shown, text });
  }
  return parts;
}

/** A drawing as it looks: how each kind of part shows, which parts there are, and how much is filled. */
function draw(kind: Kind, values: Record<string, PointValue>, settings = {}, large = false) {
  const device = { id: 'x', type: 't', name: 'x', area: 'a', settings };
  const read = (point: string) => values[point];
  const markup = renderToStaticMarkup(
    createElement(Mimic, { device, kind, type: undefined, read, doubtful: false, large }),
  );
  const parts = partsOf(markup);
  const named = (name: string) => parts.filter((part) => part.name === name);
  const number = (part: Part | undefined, name: string) =>
    part === undefined ? undefined : Number(part.attributes[name]);
  return {
    body: named('body')[0]?.shown,
    wires: named('wire').map(({ shown }) => shown),
    /** Water that flows, rays, jets. */
    lively:
      named('arrow').length + named('jet').length + (kind.id === 'light-circuit' ? named('rays').length : 0),
    filled: number(named('fill')[0], 'height'),
    wide: number(named('fill')[0], 'width'),
    limits: named('limit').length,
    doubts: named('doubtMark').filter(({ text }) => text === '?').length,
    loose: named('doubt').length,
    needle: named('needle')[0]?.attributes.d,
    at: number(named('body')[0], 'y'),
    blade: named('body')[0]?.attributes.d,
    crossed: named('cross').length,
    figures: [...named('figure'), ...named('figureMiddle')].map(({ text }) => text),
  };
}
type Look = Partial<ReturnType<typeof draw>>;

const none = {};
const unknown = 'unknown';
/** Unknown is drawn as unknown: never as bright, never as dark, never as empty. */
const table: [
  kind: string,
  values: Record<string, PointValue>,
  look: Look,
  settings?: Record<string, number>,
][] = [
  ['pump', { running: true }, { body: 'bright', lively: 1, doubts: 0 }],
  ['pump', { running: false }, { body: 'dark', lively: 0, doubts: 0 }],
  ['pump', { running: false, fault: true }, { body: 'dark', lively: 0, doubts: 0 }],
  ['pump', none, { body: unknown, lively: 0, doubts: 1 }],
  ['tank', { level: 2.8 }, { filled: 73.21, limits: 4, doubts: 0, crossed: 0 }],
  ['tank', { level: 1.4 }, { filled: 36.61, doubts: 0 }],
  ['tank', { level: 0 }, { filled: 0, doubts: 0 }],
  ['tank', { level: 99 }, { filled: 82 }],
  ['tank', { level: 2, isolated: true }, { crossed: 1 }],
  ['tank', none, { filled: undefined, limits: 4, doubts: 1 }],
  ['tank', { level: 3 }, { filled: 43.93 }, { overflowM: 5 }],
  ['sump', { level: 0.84, pumpRunning: true }, { filled: 38, body: 'bright', lively: 1, doubts: 0 }],
  ['sump', { level: 0, pumpRunning: false }, { filled: 0, body: 'dark', lively: 0, doubts: 0 }],
  ['sump', none, { filled: undefined, body: unknown, lively: 0, doubts: 1 }],
  ['water-feature', { running: true, level: 0.45 }, { body: 'bright', lively: 1, filled: 11, limits: 1 }],
  ['water-feature', { running: false }, { body: 'dark', lively: 0, filled: undefined, doubts: 0 }],
  ['water-feature', none, { body: unknown, lively: 0, doubts: 1 }],
  ['water-sensor', { wet: true }, { body: 'dark', filled: 10 }],
  ['water-sensor', { wet: false }, { body: 'bright', filled: undefined }],
  ['water-sensor', none, { body: unknown, filled: undefined }],
  ['pressure-sensor', { pressure: 750 }, { needle: 'M50 50L50.0 21.0', doubts: 0 }],
  ['pressure-sensor', { pressure: 0 }, { needle: 'M50 50L29.5 70.5' }],
  ['pressure-sensor', none, { needle: undefined }],
  [
    'mains-supply',
    { present: true, breakerClosed: true },
    { body: 'bright', wires: ['bright', 'bright', 'bright'] },
  ],
  [
    'mains-supply',
    { present: true, breakerClosed: false },
    { body: 'bright', wires: ['bright', 'dark', 'dark'] },
  ],
  ['mains-supply', { present: false }, { body: 'dark', wires: ['dark', 'dark'] }],
  ['mains-supply', { present: true }, { body: 'bright', wires: ['bright', 'bright'] }],
  ['mains-supply', { breakerClosed: true }, { body: unknown, wires: [unknown, 'bright', unknown] }],
  ['mains-supply', { breakerClosed: false }, { body: unknown, wires: [unknown, 'dark', 'dark'] }],
  ['mains-supply', none, { body: unknown, wires: [unknown, unknown] }],
  ['generator', { running: true, onLoad: true, fuelLevel: 50 }, { body: 'bright', filled: 24, loose: 0 }],
  ['generator', { running: false, onLoad: false }, { body: 'dark', filled: undefined, loose: 0 }],
  ['generator', none, { body: unknown, loose: 1 }],
  [
    'ups',
    { onBattery: false, charge: 100 },
    { body: 'bright', wires: ['bright', unknown, 'dark', 'bright'], wide: 48 },
  ],
  [
    'ups',
    { onBattery: true, bypass: false, charge: 25 },
    { body: 'bright', wires: ['dark', 'dark', 'bright', 'bright'], wide: 12 },
  ],
  ['ups', { onBattery: false, bypass: true }, { body: 'dark', wires: ['dark', 'bright', 'dark', 'bright'] }],
  ['ups', { onMains: true }, { body: 'bright', wires: ['bright', unknown, unknown, 'bright'], doubts: 1 }],
  ['ups', none, { body: unknown, wires: [unknown, unknown, unknown, unknown], wide: undefined, doubts: 1 }],
  ['light-circuit', { on: true }, { body: 'bright', lively: 1, doubts: 0 }],
  ['light-circuit', { on: false }, { body: 'dark', lively: 0, doubts: 0 }],
  ['light-circuit', none, { body: unknown, lively: 0, doubts: 1 }],
  ['light-sensor', { illuminance: 99_999 }, { body: 'bright', wide: 80 }],
  ['light-sensor', { illuminance: 0 }, { body: 'dark', wide: 0 }],
  ['light-sensor', none, { body: unknown }],
  ['temperature-sensor', { temperature: 60 }, { filled: 70, limits: 1 }],
  ['temperature-sensor', { temperature: 25 }, { filled: 41 }],
  ['temperature-sensor', none, { filled: undefined, limits: 1 }],
  ['lift', { recalled: false }, { body: 'bright', at: 22 }],
  ['lift', { recalled: true }, { body: 'dark', at: 62 }],
  ['lift', none, { body: unknown, at: 22 }],
  ['parking-barrier', { open: true }, { body: 'bright', blade: 'M19 50 46 4 53 8 27 55Z', doubts: 0 }],
  ['parking-barrier', { open: false }, { body: 'dark', blade: 'M22 48H94V57H22Z', doubts: 0 }],
  ['parking-barrier', none, { body: unknown, doubts: 1 }],
  ['blower', { running: true }, { body: 'bright' }],
  ['blower', { running: false }, { body: 'dark' }],
  ['blower', none, { body: unknown }],
];

describe('the drawing of a', () => {
  test.each(table)('%s with %j', (id, values, look, settings) => {
    const drawn = draw(id === 'blower' ? blower : kindOf(id), values, settings);
    for (const value of ['filled', 'wide'] as const)
      if (drawn[value] !== undefined) drawn[value] = Math.round(drawn[value] * 100) / 100;
    expect(drawn).toMatchObject(look);
  });

  test('large one says its limits in words', () => {
    const large = (id: string, values: Record<string, PointValue>) =>
      draw(kindOf(id), values, {}, true).figures;
    expect(large('tank', { level: 1 })).toEqual(['溢流 2.8', '高 2.5', '低 0.8', '缺水 0.3']);
    expect(large('sump', {})).toEqual(['高 1.2']);
    expect(large('generator', { fuelLevel: 50 })).toEqual(['油位']);
    expect(large('ups', { runtimeMin: 20 })).toEqual(['要求 30 min']);
    expect(large('temperature-sensor', {})).toEqual(['40 °C']);
  });
});
