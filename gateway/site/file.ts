import { z } from 'zod';
import { type SiteFile, siteClasses, siteFileSchema } from '../contract/site.ts';
import { type FileProblem, YamlFile } from '../lib/yaml-file.ts';
import { type CheckContext, checkSite } from './check.ts';
import { nouns, type SiteState } from './docs.ts';
import { afterChanges, planSite, privateFields, privateKey, type SiteChange } from './plan.ts';

export interface SiteDraft {
  yaml: YamlFile;
  /** Absent when the form of the file is wrong. */
  site?: SiteFile;
  /** Private fields that the file does not mention (plan.ts). */
  silent: ReadonlySet<string>;
}

export interface CheckedSite {
  problems: FileProblem[];
  /** Absent when there is an error. */
  site?: SiteFile;
  changes: SiteChange[];
}

/** Reads a site file: YAML, then its form, then keys that stand twice. What it refers to is not looked at yet. */
export function readSite(text: string, file: string): SiteDraft {
  const yaml = new YamlFile(text, file);
  const site = yaml.check(siteFileSchema);
  const silent = new Set<string>();
  if (!site) return { yaml, silent };
  for (const name of siteClasses) {
    const seen = new Set<string>();
    site[name].forEach(({ id }, index) => {
      if (seen.has(id))
        yaml.report(
          [name, index, 'id'],
          `the ${nouns[name]} "${id}" stands in this file already; give this one another key, or remove it`,
        );
      seen.add(id);
      for (const field of privateFields[name] ?? [])
        if (!yaml.names([name, index, field])) silent.add(privateKey(name, id, field));
    });
  }
  return { yaml, site, silent };
}

/**
 * Checks a site file against what the gateway holds: what the file does not name stays (unless `prune`), so a file may refer to it.
 * Faults of things outside the file count only when the file brings them about.
 */
export function checkSiteFile(
  draft: SiteDraft,
  current: SiteState,
  context: CheckContext,
  options: { prune: boolean },
): CheckedSite {
  const { yaml, site, silent } = draft;
  if (!site || yaml.problems.length > 0) return { problems: yaml.problems, changes: [] };
  const changes = planSite(current, site, { ...options, silent });
  const places = new Map<string, number>();
  for (const name of siteClasses)
    for (const [index, { id }] of site[name].entries()) places.set(`${name}/${id}`, index);
  let known: Set<string> | undefined;
  const problems = checkSite(afterChanges(current, changes), context).flatMap((problem): FileProblem[] => {
    const { severity, message } = problem;
    if (problem.class === 'site') return [yaml.problemAt(['site', ...problem.path], message, { severity })];
    const index = places.get(`${problem.class}/${problem.id}`);
    if (index !== undefined) {
      const path = [problem.class, index, ...problem.path];
      const key = problem.atKey ? String(path.pop()) : undefined;
      return [yaml.problemAt(path, message, { severity, key })];
    }
    known ??= new Set(checkSite(current, context).map((one) => JSON.stringify(one)));
    if (known.has(JSON.stringify(problem))) return [];
    const field = problem.path.length > 0 ? `, ${problem.path.map(String).join('.')}` : '';
    return [
      yaml.problemAt(
        [],
        `${nouns[problem.class]} "${problem.id}" (in the gateway, not in this file)${field}: ${message}`,
        { severity },
      ),
    ];
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  if (problems.some(({ severity }) => severity === 'error')) return { problems, changes: [] };
  return { problems, site, changes };
}

/** The form of `site.yaml` for editors (JSON Schema 2020-12); what it refers to is checked by `site check` only. */
export function siteJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(siteFileSchema, { io: 'input' }), title: 'Gatehouse site' };
}
