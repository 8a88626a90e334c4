/** Stands in an overlay for a row that the turn has removed. */
const removed = Symbol('removed');

/**
 * State held in memory with an overlay: inside a turn `get` sees what earlier inputs of the same turn left, while
 * `committed` — what API reads and snapshots see — changes only when the turn's transaction is on disk.
 */
export class Table<T> {
  readonly name: string;
  private readonly rows = new Map<string, T>();
  private readonly overlay = new Map<string, T | typeof removed>();
  private readonly memory: Memory;

  constructor(name: string, memory: Memory) {
    this.name = name;
    this.memory = memory;
  }

  /** Committed rows only. */
  get committed(): ReadonlyMap<string, T> {
    return this.rows;
  }

  /** The row as the running turn sees it. */
  get(id: string): T | undefined {
    if (this.overlay.size > 0) {
      const row = this.overlay.get(id);
      if (row !== undefined) return row === removed ? undefined : row;
    }
    return this.rows.get(id);
  }

  /** Sets (or with `undefined` removes) a row within the running turn. Never change a row in place. */
  set(id: string, row: T | undefined): void {
    this.memory.note(this as Table<unknown>, id, this.overlay.get(id));
    this.overlay.set(id, row === undefined ? removed : row);
  }

  /** All rows as the running turn sees them. */
  *values(): Generator<T> {
    for (const [id, row] of this.rows) if (!this.overlay.has(id)) yield row;
    for (const row of this.overlay.values()) if (row !== removed) yield row;
  }

  /** Fills the table at start, outside of any turn. */
  load(id: string, row: T): void {
    this.rows.set(id, row);
  }

  /** @internal for Memory: puts the overlay back to what it was before one `set`; undefined: nothing. */
  undo(id: string, before: unknown): void {
    if (before === undefined) this.overlay.delete(id);
    else this.overlay.set(id, before as T | typeof removed);
  }

  /** @internal for Memory. */
  settle(keep: boolean): void {
    if (keep) {
      for (const [id, row] of this.overlay) {
        if (row === removed) this.rows.delete(id);
        else this.rows.set(id, row);
      }
    }
    this.overlay.clear();
  }
}

/** All tables of the house, so that a turn commits or drops them together and one failing input leaves no trace. */
export class Memory {
  private readonly touched = new Set<Table<unknown>>();
  /** What each `set` of the running input replaced; kept as columns and reused, since this is on the way of every reading. */
  private readonly journal = {
    tables: [] as Table<unknown>[],
    ids: [] as string[],
    befores: [] as unknown[],
  };

  table<T>(name: string): Table<T> {
    return new Table<T>(name, this);
  }

  note(table: Table<unknown>, id: string, before: unknown): void {
    this.touched.add(table);
    const { tables, ids, befores } = this.journal;
    tables.push(table);
    ids.push(id);
    befores.push(before);
  }

  /** Called before each input of a turn. */
  begin(): void {
    const { tables, ids, befores } = this.journal;
    if (tables.length === 0) return;
    tables.length = 0;
    ids.length = 0;
    befores.length = 0;
  }

  /** Undoes what the input since `begin` did. */
  rollback(): void {
    const { tables, ids, befores } = this.journal;
    for (let i = tables.length - 1; i >= 0; i--) tables[i]?.undo(ids[i] ?? '', befores[i]);
    this.begin();
  }

  commit(): void {
    for (const table of this.touched) table.settle(true);
    this.touched.clear();
    this.begin();
  }

  drop(): void {
    for (const table of this.touched) table.settle(false);
    this.touched.clear();
    this.begin();
  }
}
