import { relative } from 'node:path';
import type { DeviceType } from '../contract/device-type.ts';
import { fault } from '../lib/errors.ts';
import type { FileProblem } from '../lib/yaml-file.ts';
import { runCases } from './cases.ts';
import type { Catalogue } from './catalogue.ts';
import { checkSize } from './type-files.ts';

/** A text of `type.yaml` as it would be loaded. */
export interface CheckedText {
  type: DeviceType | null;
  /** Of the text, of the blocks it names, and of the cases that were run with it; files as seen from the type's folder. */
  problems: FileProblem[];
  casesPassed: number;
}

/** Checks texts as if they stood among the site's own types in `dir`; nothing is written. */
export function createTextCheck(catalogue: Catalogue, dir: string) {
  /** As seen from the type's folder; blocks stand beside it. */
  function shown(id: string, problem: FileProblem): FileProblem {
    const path = relative(`${dir}/${id}`, problem.file);
    return { ...problem, file: path.startsWith('../') ? path.slice(3) : path };
  }

  return {
    check(id: string, text: string): CheckedText {
      checkSize('the text', text);
      const { type, problems } = catalogue.check(id, text);
      const told = problems.map((problem) => shown(id, problem));
      if (!type) return { type, problems: told, casesPassed: 0 };
      const run = runCases(type, `${dir}/${id}`, catalogue);
      const wrong = run.problems.map((problem) => shown(id, problem));
      return { type, problems: [...told, ...wrong], casesPassed: run.passed };
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
  };
}
