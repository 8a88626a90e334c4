import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DeviceType, ModbusRead, PointSource } from '../contract/device-type.ts';
import type { ExchangeProblem, ExchangeReport } from '../contract/exchange.ts';
import type { Kind } from '../contract/kind.ts';
import type { Actor } from '../contract/permissions.ts';
import type { NewType } from '../contract/point-sheet.ts';
import { fault } from '../lib/errors.ts';
import type { ImportRequest } from './exchange.ts';
import { type PlannedPoints, type PointsNow, planningPoints } from './point-rows.ts';
import type { Units } from './point-units.ts';
import * as told from './point-words.ts';
import { formatOf, isSound, placeOf, reportHead, reportOf } from './report.ts';
import * as words from './words.ts';

/** Something wrong in a text of `type.yaml`, and the point at whose lines it is. */
export interface TextProblem {
  where: string;
  point: string | null;
  severity: 'error' | 'warning';
  message: string;
}

/** What is needed of device types and of the texts that they stand in. */
export interface PointTypes {
  /** As it stands on the disk. @throws not.found */
  source(id: string): { own: boolean; text: string; version: string };
  /** A type that is yet to be made. @throws id.conflict when there is one of that id */
  fresh(id: string, type: NewType): string;
  /** What a text would be as the type `id`. */
  check(id: string, text: string): { type: DeviceType | null; problems: TextProblem[] };
  /** @throws request.invalid when there is none */
  kind(id: string): Kind;
  /** The points that stand in a text itself. */
  pointsIn(text: string): ReadonlySet<string>;
  /** A text with points put in, null takes one away. */
  write(
    text: string,
    changes: ReadonlyMap<string, PointSource | null>,
    before: Readonly<Record<string, PointSource>>,
  ): string;
  save(
    actor: Actor,
    id: string,
    change: { text: string; base: string | null },
    detail: Record<string, unknown>,
  ): Promise<void>;
  units: Units;
  registersOf(read: ModbusRead): number;
}

/** A sheet, and the type that its points are of; `fresh` where this is yet to be made. */
export interface PointImport extends ImportRequest {
  type: string;
  fresh?: NewType | undefined;
}

/** The type before, and where its text comes from. */
interface Ground {
  text: string;
  /** The version of the text; null: the type is yet to be made. */
  base: string | null;
  now: PointsNow;
  /** What the text says now; null: it is yet to be made. */
  type: DeviceType | null;
}

interface Plan {
  report: ExchangeReport;
  text: string;
  base: string | null;
}

