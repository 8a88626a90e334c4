import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadCatalogue } from '../gateway/devices/catalogue.ts';
import { checkBuses } from '../gateway/joins/buses.ts';
import { silentLog } from '../gateway/lib/log.ts';
import { emptyDocs } from '../gateway/site/docs.ts';
import { checkSiteFile, readSite } from '../gateway/site/file.ts';

// What the pages for users say must work when it is typed in, and lead where it says.

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['*.md', 'docs/**/*.md', 'devices/**/*.md'].flatMap((pattern) =>
  globSync(pattern, { cwd: root }),
);
const read = (page: string) => readFileSync(join(root, page), 'utf8');

/** Code is no heading and has no links. */
const prose = (text: string) => text.replace(/^ *```[\s\S]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors as the common viewers make them: lower case, no punctuation, a hyphen for each blank. */
function anchorsOf(page: string): Set<string> {
  const text = read(page).replace(/^ *```[\s\S]*?^ *```$/gm, '');
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.*)$/gm)) {
    const bare = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    anchors.add(bare.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'));
  }
  return anchors;
}

test('every link of the pages leads to a page and a heading that are there', () => {
  const broken: string[] = [];
  let links = 0;
  for (const page of pages)
    for (const [, target = ''] of prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links++;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? page : join(dirname(page), path);
      const there = globSync(to, { cwd: root }).length > 0;
      if (!there || (anchor !== undefined && !anchorsOf(to).has(anchor))) broken.push(`${page}: ${target}`);
    }
  expect(broken).toEqual([]);
  expect(links).toBeGreaterThan(200);
});

test('the site of the page “System by system” can be applied as it stands', () => {
  const site: Record<string, unknown> = {};
  const blocks = [...read('docs/systems.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']) => text,
  );
  for (const block of blocks)
    for (const [name, value] of Object.entries(parse(block) as Record<string, unknown>)) {
      const before = site[name];
      site[name] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  const types = loadCatalogue({ siteDir: null, log: silentLog });
  const checked = checkSiteFile(
    readSite(stringify(site), 'systems.md'),
    { settings: null, docs: emptyDocs },
    { types, env: {}, checkBuses: (docs) => checkBuses(docs, types) },
    { prune: false },
  );
  expect(blocks.length).toBeGreaterThan(5);
  expect(checked).toMatchObject({ problems: [] });
});
