import { z } from 'zod';
import { exchangeFormatSchema } from '../contract/exchange.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Operate } from '../store/operate.ts';
import type { Exchange } from './exchange.ts';
import type { Files } from './files.ts';
import { importRequest } from './routes.ts';
import type { Sheets } from './sheets.ts';

const importArgs = z.strictObject({
  file: z.string(),
  base64: z.string(),
  dryRun: z.boolean().default(false),
});
const exportArgs = z.strictObject({ format: exchangeFormatSchema, language: z.enum(['zh', 'en']) });

/** What `gatehouse site import-devices` and `export-devices` ask of the gateway, running or opened for it. */
export function exchangeControl(deps: {
  operate: Operate;
  exchange: Exchange;
  files: Files;
  sheets: Sheets;
  actor: Actor;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { operate, exchange, files, sheets, actor } = deps;
  return {
    async 'exchange.import'(args) {
      const { file, base64, dryRun } = importArgs.parse(args);
      const asked = await importRequest(files, file, Buffer.from(base64, 'base64'));
      const report = await exchange.dryRun(asked);
      // What is wrong is listed by the command, row by row.
      if (dryRun || report.plan === null) return report;
      return operate('exchange.import', actor, (turn) => exchange.apply(turn, asked));
    },
    async 'exchange.export'(args) {
      const { format, language } = exportArgs.parse(args);
      return { base64: (await sheets.devices(format, language)).toString('base64') };
    },
  };
}
