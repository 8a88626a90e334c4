import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { typeJsonSchema } from '../gateway/devices/catalogue.ts';
import { siteJsonSchema } from '../gateway/site/file.ts';

/** The schemas as they are published for editors, by file: what the gateway itself answers, so that no gateway needs to run. */
export const publishedSchemas = {
  'site.schema.json': siteJsonSchema,
  'device-type.schema.json': typeJsonSchema,
};

const folder = new URL('../docs/schemas/', import.meta.url);

/** What is published now. */
export function readPublished(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

if (process.argv.includes('--write')) {
  mkdirSync(folder, { recursive: true });
  for (const [file, schema] of Object.entries(publishedSchemas))
    writeFileSync(new URL(file, folder), `${JSON.stringify(schema(), null, 1)}\n`);
}
