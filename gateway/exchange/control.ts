import { z } from 'zod';
import { exchangeFormatSchema } from '../contract/exchange.ts';
import { keySchema } from '../contract/names.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Operate } from '../store/operate.ts';
import type { Exchange } from './exchange.ts';
import type { Files } from './files.ts';
import { freshIn } from './point-routes.ts';
import type { PointSheets } from './point-sheets.ts';
import type { PointExchange } from './points.ts';
import { importRequest } from './routes.ts';
import type { Sheets } from './sheets.ts';

const importArgs = z.strictObject({
  file: z.string(),
  base64: z.string(),
  dryRun: z.boolean().default(false),
});
const exportArgs = z.strictObject({ format: exchangeFormatSchema, language: z.enum(['zh', 'en']) });

/** What the new type lacks is told by `freshIn`, all at once. */
const pointTypeArgs = z.record(z.string(), z.unknown()).default({});
const pointImportArgs = importArgs.extend({ type: keySchema, fresh: pointTypeArgs });
const pointExportArgs = exportArgs.extend({ type: keySchema });

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

/** What `gatehouse types import-points` and `export-points` ask. */
export function pointControl(deps: {
  points: PointExchange;
  pointSheets: PointSheets;
  files: Files;
  actor: Actor;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { points, pointSheets, files, actor } = deps;
  return {
    async 'points.import'(args) {
      const { file, base64, dryRun, type, fresh } = pointImportArgs.parse(args);
      const asked = {
        ...(await importRequest(files, file, Buffer.from(base64, 'base64'), 'points')),
        type,
        fresh: freshIn(fresh),
      };
      const report = await points.dryRun(asked);
      if (dryRun || report.plan === null) return report;
      return points.apply(actor, asked, report.plan);
    },
    async 'points.export'(args) {
      const { type, format, language } = pointExportArgs.parse(args);
      return { base64: (await pointSheets.points(type, format, language)).toString('base64') };
    },
  };
}
