import { z } from 'zod';
import type { Actor } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { fault } from '../lib/errors.ts';
import type { FileProblem } from '../lib/yaml-file.ts';
import type { Operate } from '../store/operate.ts';
import { caseFileText } from './cases.ts';
import type { Catalogue } from './catalogue.ts';
import { bundleOf, readmeCopied, renamed, type TypeBundle } from './type-bundle.ts';
import { checkChanges, type FileChange, readTypeFile, type TypeFile } from './type-changes.ts';
import {
  checkSize,
  isTypePath,
  removeBlock,
  removeType,
  type TypeFolder,
  typeFolder,
  typeLimits,
  versionOf,
  writeBlock,
  writeTypeFile,
} from './type-files.ts';
import { createTypeHistory, type TypeHistory } from './type-history.ts';
import { type CheckedText, createTextCheck } from './type-text.ts';
import { createTypeWriting } from './type-writing.ts';

/** A type as an editor shows it. */
export const typeSourceSchema = z.object({
  id: z.string(),
  /** The site's own; those that come with Gatehouse are read only. */
  own: z.boolean(),
  text: z.string(),
  version: z.string(),
  /** Paths of its READMEs: `README.md`, `README.zh.md`. */
  readmes: z.array(z.string()),
  cases: z.array(z.string()),
});
export type TypeSource = z.infer<typeof typeSourceSchema>;

/** The device types of the site as files: read, checked, written, with what they said before. */
export interface TypeLibrary {
  own: TypeFolder;
  shipped: TypeFolder;
  history: TypeHistory;
  source(id: string): TypeSource;
  /** A text as it would be loaded, and its cases run with it, those that are drafted as drafted; nothing is kept. */
  check(id: string, text: string, drafts?: Readonly<Record<string, string>>): Promise<CheckedText>;
  /** What is wrong now in the files of one of the site's own types. */
  problemsOf(id: string): FileProblem[];
  /** How many cases of one of the site's own types do not come out as they expect. */
  casesFailing(id: string): Promise<number>;
  /** A README, or a file of a case. */
  file(id: string, path: string): TypeFile;
  /** Changes READMEs and cases, all that are given or none. @returns them as they are now */
  saveFiles(actor: Actor, id: string, changes: Readonly<Record<string, FileChange>>): Promise<TypeFile[]>;
  /** @param detail of a change that was not typed: the file that it came with */
  save(
    actor: Actor,
    id: string,
    change: { text: string; base: string },
    detail?: Record<string, unknown>,
  ): Promise<TypeSource>;
  /** A type of this text alone. */
  create(actor: Actor, id: string, text: string, detail: Record<string, unknown>): Promise<TypeSource>;
  /** @throws id.conflict when there is such a type already, state.conflict when there is no place for one */
  checkFree(id: string): void;
  copy(
    actor: Actor,
    from: string,
    to: { id: string; label: { zh: string; en: string } | null },
  ): Promise<TypeSource>;
  addCase(
    actor: Actor,
    id: string,
    files: { name: string; frames: unknown; expected: unknown; replace: boolean },
  ): Promise<void>;
  remove(actor: Actor, id: string, usedBy: readonly string[]): Promise<void>;
  bundle(id: string): TypeBundle;
  import(actor: Actor, bundle: TypeBundle, options: { id?: string; replace: boolean }): Promise<TypeSource>;
}

