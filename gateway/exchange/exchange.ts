import type { DeviceEdit, ExchangeProblem, ExchangeReport } from '../contract/exchange.ts';
import type { Device } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import type { Turn } from '../store/turn.ts';
import { fieldOfPath, fieldsOf, settingPrefix } from './columns.ts';
import { formatOf, placeOf, type ReportHead, reportHead, reportOf } from './report.ts';
import {
  checkForm,
  fieldDiffs,
  type PlannedRow,
  type PlannedRows,
  planRows,
  planRowsInSteps,
} from './rows.ts';
import { createResolver, type ExchangeTypes, type SiteNow } from './site-now.ts';
import type { Reading } from './table.ts';
import * as words from './words.ts';

/** One device before and after: `before` null is new, `after` null is removed. */
export interface DeviceChange {
  id: string;
  before: Device | null;
  after: Device | null;
}

/** Something wrong with the site as it would stand, at one field of one thing. */
export interface WholeProblem {
  class: string;
  id: string;
  path: PropertyKey[];
  severity: 'error' | 'warning';
  message: string;
}

/** What is needed of the site; `committed` is what is on disk, `present` what the running turn sees. */
export interface ExchangeSite {
  committed(): SiteNow;
  present(): SiteNow;
  /** What the changes would bring about that is not wrong already. */
  freshProblems(moment: 'committed' | 'present', changes: readonly DeviceChange[]): WholeProblem[];
  /** Makes changes that have been found sound. */
  change(turn: Turn, changes: readonly DeviceChange[]): void;
}

export interface ImportRequest {
  file: string;
  reading: Reading;
  /** SHA-256 of the file, hex. */
  sha256: string;
}

/** Keys listed in the audit trail of one import. */
const mostListed = 1_000;

interface Plan {
  planned: PlannedRows;
  changes: DeviceChange[];
  report: ExchangeReport;
}

/** Devices of a file or an edit: what they come to, and all of it or nothing. */
export function createExchange(deps: { site: ExchangeSite; types: ExchangeTypes }) {
  const { site, types } = deps;

  function plan(head: ReportHead, moment: 'committed' | 'present', planned: PlannedRows): Plan {
    const changes = planned.rows.flatMap(({ outcome, id, before, after }): DeviceChange[] => {
      if (outcome === 'new' || outcome === 'changed') return [{ id, before, after }];
      return outcome === 'deleted' ? [{ id, before, after: null }] : [];
    });
    const byId = new Map(planned.rows.map((row) => [row.id, row]));
    const wrong = new Set(planned.rows.filter(({ outcome }) => outcome === 'error').map(({ id }) => id));
    const problems = [
      ...planned.problems,
      ...site
        .freshProblems(moment, changes)
        // What is missing only because its own row is wrong is told there.
        .filter(({ message }) => wrong.size === 0 || !quoted(message).some((id) => wrong.has(id)))
        .map((problem) => atRow(problem, planned, byId)),
    ];
    return { planned, changes, report: reportOf(head, planned.rows, problems, changes) };
  }

  /** Of a file that cannot be read. */
  function unread(file: string, message: ExchangeProblem['message']): Plan {
    const problem = { row: null, column: null, field: null, id: null, severity: 'error' as const, message };
    const head = { file, format: formatOf(file), encoding: null, sheet: null };
    const planned = { rows: [], problems: [problem], columns: new Map() };
    return { planned, changes: [], report: reportOf(head, [], planned.problems, []) };
  }

  function planEdit(edit: DeviceEdit, moment: 'committed' | 'present'): Plan {
    const head = { file: '', format: 'edit' as const, encoding: null, sheet: null };
    return plan(head, moment, editRows(edit, site[moment](), types));
  }

  function apply(
    turn: Turn,
    made: Plan,
    wanted: string | undefined,
    detail: Record<string, unknown>,
  ): ExchangeReport {
    const { report, changes } = made;
    const errors = report.problems.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    if (first)
      throw fault(
        'site.invalid',
        `nothing was changed: ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; the first is ${placeOf(first)}: ${first.message.en}`,
        {
          errors: errors
            .slice(0, 100)
            .map((problem) => ({ path: placeOf(problem), message: problem.message.en })),
        },
      );
    if (wanted !== undefined && wanted !== report.plan)
      throw fault(
        'state.conflict',
        'the site has changed since this was looked at, and other changes would follow; look at them again',
      );
    if (changes.length === 0) return { ...report, applied: true };
    site.change(turn, changes);
    const ids = (outcome: string) =>
      made.planned.rows.filter((row) => row.outcome === outcome).map(({ id }) => id);
    const listed = { added: ids('new'), changed: ids('changed'), removed: ids('deleted') };
    turn.audit({
      action: report.format === 'edit' ? 'devices.edited' : 'devices.imported',
      subject: 'devices',
      detail: {
        ...detail,
        counts: report.counts,
        ...Object.fromEntries(Object.entries(listed).map(([name, all]) => [name, all.slice(0, mostListed)])),
      },
    });
    return { ...report, applied: true };
  }

  return {
    /** What a file would come to; changes nothing. */
    async dryRun({ file, reading }: ImportRequest): Promise<ExchangeReport> {
      if ('problem' in reading) return unread(file, reading.problem).report;
      const planned = await planRowsInSteps(reading.table, site.committed(), types);
      return plan(reportHead(file, reading.table), 'committed', planned).report;
    },
    /**
     * Brings the devices to what the file says.
     * @param wanted the `plan` of the dry run that was agreed to
     * @throws site.invalid when anything is wrong: then nothing is changed; state.conflict when it would not be what was agreed to
     */
    apply: (turn: Turn, request: ImportRequest, wanted?: string): ExchangeReport => {
      const { file, sha256, reading } = request;
      const made =
        'problem' in reading
          ? unread(file, reading.problem)
          : plan(reportHead(file, reading.table), 'present', planRows(reading.table, site.present(), types));
      return apply(turn, made, wanted, { file, sha256, format: made.report.format });
    },
    dryRunEdit: (edit: DeviceEdit): ExchangeReport => planEdit(edit, 'committed').report,
    /** @throws as `apply` */
    applyEdit: (turn: Turn, edit: DeviceEdit, wanted?: string): ExchangeReport =>
      apply(turn, planEdit(edit, 'present'), wanted, { set: edit.set }),
  };
}
export type Exchange = ReturnType<typeof createExchange>;

