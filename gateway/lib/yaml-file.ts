import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { ZodType } from 'zod';
import { issueProblems } from './zod-words.ts';

export type YamlPath = readonly PropertyKey[];

/** One thing that is wrong in a file, where, and how to mend it. Lines and columns count from 1. */
export interface FileProblem {
  file: string;
  line: number;
  column: number;
  severity: 'error' | 'warning';
  message: string;
}

/** `site.yaml:12:5: message`, as editors and terminals jump to. */
export function formatProblem(problem: FileProblem): string {
  const severity = problem.severity === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}:${problem.column}: ${severity}${problem.message}`;
}

/** Files that people write; a larger one is a mistake or an attack. */
const largestBytes = 8 * 1024 * 1024;

/** A YAML file read with its positions. `value` is undefined when the text itself is broken. */
export class YamlFile {
  readonly file: string;
  readonly value: unknown;
  readonly problems: FileProblem[] = [];
  private readonly document: Document | undefined;
  private readonly lines = new LineCounter();

  constructor(text: string, file: string) {
    this.file = file;
    if (Buffer.byteLength(text) > largestBytes) {
      this.report(
        [],
        `the file is larger than ${largestBytes / 1024 / 1024} MiB; split it or remove what is not needed`,
      );
      return;
    }
    const document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      // It compares each key with all before it: half a minute for 20,000 of them.
      uniqueKeys: false,
    });
    for (const error of [...document.errors, ...document.warnings])
      this.add(error.pos[0], wordYaml(error.code, error.message));
    this.checkKeys(document);
    if (this.problems.length > 0) return;
    this.document = document;
    this.checkScalars(document);
    try {
      this.value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      this.report(
        [],
        `${error instanceof Error ? error.message : String(error)}; write the values out instead`,
      );
    }
  }

  /** A problem at the node that the path names; with `key`, at that key of it. */
  problemAt(
    path: YamlPath,
    message: string,
    options: { severity?: FileProblem['severity']; key?: string } = {},
  ): FileProblem {
    return this.problem(this.offsetOf(path, options.key), message, options.severity ?? 'error');
  }

  /** Adds a problem of the file itself. */
  report(path: YamlPath, message: string, options: { key?: string } = {}): void {
    this.problems.push(this.problemAt(path, message, options));
  }

  /** Whether the file itself has something at a path, rather than a schema's default. */
  names(path: YamlPath): boolean {
    let at = this.value;
    for (const segment of path) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return false;
      at = (at as Record<PropertyKey, unknown>)[segment];
    }
    return true;
  }

  /** Checks the value against a schema; every issue becomes a problem, in words that say how to mend it. */
  check<T>(schema: ZodType<T>): T | undefined {
    if (this.value === undefined) return undefined;
    const result = schema.safeParse(this.value);
    if (result.success) return result.data;
    for (const { path, key, message } of issueProblems(result.error.issues, schema, this.value))
      this.report(path, message, { key });
    return undefined;
  }

  private add(offset: number, message: string): void {
    this.problems.push(this.problem(offset, message, 'error'));
  }

  private problem(offset: number, message: string, severity: FileProblem['severity']): FileProblem {
    // The counter knows no line when the text was not read.
    const { line, col } = this.lines.lineStarts.length > 0 ? this.lines.linePos(offset) : { line: 1, col: 1 };
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), severity, message };
  }

  /** Where the node of a path begins; where the path ends early, the nearest node above it. */
  private offsetOf(path: YamlPath, key?: string): number {
    let node: unknown = this.document?.contents;
    let offset = startOf(node) ?? 0;
    for (const segment of key === undefined ? path : [...path, key]) {
      if (isAlias(node) && this.document) node = node.resolve(this.document);
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(segment),
        );
        if (!pair) return offset;
        offset = startOf(pair.key) ?? offset;
        node = pair.value;
        if (segment === key) return offset;
      } else if (isSeq(node)) {
        node = node.items[Number(segment)];
      } else return offset;
      offset = startOf(node) ?? offset;
    }
    return offset;
  }

  private checkKeys(document: Document): void {
    visit(document, {
      Map: (_, map) => {
        const names = new Set<unknown>();
        for (const { key } of map.items) {
          if (!isScalar(key)) continue;
          if (names.has(key.value))
            this.add(startOf(key) ?? 0, 'this name stands twice in the same mapping; remove one of them');
          names.add(key.value);
        }
      },
    });
  }

  private checkScalars(document: Document): void {
    visit(document, {
      Pair: (_, pair) => {
        if (isScalar(pair.key) && pair.key.value === '__proto__')
          this.add(startOf(pair.key) ?? 0, '"__proto__" cannot be used as a name; choose another');
      },
      Scalar: (_, scalar, path) => {
        const parent = path.at(-1);
        const isKey = isPair(parent) && parent.key === scalar;
        if (typeof scalar.value !== 'number' || scalar.type !== 'PLAIN') return;
        const source = scalar.source ?? '';
        if (!Number.isFinite(scalar.value))
          this.add(startOf(scalar) ?? 0, `${source} is not a usable number; give a finite one`);
        else if (/^[-+]?0\d/.test(source))
          this.add(
            startOf(scalar) ?? 0,
            `${source} would lose its leading zeros${isKey ? '' : ' as a number'}; put it in quotes: "${source}"`,
          );
        else if (/^[-+]?[1-9]\d*$/.test(source) && String(scalar.value) !== source.replace('+', ''))
          this.add(startOf(scalar) ?? 0, `${source} is too long for a number; put it in quotes: "${source}"`);
      },
    });
  }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function wordYaml(code: string, message: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab is used to indent; use spaces';
    case 'BAD_INDENT':
      return `${message}; close the bracket, or align this line with its neighbours`;
    case 'MULTIPLE_DOCS':
      return 'a second document begins here (---); keep everything in one';
    case 'TAG_RESOLVE_FAILED':
      return `${message}; remove the tag`;
    default:
      return `this is not valid YAML: ${message}; check quotes, colons and brackets here and on the line above`;
  }
}
