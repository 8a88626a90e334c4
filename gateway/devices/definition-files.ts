import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ZodType } from 'zod';
import { type DeviceType, deviceTypeSchema } from '../contract/device-type.ts';
import { type Kind, kindSchema } from '../contract/kind.ts';
import { suggestion } from '../lib/nearest.ts';
import { type FileProblem, YamlFile } from '../lib/yaml-file.ts';
import { issueProblems } from '../lib/zod-words.ts';
import { checkKind, checkType } from './definition-check.ts';
import type { ReportAt } from './definition-words.ts';

/** What was read of a folder of definitions: the sound ones by id, and what is wrong with the others. */
export interface Definitions<T> {
  sound: Map<string, T>;
  /** Where each sound one stands. */
  folders: Map<string, string>;
  /** Ids (names of folders) that were refused. */
  refused: string[];
  problems: FileProblem[];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function subfolders(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !entry.name.startsWith('_'))
    .map((entry) => entry.name)
    .sort();
}

/** Every `*.yaml` of `dir` as a kind; the file is named for the kind's id. */
export function readKinds(dir: string): Definitions<Kind> {
  const read: Definitions<Kind> = { sound: new Map(), folders: new Map(), refused: [], problems: [] };
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.yaml')) : [];
  for (const name of names.sort()) {
    const path = join(dir, name);
    const yaml = new YamlFile(readText(path) ?? '', path);
    const kind = yaml.check(kindSchema as ZodType<Kind>);
    if (kind) {
      if (kind.id !== basename(name, '.yaml'))
        yaml.report(
          ['id'],
          `the id must be the file's name: write id: ${basename(name, '.yaml')}, or rename the file`,
        );
      checkKind(kind, (...at) => yaml.report(...at));
    }
    read.problems.push(...yaml.problems);
    if (kind && yaml.problems.every(({ severity }) => severity !== 'error')) read.sound.set(kind.id, kind);
    else read.refused.push(basename(name, '.yaml'));
  }
  return read;
}

const blockSections = ['settings', 'points', 'commands', 'alarms'] as const;
/** What a type has whole from its block, unless it says it itself. */
const blockFields = ['supervisionMs', 'availability', 'bridge', 'at', 'whose', 'decode'] as const;

/** A type's own file and the shared blocks it names, as one value that still knows where each part stands. */
class MergedYaml {
  readonly file: YamlFile;
  readonly value: Record<string, unknown> | null;
  private readonly blocks: YamlFile[] = [];
  private readonly origins = new Map<string, YamlFile>();
  private readonly edgeOrigins: { file: YamlFile; index: number }[] = [];

  constructor(path: string, text: string | null, blockDirs: readonly string[]) {
    this.file = new YamlFile(text ?? '', path);
    if (text === null)
      this.file.report(
        [],
        'this file is missing; every device type has a type.yaml (docs/device-types.md shows one)',
      );
    this.value = asMapping(this.file.value) ? this.merge(asMapping(this.file.value) ?? {}, blockDirs) : null;
    if (this.value === null && text !== null && this.file.problems.length === 0)
      this.file.report([], 'the file must be a mapping: id, label, kind, link …');
  }

  get problems(): FileProblem[] {
    return [...this.file.problems, ...this.blocks.flatMap((block) => block.problems)];
  }

  get sound(): boolean {
    return this.problems.every(({ severity }) => severity !== 'error');
  }

  report: ReportAt = (path, message, options = {}) => {
    const [section, second] = path;
    if (section === 'edges' && typeof second === 'number') {
      const origin = this.edgeOrigins[second];
      if (origin) {
        origin.file.report(['edges', origin.index, ...path.slice(2)], message, options);
        return;
      }
    }
    const name = second ?? options.key;
    const origin = this.origins.get(`${String(section)}/${String(name)}`) ?? this.file;
    origin.report(path, message, options);
  };

