import type { AuditLine } from '../contract/account.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { AuditEntry, SqlValue, Turn } from '../store/turn.ts';
import { type AuditHead, type AuditRow, genesis, hashOf } from './audit-chain.ts';

export { type AuditFinding, type AuditHead, type AuditRow, hashOf, verifyAudit } from './audit-chain.ts';

/** Known to the house as `audit.append` and `audit.head`. */
export const auditStatements: Statements = {
  append: `INSERT INTO audit (seq, at, who, station, action, subject, detail, prev, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  head: `INSERT INTO fact (name, value) VALUES ('audit.head', ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
};

const columns = 'seq, at, who, station, action, subject, detail, prev, hash';
const pageRows = 1_000;

/** Narrows the list; times are UTC ms, `from` inclusive and `to` exclusive. */
export interface AuditFilter {
  who?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** All rows in order, page by page, for `verifyAudit`. */
export async function* readAudit(query: Query): AsyncGenerator<AuditRow> {
  let after = 0;
  for (;;) {
    const page = await query<AuditRow>(
      `SELECT ${columns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`,
      after,
      pageRows,
    );
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageRows) return;
    after = last.seq;
  }
}

/** The head as it is kept beside the rows; undefined when nothing has been written yet. */
export async function readAuditHead(query: Query): Promise<AuditHead | undefined> {
  const [fact] = await query<{ value: string }>("SELECT value FROM fact WHERE name = 'audit.head'");
  return fact ? (JSON.parse(fact.value) as AuditHead) : undefined;
}

export interface Audit {
  load(): Promise<void>;
  /** Writes one entry and the new head into the running turn, so that it stands or falls with what it tells of. */
  append(turn: Turn, entry: AuditEntry): void;
  /** The committed head, to be sent outside. */
  head(): AuditHead;
  /** Newest first; `before` is the `seq` to go on from. */
  list(filter: AuditFilter, before: number | undefined, limit: number): Promise<AuditLine[]>;
}

export function createAudit({ memory, query }: { memory: Memory; query: Query }): Audit {
  const heads = memory.table<AuditHead>('audit-head');

  return {
    async load() {
      const kept = (await readAuditHead(query)) ?? genesis;
      const [last] = await query<{ seq: number }>('SELECT seq FROM audit ORDER BY seq DESC LIMIT 1');
      // The two agree unless somebody wrote the database. Then no number is used twice, and since the next row follows the
      // kept head and not what was put after it, the place stays to be found.
      heads.load('head', { seq: Math.max(kept.seq, last?.seq ?? 0), hash: kept.hash });
    },
    append(turn, entry) {
      const head = heads.get('head') ?? genesis;
      const row = {
        seq: head.seq + 1,
        at: turn.now,
        who: turn.actor?.who ?? 'gateway',
        station: turn.actor?.station ?? 'gateway',
        action: entry.action,
        subject: entry.subject,
        detail: JSON.stringify(entry.detail ?? {}),
        prev: head.hash,
      };
      const next: AuditHead = { seq: row.seq, hash: hashOf(row) };
      heads.set('head', next);
      turn.write(
        'audit.append',
        row.seq,
        row.at,
        row.who,
        row.station,
        row.action,
        row.subject,
        row.detail,
        row.prev,
        next.hash,
      );
      turn.write('audit.head', JSON.stringify(next));
    },
    head: () => heads.committed.get('head') ?? genesis,
    async list(filter, before, limit) {
      const wanted: [string, SqlValue | undefined][] = [
        ['seq < ?', before],
        ['who = ?', filter.who],
        ['action = ?', filter.action],
        ['subject = ?', filter.subject],
        ['at >= ?', filter.from],
        ['at < ?', filter.to],
      ];
      const given = wanted.filter((one): one is [string, SqlValue] => one[1] !== undefined);
      const where = given.length > 0 ? `WHERE ${given.map(([sql]) => sql).join(' AND ')}` : '';
      const rows = await query<AuditRow>(
        `SELECT ${columns} FROM audit ${where} ORDER BY seq DESC LIMIT ?`,
        ...given.map(([, value]) => value),
        limit,
      );
      return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as Record<string, unknown> }));
    },
  };
}
