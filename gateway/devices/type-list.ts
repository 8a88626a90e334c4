import { z } from 'zod';
import { labelSchema } from '../contract/names.ts';
import type { Catalogue } from './catalogue.ts';
import type { TypeLibrary } from './type-library.ts';

export const listedTypeSchema = z.object({
  id: z.string(),
  /** Null where the text is broken and was never sound. */
  label: labelSchema.nullable(),
  maker: z.string().nullable(),
  model: z.string().nullable(),
  kind: z.string().nullable(),
  link: z.string().nullable(),
  own: z.boolean(),
  /** `last-good`: the file is broken, and devices go on with what it said before. */
  state: z.enum(['sound', 'last-good', 'broken']),
  devices: z.number().int(),
  cases: z.number().int(),
  /** Of the site's own: cases that do not come out as they expect. Those that come with Gatehouse are proven before. */
  casesFailing: z.number().int(),
  problems: z.array(
    z.object({
      file: z.string(),
      line: z.number().int(),
      column: z.number().int(),
      severity: z.enum(['error', 'warning']),
      message: z.string(),
    }),
  ),
});
export type ListedType = z.infer<typeof listedTypeSchema>;

/** All types, the site's own first. */
export async function listTypes(
  catalogue: Catalogue,
  library: TypeLibrary,
  devicesOf: (type: string) => string[],
): Promise<ListedType[]> {
  const own = library.own.ids();
  const ids = [...own, ...library.shipped.ids().filter((id) => !own.includes(id))];
  const listed: ListedType[] = [];
  for (const id of ids) {
    const isOwn = own.includes(id);
    const type = catalogue.types.get(id);
    const problems = isOwn ? library.problemsOf(id) : [];
    const broken = problems.some(({ severity }) => severity === 'error');
    listed.push({
      id,
      label: type?.label ?? null,
      maker: type?.maker ?? null,
      model: type?.model ?? null,
      kind: type?.kind ?? null,
      link: type?.link ?? null,
      own: isOwn,
      state: !type ? 'broken' : broken ? 'last-good' : 'sound',
      devices: devicesOf(id).length,
      cases: (isOwn ? library.own : library.shipped).cases(id).length,
      casesFailing: isOwn ? await library.casesFailing(id) : 0,
      problems,
    });
  }
  return listed;
}