  private merge(own: Record<string, unknown>, blockDirs: readonly string[]): Record<string, unknown> {
    const { _blocks: named = [], ...merged } = own;
    if (!Array.isArray(named)) {
      this.file.report(['_blocks'], '"_blocks" must be a list of names, for example [relay-8]');
      return merged;
    }
    const edges = Array.isArray(merged.edges) ? [...merged.edges] : [];
    for (const index of edges.keys()) this.edgeOrigins.push({ file: this.file, index });
    for (const [place, name] of named.entries()) {
      const block = this.block(name, place, blockDirs);
      const value = asMapping(block?.value);
      if (!block || !value) continue;
      for (const key of Object.keys(value)) {
        if (key !== 'edges' && ![...blockSections, ...blockFields].some((section) => section === key))
          block.report(
            [],
            `a block holds ${[...blockSections, 'edges', ...blockFields].join(', ')}, not "${key}"`,
            {
              key,
            },
          );
      }
      for (const field of blockFields) {
        if (value[field] === undefined || Object.hasOwn(merged, field)) continue;
        merged[field] = value[field];
        for (const key of Object.keys(asMapping(value[field]) ?? {}))
          this.origins.set(`${field}/${key}`, block);
      }
      for (const section of blockSections) {
        const theirs = asMapping(value[section]) ?? {};
        const ours = asMapping(merged[section]) ?? {};
        for (const key of Object.keys(theirs))
          if (!Object.hasOwn(ours, key)) this.origins.set(`${section}/${key}`, block);
        if (Object.keys(theirs).length > 0) merged[section] = { ...theirs, ...ours };
      }
      if (Array.isArray(value.edges)) {
        for (const [index, edge] of value.edges.entries()) {
          edges.push(edge);
          this.edgeOrigins.push({ file: block, index });
        }
      }
    }
    if (edges.length > 0) merged.edges = edges;
    return merged;
  }

  private block(name: unknown, place: number, dirs: readonly string[]): YamlFile | null {
    const known = dirs
      .filter((dir) => existsSync(dir))
      .flatMap((dir) =>
        readdirSync(dir)
          .filter((file) => file.endsWith('.yaml'))
          .map((file) => basename(file, '.yaml')),
      );
    const path = dirs
      .map((dir) => join(dir, `${String(name)}.yaml`))
      .find((candidate) => existsSync(candidate));
    if (typeof name !== 'string' || !/^[a-z0-9-]+$/.test(name) || path === undefined) {
      this.file.report(
        ['_blocks', place],
        `there is no block ${JSON.stringify(name)}${suggestion(String(name), known)} (known: ${known.join(', ')})`,
      );
      return null;
    }
    const block = new YamlFile(readText(path) ?? '', path);
    this.blocks.push(block);
    return block;
  }
}

function asMapping(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Where a device type stands, and among what. */
export interface TypePlace {
  dir: string;
  id: string;
  kinds: ReadonlyMap<string, Kind>;
  blockDirs: readonly string[];
  /** Ids that others hold already, and where. */
  taken: ReadonlyMap<string, string>;
}

/** One device type of a folder `<id>/type.yaml`, with the text that is there or shall be there; null: there is no file. */
export function readType(
  text: string | null,
  { dir, id, kinds, blockDirs, taken }: TypePlace,
): { type: DeviceType | null; problems: FileProblem[] } {
  const merged = new MergedYaml(join(dir, id, 'type.yaml'), text, blockDirs);
  if (!merged.value) return { type: null, problems: merged.problems };
  const result = deviceTypeSchema.safeParse(merged.value);
  if (!result.success) {
    for (const { path, key, message } of issueProblems(result.error.issues, deviceTypeSchema, merged.value))
      merged.report(path, message, { key });
    return { type: null, problems: merged.problems };
  }
  const type = result.data;
  if (type.id !== id)
    merged.report(['id'], `the id must be the folder's name: write id: ${id}, or rename the folder`);
  const elsewhere = taken.get(type.id);
  if (elsewhere) merged.report(['id'], `the id "${type.id}" is taken by ${elsewhere}; choose another`);
  const kind = kinds.get(type.kind);
  if (kind) checkType(type, kind, merged.report);
  else
    merged.report(
      ['kind'],
      `there is no kind "${type.kind}"${suggestion(type.kind, kinds.keys())} (known: ${[...kinds.keys()].join(', ')})`,
    );
  return { type: merged.sound ? type : null, problems: merged.problems };
}

/**
 * Every folder of `dir` with a `type.yaml`. Folders that begin with `_` or `.` and those in `except` are no types.
 * @param taken ids that others hold already, and where
 */
export function readTypes(
  dir: string,
  kinds: ReadonlyMap<string, Kind>,
  options: {
    blockDirs?: readonly string[];
    taken?: ReadonlyMap<string, string>;
    except?: readonly string[];
  } = {},
): Definitions<DeviceType> {
  const { blockDirs = [join(dir, '_blocks')], taken = new Map(), except = [] } = options;
  const read: Definitions<DeviceType> = { sound: new Map(), folders: new Map(), refused: [], problems: [] };
  for (const id of subfolders(dir)) {
    if (except.includes(id)) continue;
    const text = readText(join(dir, id, 'type.yaml'));
    const { type, problems } = readType(text, { dir, id, kinds, blockDirs, taken });
    read.problems.push(...problems);
    if (type) {
      read.sound.set(id, type);
      read.folders.set(id, join(dir, id));
    } else read.refused.push(id);
  }
  return read;
}
