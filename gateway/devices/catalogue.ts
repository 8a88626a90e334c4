import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type DeviceType, deviceTypeSchema, isAsked } from '../contract/device-type.ts';
import type { Kind, SettingDefinition } from '../contract/kind.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { type FileProblem, formatProblem } from '../lib/yaml-file.ts';
import { readBuiltIn } from './built-in.ts';
import { wrongArgument } from './command-args.ts';
import { refusedArgument, takenArguments } from './command-values.ts';
import { readType, readTypes } from './definition-files.ts';
import { own } from './definition-words.ts';
import { topicsOfType } from './mqtt-mapping.ts';
import { watchTypeFolders } from './watch-types.ts';

/** The kinds and types that come with Gatehouse. */
export const builtInDir = (() => {
  const absolute = fileURLToPath(new URL('../../devices', import.meta.url));
  const near = relative(process.cwd(), absolute);
  return near.startsWith('..') ? absolute : near || '.';
})();

/** What the site room asks of a type when it checks a site file; settings and alarms are of kind and type together. */
export interface TypeSummary {
  kind: string;
  link: DeviceType['link'];
  points: Kind['points'];
  events: Kind['events'];
  commands: Kind['commands'];
  /** What is wrong with what one of them would take with it, in words; null when nothing is. */
  argumentFault(command: string, args: Readonly<Record<string, unknown>>): string | null;
  settings: Readonly<Record<string, SettingDefinition>>;
  alarms: Kind['alarms'];
  /** Of a type with `link: mqtt`: all its topics, their names in braces still open. */
  topics: readonly string[];
  /** Whether its messages name the device, by its address. */
  namesInside: boolean;
}

export interface Catalogue {
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Built-in types and the site's own; of a broken file the last good one. */
  readonly types: ReadonlyMap<string, DeviceType>;
  /** What is wrong in the site's own types now. */
  readonly problems: readonly FileProblem[];
  /** For the site room (`SiteTypes`). */
  type(id: string): TypeSummary | undefined;
  ids(): Iterable<string>;
  /**
   * What the README of a type says, `README.zh.md` where Chinese is wanted and there is one; null when it has none. READMEs that
   * come with Gatehouse are in the language told; a site writes its README.md in whatever it likes (null).
   */
  readme(id: string, language: 'zh' | 'en'): { text: string; language: 'zh' | 'en' | null } | null;
  /** Where the site's own types stand; null when it has no place for them. */
  readonly siteDir: string | null;
  /** Where the types stand that come with Gatehouse. */
  readonly builtIn: string;
  /** What a text would be as the `type.yaml` of the site's own type `id`; nothing is kept. */
  check(id: string, text: string): { type: DeviceType | null; problems: readonly FileProblem[] };
  /** Reads the site's own types anew. */
  reload(): void;
  /**
   * Watches the site's own types and reloads them when a file there has changed and been left alone for a moment.
   * @returns stops watching
   */
  watchTypes(clock: Clock, onChange: (problems: readonly FileProblem[]) => void): () => void;
}

function summaryOf(type: DeviceType, kind: Kind): TypeSummary {
  const filled = new Set(Object.keys(type.points));
  for (const { sets = {} } of Object.values(kind.events))
    for (const point of Object.keys(sets)) filled.add(point);
  // A type that is asked, or reads topics, delivers what it reads and no more; a native device sends what its kind has, a
  // composed one is bound.
  const all = !isAsked(type.link) && type.link !== 'mqtt';
  const only = <T>(record: Readonly<Record<string, T>>, has: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => has(name)));
  return {
    kind: kind.id,
    link: type.link,
    points: only(kind.points, (name) => all || filled.has(name)),
    events: kind.events,
    commands: only(
      kind.commands,
      (name) =>
        kind.commands[name]?.internal !== true &&
        (type.link === 'composed' || Object.hasOwn(type.commands, name)),
    ),
    argumentFault(command, args) {
      const definition = own(kind.commands, command);
      const source = own(type.commands, command);
      if (!definition) return null;
      // Of a composed device the kind's limits hold, and those of what it is bound to when it is asked.
      return source
        ? refusedArgument({ takes: takenArguments(definition, source) }, args)
        : wrongArgument(args, definition.args);
    },
    settings: { ...kind.settings, ...type.settings },
    alarms: { ...kind.alarms, ...type.alarms },
    topics: topicsOfType(type),
    namesInside: type.whose !== undefined,
  };
}

