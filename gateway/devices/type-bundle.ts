import { parseDocument } from 'yaml';
import { z } from 'zod';
import { withCopiedNote } from '../contract/copied-note.ts';
import { keySchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import { checkSize, type TypeFolder, typeLimits } from './type-files.ts';

/** A device type as one file: the texts of its folder, and of the site's own blocks that it names. */
export const typeBundleSchema = z.strictObject({
  format: z.literal('gatehouse-device-type'),
  version: z.literal(1),
  id: keySchema,
  /** By their paths in the folder: `type.yaml`, `README.md`, `cases/<name>/frames.json` … */
  files: z.record(z.string().max(160), z.string()),
  /** By their names. */
  blocks: z.record(keySchema, z.string()).default({}),
});
export type TypeBundle = z.infer<typeof typeBundleSchema>;

/** The blocks that a text names. */
export function blocksOf(text: string): string[] {
  const named: unknown = parseDocument(text, { logLevel: 'silent' }).get('_blocks');
  const list =
    typeof named === 'object' && named !== null && 'toJSON' in named
      ? (named as { toJSON(): unknown }).toJSON()
      : [];
  return Array.isArray(list) ? list.filter((name): name is string => keySchema.safeParse(name).success) : [];
}

/** @param own where blocks of the site's own stand; those that come with Gatehouse are everywhere */
export function bundleOf(id: string, folder: TypeFolder, own: TypeFolder): TypeBundle {
  const files = folder.files(id);
  const blocks = blocksOf(files['type.yaml'] ?? '').flatMap((block): [string, string][] => {
    const text = own.block(block);
    return text === null ? [] : [[block, text]];
  });
  return { format: 'gatehouse-device-type', version: 1, id, files, blocks: Object.fromEntries(blocks) };
}

/** A bundle from the text of a file. @throws request.invalid saying what it lacks */
export function readBundle(text: string): TypeBundle {
  checkSize('the file', text, typeLimits.bundleBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault('request.invalid', 'the file is no JSON: choose one that was exported as a device type', {
      cause: error,
    });
  }
  const read = typeBundleSchema.safeParse(value);
  if (!read.success)
    throw fault(
      'request.invalid',
      `the file is no exported device type: ${read.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; ')}`,
    );
  return read.data;
}

/** Puts an id, and where given a label, into the text of a type; comments and layout stay as they are. */
export function renamed(text: string, id: string, label: { zh: string; en: string } | null): string {
  const document = parseDocument(text, { logLevel: 'silent' });
  const changes: [path: string[], value: string][] = [[['id'], id]];
  if (label) changes.push([['label', 'zh'], label.zh], [['label', 'en'], label.en]);
  const places = changes.flatMap(([path, value]) => {
    const range = (document.getIn(path, true) as { range?: [number, number, number] } | undefined)?.range;
    return range ? [{ from: range[0], to: range[1], value }] : [];
  });
  let changed = text;
  for (const { from, to, value } of places.sort((a, b) => b.from - a.from)) {
    const written = /^[a-z0-9-]+$/.test(value) && !/^\d+$/.test(value) ? value : JSON.stringify(value);
    changed = changed.slice(0, from) + written + changed.slice(to);
  }
  return changed;
}

/** The README of a copy: its examples (`type: …`) have the new id; its prose is of the original, and says so. */
export function readmeCopied(path: string, text: string, from: string, id: string): string {
  return withCopiedNote(text, path.endsWith('.zh.md') ? 'zh' : 'en', from).replace(
    /(\btype:\s*["']?)([a-z0-9-]+)/g,
    (all, head: string, named: string) => (named === from ? head + id : all),
  );
}
