import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DeviceType } from '../contract/device-type.ts';
import { asError, fault } from '../lib/errors.ts';
import type { FileProblem } from '../lib/yaml-file.ts';
import { type CaseRun, casePassed, runCase } from './cases.ts';
import type { Catalogue } from './catalogue.ts';
import { caseOfPath, checkSize, type TypeFolder } from './type-files.ts';

/** A text of `type.yaml` as it would be loaded. */
export interface CheckedText {
  type: DeviceType | null;
  /** Of the text, of the blocks it names, and of the cases that were run with it; files as seen from the type's folder. */
  problems: FileProblem[];
  /** What came of each case with it; none while the text has errors. */
  cases: CaseRun[];
}

/** Checks texts as if they stood among the site's own types in `dir`; nothing is written. */
export function createTextCheck(catalogue: Catalogue, own: TypeFolder) {
  const { dir } = own;
  /** The count of each type, or the run that comes to it, by what it was of: who asks meanwhile waits for the same run. */
  const tallies = new Map<string, { stamp: string; types: Catalogue['types']; failing: Promise<number> }>();

  /** As seen from the type's folder; blocks stand beside it. */
  function shown(id: string, problem: FileProblem): FileProblem {
    const path = relative(`${dir}/${id}`, problem.file);
    return { ...problem, file: path.startsWith('../') ? path.slice(3) : path };
  }

  /**
   * A case of many frames takes some ms, and the gateway has alarms to raise between two of them.
   * @param drafts texts of case files that are not saved, by their paths
   */
  async function runAll(
    id: string,
    type: DeviceType,
    drafts: Readonly<Record<string, string>>,
  ): Promise<CaseRun[]> {
    const drafted = Object.keys(drafts).flatMap((path) => caseOfPath(path)?.name ?? []);
    const names = [...new Set([...own.cases(id), ...drafted])].sort();
    const text = (path: string) =>
      Object.hasOwn(drafts, path) ? (drafts[path] ?? null) : own.read(id, path);
    const runs: CaseRun[] = [];
    for (const name of names) {
      await setImmediate();
      runs.push(runNamed(name, type, text));
    }
    return runs;
  }

  function runNamed(name: string, type: DeviceType, text: (path: string) => string | null): CaseRun {
    try {
      const frames = text(`cases/${name}/frames.json`);
      return runCase(type, { name, frames, expected: text(`cases/${name}/expected.json`) }, catalogue);
    } catch (error) {
      // A file that may not be read, say since it is too large.
      const { message } = asError(error);
      const problem = { file: `cases/${name}`, line: 1, column: 1, severity: 'error', message } as const;
      return { name, problems: [problem], differences: [], decoded: null };
    }
  }

  function stampOf(id: string): string {
    const stamps = own.cases(id).flatMap((name) =>
      ['frames.json', 'expected.json'].map((file) => {
        const stat = statSync(join(dir, id, 'cases', name, file), { throwIfNoEntry: false });
        return `${name} ${stat?.mtimeMs} ${stat?.size}`;
      }),
    );
    return stamps.join('\n');
  }

  return {
    async check(
      id: string,
      text: string,
      drafts: Readonly<Record<string, string>> = {},
    ): Promise<CheckedText> {
      checkSize('the text', text);
      for (const [path, draft] of Object.entries(drafts)) checkSize(path, draft);
      const { type, problems } = catalogue.check(id, text);
      const told = problems.map((problem) => shown(id, problem));
      const cases = type ? await runAll(id, type, drafts) : [];
      return { type, problems: [...told, ...cases.flatMap((run) => run.problems)], cases };
    },

    /** @throws type.invalid with each error at its line */
    sound(id: string, text: string): void {
      const { type, problems } = catalogue.check(id, text);
      if (type) return;
      const errors = problems.filter(({ severity }) => severity === 'error').map((one) => shown(id, one));
      throw fault(
        'type.invalid',
        `the text of "${id}" has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; nothing was saved`,
        {
          errors: errors.map(({ file, line, column, message }) => ({
            path: `${file}:${line}:${column}`,
            message,
          })),
        },
      );
    },

    /** What is wrong now in the files of one of the site's own types. */
    problemsOf: (id: string): FileProblem[] =>
      catalogue.problems
        .filter(({ file }) => !relative(`${dir}/${id}`, file).startsWith('..'))
        .map((problem) => shown(id, problem)),

    /** How many cases of one of the site's own types do not come out as they expect; run anew only after a change. */
    async casesFailing(id: string): Promise<number> {
      const type = own.has(id) ? catalogue.types.get(id) : undefined;
      if (!type) {
        tallies.delete(id);
        return 0;
      }
      const stamp = stampOf(id);
      const known = tallies.get(id);
      if (known && known.stamp === stamp && known.types === catalogue.types) return known.failing;
      const { types } = catalogue;
      const failing = runAll(id, type, {}).then((runs) => runs.filter((run) => !casePassed(run)).length);
      const tally = { stamp, types, failing };
      tallies.set(id, tally);
      try {
        return await failing;
      } catch (error) {
        // The next who asks tries anew.
        if (tallies.get(id) === tally) tallies.delete(id);
        throw error;
      }
    },
  };
}