export function createTypeLibrary(deps: {
  catalogue: Catalogue;
  clock: Clock;
  operate: Operate;
  /** The types have changed on disk. */
  changed(): void;
}): TypeLibrary {
  const { catalogue } = deps;
  const dir = catalogue.siteDir ?? '';
  const own = typeFolder(dir);
  const shipped = typeFolder(catalogue.builtIn);
  const history = createTypeHistory(dir);
  const { check, sound, problemsOf, casesFailing } = createTextCheck(catalogue, own);
  const { alone, recorded, write, keepPresent } = createTypeWriting({ ...deps, dir, own, history });

  function folderOf(id: string): TypeFolder {
    if (own.has(id)) return own;
    if (shipped.has(id)) return shipped;
    throw fault('not.found', `there is no device type "${id}"`);
  }

  function ownText(id: string): string {
    const text = own.has(id) ? own.read(id, 'type.yaml') : null;
    if (text !== null) return text;
    if (shipped.has(id))
      throw fault(
        'state.conflict',
        `"${id}" comes with Gatehouse and is not changed: copy it under an id of your own, and change that`,
      );
    throw fault('not.found', `the site has no device type "${id}" of its own`);
  }

  function source(id: string): TypeSource {
    const folder = folderOf(id);
    const text = folder.read(id, 'type.yaml') ?? '';
    return {
      id,
      own: folder === own,
      text,
      version: versionOf(text),
      readmes: ['README.md', 'README.zh.md'].filter((path) => folder.read(id, path) !== null),
      cases: folder.cases(id),
    };
  }

  function checkFree(id: string): void {
    if (own.has(id) || shipped.has(id))
      throw fault('id.conflict', `there is a device type "${id}" already; choose another id`);
  }

  function checkPlace(): void {
    if (catalogue.siteDir === null)
      throw fault('state.conflict', 'this gateway has no folder for types of its own');
  }

  return {
    own,
    shipped,
    history,
    source,
    check,
    problemsOf,
    casesFailing,
    file: (id, path) => readTypeFile(folderOf(id), id, path),
    saveFiles: (actor, id, changes) =>
      alone(async () => {
        ownText(id);
        const texts = checkChanges(own, id, changes);
        const detail = { files: [...texts.keys()] };
        const entry = { action: 'device-type.files-saved', subject: `device-type:${id}`, detail };
        await recorded(actor, entry, () => {
          for (const [path, text] of texts) write(actor, id, path, text, 'saved');
        });
        return [...texts.keys()].map((path) => readTypeFile(own, id, path));
      }),
    save: (actor, id, { text, base }, from) =>
      alone(async () => {
        checkSize('the text', text);
        const before = ownText(id);
        if (versionOf(before) !== base)
          throw fault(
            'state.conflict',
            `"${id}" was changed since you opened it: look at what it says now, and put your change into that`,
            { errors: [{ path: 'version', message: versionOf(before) }] },
          );
        sound(id, text);
        const detail = { before: base, after: versionOf(text), ...from };
        await recorded(actor, { action: 'device-type.saved', subject: `device-type:${id}`, detail }, () => {
          write(actor, id, 'type.yaml', text, from ? 'imported' : 'saved');
        });
        return source(id);
      }),
    create: (actor, id, text, detail) =>
      alone(async () => {
        checkPlace();
        checkFree(id);
        checkSize('the text', text);
        sound(id, text);
        const entry = { action: 'device-type.created', subject: `device-type:${id}`, detail };
        await recorded(actor, entry, () => write(actor, id, 'type.yaml', text, 'imported'));
        return source(id);
      }),
    checkFree(id) {
      checkPlace();
      checkFree(id);
    },
    copy: (actor, from, { id, label }) =>
      alone(async () => {
        checkPlace();
        checkFree(id);
        const files = folderOf(from).files(from);
        const text = renamed(files['type.yaml'] ?? '', id, label);
        sound(id, text);
        const entry = { action: 'device-type.copied', subject: `device-type:${id}`, detail: { from } };
        await recorded(actor, entry, () => {
          for (const [path, content] of Object.entries(files))
            if (path !== 'type.yaml')
              writeTypeFile(
                dir,
                id,
                path,
                path.endsWith('.md') ? readmeCopied(path, content, from, id) : content,
              );
          write(actor, id, 'type.yaml', text, 'copied');
        });
        return source(id);
      }),
    addCase: (actor, id, { name, frames, expected, replace }) =>
      alone(async () => {
        ownText(id);
        const cases = own.cases(id);
        if (cases.includes(name) && !replace)
          throw fault('id.conflict', `"${id}" has a case "${name}" already; choose another name`);
        if (!cases.includes(name) && cases.length >= typeLimits.cases)
          throw fault('state.conflict', `"${id}" has ${cases.length} cases; remove one first`);
        const entry = { action: 'device-type.case-added', subject: `device-type:${id}`, detail: { name } };
        await recorded(actor, entry, () => {
          write(actor, id, `cases/${name}/frames.json`, caseFileText(frames), 'saved');
          write(actor, id, `cases/${name}/expected.json`, caseFileText(expected), 'saved');
        });
      }),
    remove: (actor, id, usedBy) =>
      alone(async () => {
        const text = ownText(id);
        if (usedBy.length > 0)
          throw fault(
            'state.conflict',
            `"${id}" is the type of ${usedBy.slice(0, 5).join(', ')}${usedBy.length > 5 ? ` and ${usedBy.length - 5} more` : ''}: give these another type, or remove them first`,
          );
        const entry = {
          action: 'device-type.removed',
          subject: `device-type:${id}`,
          detail: { before: versionOf(text) },
        };
        await recorded(actor, entry, () => {
          keepPresent(id, 'type.yaml');
          removeType(dir, id);
        });
      }),
    bundle: (id) => bundleOf(id, folderOf(id), own),
    import: (actor, bundle, { id = bundle.id, replace }) =>
      alone(async () => {
        checkPlace();
        if (shipped.has(id) || (own.has(id) && !replace)) checkFree(id);
        const given = bundle.files['type.yaml'];
        if (given === undefined) throw fault('request.invalid', 'the file holds no type.yaml');
        const text = id === bundle.id ? given : renamed(given, id, null);
        for (const [path, content] of Object.entries(bundle.files)) {
          if (!isTypePath(path))
            throw fault('request.invalid', `${JSON.stringify(path)} is no file of a device type`);
          checkSize(path, content);
        }
        const newBlocks = Object.entries(bundle.blocks).filter(([block, content]) => {
          const present = own.block(block) ?? shipped.block(block);
          if (present !== null && present !== content)
            throw fault(
              'id.conflict',
              `the site has another block "${block}" than the file: rename it there and where the type names it`,
            );
          return present === null;
        });
        // A type can only be checked beside the blocks that it names.
        if (newBlocks.length === 0) sound(id, text);
        const entry = { action: 'device-type.imported', subject: `device-type:${id}`, detail: { replace } };
        await recorded(actor, entry, () => {
          for (const [block, content] of newBlocks) writeBlock(dir, block, content);
          try {
            sound(id, text);
          } catch (error) {
            for (const [block] of newBlocks) removeBlock(dir, block);
            throw error;
          }
          for (const [path, content] of Object.entries(bundle.files))
            if (path !== 'type.yaml') write(actor, id, path, content, 'imported');
          write(actor, id, 'type.yaml', text, 'imported');
        });
        return source(id);
      }),
  };
}