function quoted(message: string): string[] {
  return [...message.matchAll(/"([^"]+)"/g)].map(([, word]) => word ?? '');
}

/** A problem of the site as a whole, at the row that brings it about. */
function atRow(
  problem: WholeProblem,
  { rows, columns }: PlannedRows,
  byId: ReadonlyMap<string, PlannedRow>,
): ExchangeProblem {
  const own = problem.class === 'devices' ? byId.get(problem.id) : undefined;
  if (own) {
    const field = fieldOfPath(problem.path);
    return {
      ...{ row: own.row, field, column: (field !== null && columns.get(field)) || null, id: own.id },
      ...{ severity: problem.severity, message: words.plain(problem.message) },
    };
  }
  // Of something that is not in the file: the first changed row that it speaks of, or that is on that link.
  const named = new Set(quoted(problem.message));
  const cause = rows.find(
    ({ id, before, after, outcome }) =>
      (outcome === 'deleted' || outcome === 'changed' || outcome === 'new') &&
      (named.has(id) || (after ?? before)?.link === problem.id || named.has((after ?? before)?.link ?? '')),
  );
  const field = [problem.class, problem.id, ...problem.path.map(String)].join(' ');
  return {
    ...{
      row: cause?.row ?? null,
      column: null,
      field: null,
      id: cause?.id ?? null,
      severity: problem.severity,
    },
    message: words.elsewhere(field, problem.message),
  };
}

/** What the same change to many devices comes to. */
function editRows(edit: DeviceEdit, site: SiteNow, types: ExchangeTypes): PlannedRows {
  const problems: ExchangeProblem[] = [];
  const resolve = createResolver(site, types, new Set());
  const rows = [...new Set(edit.devices)].map((id): PlannedRow => {
    const before = site.devices.get(id) ?? null;
    const row = { row: null, id, name: before?.name ?? '', before, after: null, fields: [] };
    const tell = (field: string | null, message: ExchangeProblem['message']) =>
      problems.push({ row: null, column: null, field, id, severity: 'error', message });
    if (!before) {
      const found = resolve('devices', id);
      if ('problem' in found) tell('id', found.problem);
      return { ...row, outcome: 'error' };
    }
    const present = fieldsOf(before);
    const fields = new Map(present);
    const set = (field: string, value: unknown) =>
      value === null ? fields.delete(field) : fields.set(field, value);
    const { settings = {}, cameras, ...whole } = edit.set;
    for (const [field, value] of Object.entries(whole)) set(field, value);
    if (cameras !== undefined) set('cameras', cameras?.length === 0 ? null : cameras);
    for (const [name, value] of Object.entries(settings)) set(settingPrefix + name, value);
    const diffs = fieldDiffs(present, fields);
    if (diffs.length === 0) return { ...row, outcome: 'same' };
    const checked = checkForm(fields);
    if ('device' in checked) return { ...row, outcome: 'changed', after: checked.device, fields: diffs };
    for (const { path, message } of checked.problems) tell(fieldOfPath(path), words.plain(message));
    return { ...row, outcome: 'error' };
  });
  return { rows, problems, columns: new Map() };
}
