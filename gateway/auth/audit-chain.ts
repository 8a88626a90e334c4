import { hash } from 'node:crypto';

/** A row of the table `audit`; `detail` is the stored text, since the hash is of the bytes and not of their meaning. */
export interface AuditRow {
  seq: number;
  at: number;
  who: string;
  station: string;
  action: string;
  subject: string;
  detail: string;
  prev: string;
  hash: string;
}

/** Where the chain ends. It is kept apart from the rows, so that a cut tail shows; sent outside it binds the whole trail. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/** What the first row follows. */
export const genesis: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 over the row's fields in a fixed order; JSON keeps apart what plain joining would let run together. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const canonical = JSON.stringify([
    row.seq,
    row.at,
    row.who,
    row.station,
    row.action,
    row.subject,
    row.detail,
    row.prev,
  ]);
  return hash('sha256', canonical, 'hex');
}

export type AuditFinding =
  | { ok: true; rows: number; head: AuditHead }
  | {
      ok: false;
      /** The first row that is not as it was written. */
      seq: number;
      found: 'changed' | 'missing' | 'cut' | 'added' | 'head';
      detail: string;
    };

function bad(
  seq: number,
  found: Exclude<AuditFinding, { ok: true }>['found'],
  detail: string,
): Exclude<AuditFinding, { ok: true }> {
  return { ok: false, seq, found, detail };
}

/**
 * Walks the trail in order of `seq` and finds the first flipped bit, deletion, swap or cut tail. Somebody who may write the
 * database can also compute a whole new chain: only a head kept elsewhere shows that.
 * @param head the kept head, or undefined when there is none
 */
export async function verifyAudit(
  rows: Iterable<AuditRow> | AsyncIterable<AuditRow>,
  head: AuditHead | undefined,
): Promise<AuditFinding> {
  let last = genesis;
  for await (const row of rows) {
    const due = last.seq + 1;
    if (row.seq !== due) {
      const gap = row.seq === due + 1 ? `row ${due} is` : `rows ${due} to ${row.seq - 1} are`;
      return bad(due, 'missing', `${gap} missing before row ${row.seq} (${row.action} ${row.subject})`);
    }
    if (head && row.seq > head.seq)
      return bad(row.seq, 'added', `row ${row.seq} stands after the kept head, which is row ${head.seq}`);
    if (hashOf(row) !== row.hash)
      return bad(
        row.seq,
        'changed',
        `row ${row.seq} (${row.action} ${row.subject}) is not what its hash was made of`,
      );
    if (row.prev !== last.hash)
      return bad(row.seq, 'changed', `row ${row.seq} does not follow the row before it: one was replaced`);
    last = { seq: row.seq, hash: row.hash };
  }
  if (!head) {
    if (last.seq === 0) return { ok: true, rows: 0, head: genesis };
    return bad(last.seq, 'head', `the kept head is gone, though there are ${last.seq} rows`);
  }
  if (last.seq < head.seq)
    return bad(
      last.seq + 1,
      'cut',
      `the trail ends at row ${last.seq}, but row ${head.seq} had been written: its tail was cut`,
    );
  if (last.hash !== head.hash)
    return bad(last.seq, 'head', `the kept head is not the hash of the last row, ${last.seq}`);
  return { ok: true, rows: last.seq, head: last };
}
