import { z } from 'zod';
import type { Actor } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { Operate } from '../store/operate.ts';
import { exportSite } from './export.ts';
import { readSite } from './file.ts';
import type { Site } from './site.ts';

const argsSchema = z.strictObject({ yaml: z.string(), file: z.string(), prune: z.boolean().default(false) });

/** What `gatehouse site …` asks of the gateway, running or opened for it. */
export function siteControl(deps: {
  operate: Operate;
  site: Site;
  actor: Actor;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { operate, site, actor } = deps;
  return {
    async 'site.check'(args) {
      const { yaml, file, prune } = argsSchema.parse(args);
      return { problems: site.check(readSite(yaml, file), { prune }).problems };
    },
    async 'site.plan'(args) {
      const { yaml, file, prune } = argsSchema.parse(args);
      return site.plan(readSite(yaml, file), { prune });
    },
    'site.apply'(args) {
      const { yaml, file, prune } = argsSchema.parse(args);
      const draft = readSite(yaml, file);
      return operate('site.apply', actor, (turn) => site.apply(turn, draft, { prune }));
    },
    async 'site.export'() {
      const state = site.state();
      if (!state.settings) throw fault('state.conflict', 'there is no site yet; apply a site file first');
      await operate('site.look', actor, (turn) =>
        turn.audit({ action: 'private.exported', subject: 'site' }),
      );
      return { yaml: exportSite(state, state.settings, true) };
    },
  };
}