/** The last good form of each of the site's types, so that a broken edit and a restart together lose nothing. */
function lastGood(dir: string, log: Logger) {
  const folder = join(dir, '.last-good');
  const pathOf = (id: string) => join(folder, `${id}.json`);
  return {
    read(id: string): DeviceType | null {
      try {
        return deviceTypeSchema.parse(JSON.parse(readFileSync(pathOf(id), 'utf8')));
      } catch {
        return null;
      }
    },
    keep(types: ReadonlyMap<string, DeviceType>): void {
      try {
        mkdirSync(folder, { recursive: true });
        for (const [id, type] of types) writeFileSync(pathOf(id), `${JSON.stringify(type, null, 1)}\n`);
      } catch (error) {
        log.warn({ folder, error: asError(error).message }, 'the last good device types could not be kept');
      }
    },
    forget(present: ReadonlySet<string>): void {
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder))
        if (!present.has(name.replace(/\.json$/, ''))) rmSync(join(folder, name), { force: true });
    },
  };
}

/**
 * Kinds and device types: the built-in ones, and the site's own in `siteDir`.
 * @throws type.invalid when a built-in file is broken, with file, line and column
 */
export function loadCatalogue(options: { siteDir: string | null; log: Logger; builtIn?: string }): Catalogue {
  const { siteDir, log, builtIn = builtInDir } = options;
  const { kinds, types: builtInTypes } = readBuiltIn(builtIn);
  const taken = new Map([...builtInTypes.keys()].map((id) => [id, `the built-in type ${join(builtIn, id)}`]));
  const store = siteDir === null ? null : lastGood(siteDir, log);
  let types = new Map(builtInTypes);
  let problems: readonly FileProblem[] = [];

  const blockDirs = () => [...(siteDir === null ? [] : [join(siteDir, '_blocks')]), join(builtIn, '_blocks')];

  function reload(): void {
    if (siteDir === null || !store) return;
    const read = readTypes(siteDir, kinds, { blockDirs: blockDirs(), taken });
    const next = new Map(builtInTypes);
    for (const [id, type] of read.sound) next.set(id, same(types.get(id), type));
    for (const id of read.refused) {
      if (taken.has(id)) continue;
      const last = types.get(id) ?? store.read(id);
      if (last && kinds.has(last.kind)) next.set(id, last);
    }
    if (read.sound.size > 0) store.keep(read.sound);
    store.forget(new Set([...read.sound.keys(), ...read.refused]));
    types = next;
    problems = read.problems;
  }

  /** The object of before when nothing changed, so that its devices need not be built anew. */
  function same(before: DeviceType | undefined, now: DeviceType): DeviceType {
    return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
  }

  reload();
  return {
    siteDir,
    builtIn,
    kinds,
    get types() {
      return types;
    },
    get problems() {
      return problems;
    },
    type(id) {
      const type = types.get(id);
      const kind = type && kinds.get(type.kind);
      if (!type || !kind) return undefined;
      return summaryOf(type, kind);
    },
    ids: () => types.keys(),
    readme(id, language) {
      // Only what is a type is a folder that may be read.
      const root = builtInTypes.has(id) ? builtIn : types.has(id) ? siteDir : null;
      if (root === null) return null;
      const read = (name: string) => {
        try {
          return readFileSync(join(root, id, name), 'utf8');
        } catch {
          return null;
        }
      };
      const chinese = language === 'zh' ? read('README.zh.md') : null;
      if (chinese !== null) return { text: chinese, language: 'zh' };
      const text = read('README.md');
      return text === null ? null : { text, language: root === builtIn ? 'en' : null };
    },
    check: (id, text) => readType(text, { dir: siteDir ?? '', id, kinds, blockDirs: blockDirs(), taken }),
    reload,
    watchTypes(clock, onChange) {
      if (siteDir === null) return () => {};
      return watchTypeFolders(siteDir, { clock, log }, () => {
        reload();
        for (const problem of problems)
          log.warn({ problem: formatProblem(problem) }, 'a device type is refused');
        onChange(problems);
      });
    },
  };
}

/** The form of `type.yaml` for editors (JSON Schema 2020-12); `_blocks` is resolved before the schema sees a file. */
export function typeJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(deviceTypeSchema, { io: 'input' }) as Record<string, unknown>;
  const properties = (schema.properties ?? {}) as Record<string, unknown>;
  return {
    ...schema,
    title: 'Gatehouse device type',
    properties: { _blocks: { type: 'array', items: { type: 'string' } }, ...properties },
  };
}