/** Points of a sheet: what they come to for one of the site's own types, and all of it or nothing. */
export function createPointExchange(types: PointTypes) {
  /** The type that a sheet is for, or why it cannot be written to. */
  function groundOf({ type: id, fresh }: PointImport): Ground | { problem: ExchangeProblem['message'] } {
    if (fresh) {
      const text = types.fresh(id, fresh);
      const now = { kind: types.kind(fresh.kind), way: fresh.link, points: {}, own: new Set<string>() };
      return { text, base: null, now, type: null };
    }
    const { own, text, version } = types.source(id);
    if (!own) return { problem: told.notOwn(id) };
    const { type, problems } = types.check(id, text);
    if (!type) {
      const [first] = problems.filter(({ severity }) => severity === 'error');
      return { problem: told.brokenType(id, first?.where ?? '', first?.message ?? '') };
    }
    const now = {
      ...{ kind: types.kind(type.kind), way: type.link },
      ...{ points: type.points, own: types.pointsIn(text) },
    };
    return { text, base: version, now, type };
  }

  function refused(file: string, message: ExchangeProblem['message']): Plan {
    const problem = { row: null, column: null, field: null, id: null, severity: 'error' as const, message };
    const head = { file, format: formatOf(file), encoding: null, sheet: null };
    return { report: reportOf(head, [], [problem], null), text: '', base: null };
  }

  async function plan(request: PointImport): Promise<Plan> {
    const { file, reading, type: id } = request;
    const ground = groundOf(request);
    if ('problem' in ground) return refused(file, ground.problem);
    if ('problem' in reading) return refused(file, reading.problem);
    const planned = await inSteps(planningPoints(reading.table, ground.now, types));
    const { changes } = planned;
    const text = changes.size === 0 ? ground.text : types.write(ground.text, changes, ground.now.points);
    const problems = [...planned.problems];
    const checked = types.check(id, text);
    // What other rows lack is told there; without changes the text is none of this sheet's.
    if (changes.size > 0 || request.fresh)
      problems.push(...ofText(checked.problems, planned, !isSound(problems)));
    if (checked.type && !sameAsPlanned(checked.type, ground, changes))
      problems.push({
        ...{ row: null, column: null, field: null, id: null },
        ...{ severity: 'error', message: told.sharedText(id) },
      });
    const what = { base: ground.base, text };
    return { report: reportOf(reportHead(file, reading.table), planned.rows, problems, what), ...what };
  }

  return {
    /** What a sheet would come to; changes nothing. */
    dryRun: async (request: PointImport): Promise<ExchangeReport> => (await plan(request)).report,
    /**
     * Brings the points of a type to what a sheet says.
     * @param wanted the `plan` of the dry run that was agreed to
     * @throws type.invalid when anything is wrong: then nothing is changed; state.conflict when it would not be what was agreed to
     */
    async apply(actor: Actor, request: PointImport, wanted?: string): Promise<ExchangeReport> {
      const { report, text, base } = await plan(request);
      const errors = report.problems.filter(({ severity }) => severity === 'error');
      const [first] = errors;
      if (first)
        throw fault('type.invalid', `nothing was changed: ${placeOf(first)}: ${first.message.en}`, {
          errors: errors.slice(0, 100).map((problem) => ({
            path: placeOf(problem),
            message: problem.message.en,
          })),
        });
      if (wanted !== undefined && wanted !== report.plan)
        throw fault(
          'state.conflict',
          'the type has changed since this was looked at, and other changes would follow; look at them again',
        );
      const { new: added = 0, changed = 0, deleted = 0 } = report.counts;
      if (added + changed + deleted > 0)
        await types.save(
          actor,
          request.type,
          { text, base },
          { file: request.file, sha256: request.sha256, counts: report.counts },
        );
      return { ...report, applied: true };
    },
  };
}
export type PointExchange = ReturnType<typeof createPointExchange>;

async function inSteps(steps: Generator<undefined, PlannedPoints, undefined>): Promise<PlannedPoints> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

/** What is wrong with the text as it would stand, at the rows that bring it about. */
function ofText(
  problems: readonly TextProblem[],
  { rows, columns, changes }: PlannedPoints,
  ownOnly: boolean,
): ExchangeProblem[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return problems.flatMap(({ where, point, severity, message }): ExchangeProblem[] => {
    const row = point !== null && changes.has(point) ? byId.get(point) : undefined;
    if (row)
      return [
        {
          ...{ row: row.row, column: columns.get('point') ?? null, field: null, id: row.id },
          ...{ severity, message: words.plain(message) },
        },
      ];
    if (ownOnly || severity === 'warning') return [];
    const told = words.elsewhere(where, message);
    return [{ row: null, column: null, field: null, id: null, severity, message: told }];
  });
}

/** The points are those of the sheet, and nothing else of the type is another than before. */
function sameAsPlanned(
  { points, ...rest }: DeviceType,
  { now, type }: Ground,
  changes: ReadonlyMap<string, PointSource | null>,
): boolean {
  const wanted = new Map<string, PointSource | null>([...Object.entries(now.points), ...changes]);
  const left = [...wanted].filter(([, source]) => source !== null);
  if (!isDeepStrictEqual(points, Object.fromEntries(left))) return false;
  return type === null || isDeepStrictEqual({ ...rest, points }, { ...type, points });
}
