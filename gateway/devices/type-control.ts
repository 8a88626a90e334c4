import { z } from 'zod';
import { keySchema } from '../contract/names.ts';
import type { Actor } from '../contract/permissions.ts';
import { readBundle } from './type-bundle.ts';
import type { TypeLibrary } from './type-library.ts';

const exportArgs = z.strictObject({ id: keySchema });
const importArgs = z.strictObject({ bundle: z.string(), id: keySchema.optional(), replace: z.boolean() });

/** What `gatehouse types export|import` asks of the gateway, running or opened for it. */
export function typeControl(deps: {
  library: TypeLibrary;
  actor: Actor;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { library, actor } = deps;
  return {
    async 'types.export'(args) {
      return library.bundle(exportArgs.parse(args).id);
    },
    async 'types.import'(args) {
      const { bundle, id, replace } = importArgs.parse(args);
      const taken = await library.import(actor, readBundle(bundle), {
        replace,
        ...(id === undefined ? {} : { id }),
      });
      return { id: taken.id, cases: taken.cases.length };
    },
  };
}
