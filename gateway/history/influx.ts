import { asError, fault } from '../lib/errors.ts';
import { type InfluxClient, RefusedPoints } from './influx-client.ts';
import { measurement, pointsOf } from './influx-lines.ts';
import { rowsOf, statementsOf } from './influx-query.ts';
import type { JournalBatch, JournalReader } from './journal-reader.ts';
import type { TrendQuery } from './messages.ts';
import type { TrendRow } from './steps.ts';
import type { ReadingStore, StoreTells } from './store.ts';

/** Readings of one request: some hundred kilobytes. */
const readingsAtOnce = 5_000;
const retryMs = 1_000;
/** The pauses between tries double up to this many times the first. */
const retryMostTimes = 16;
/** A trend waits so long for what has just been acknowledged. */
const freshMs = 2_000;
/** When it has lagged behind for so long, it will not catch up by itself. */
const lagMs = 60_000;

/** Takes readings from the journal to InfluxDB, in order; what it has not confirmed stays in the journal. */
export class InfluxStore implements ReadingStore {
  private readonly journal: JournalReader;
  private readonly client: InfluxClient;
  /** Where it is, without credentials. */
  private readonly where: string;
  private readonly tells: StoreTells;
  private readonly retryFirstMs: number;
  private lastBatch = 0;
  private pumping: Promise<void> | null = null;
  private failing = false;
  private closed = false;
  /** Ends the pause between two tries. */
  private retryNow = () => {};

  constructor(deps: {
    journal: JournalReader;
    client: InfluxClient;
    where: string;
    tells: StoreTells;
    retryFirstMs?: number;
  }) {
    this.journal = deps.journal;
    this.client = deps.client;
    this.where = deps.where;
    this.tells = deps.tells;
    this.retryFirstMs = deps.retryFirstMs ?? retryMs;
  }

  /** Does not wait: InfluxDB may be away for hours. */
  async grown(): Promise<void> {
    void this.pump();
  }

  async upkeep(): Promise<void> {
    void this.pump();
  }

  private pump(): Promise<void> {
    this.pumping ??= this.forward()
      .catch((thrown: unknown) => this.tells.trouble(`the spool cannot be read: ${asError(thrown).message}`))
      .finally(() => {
        this.pumping = null;
      });
    return this.pumping;
  }

  /** Sends until the journal holds nothing that InfluxDB has not. */
  private async forward(): Promise<void> {
    const startedAt = performance.now();
    while (!this.closed) {
      const batches = this.journal.after(this.lastBatch, readingsAtOnce);
      if (batches.length === 0) {
        this.failing = false;
        this.tells.trouble(null);
        return;
      }
      await this.deliver(batches);
      if (!this.failing && performance.now() - startedAt > lagMs)
        this.tells.trouble(`${this.where} takes readings more slowly than they come; they wait in the spool`);
    }
  }

  private async deliver(batches: readonly JournalBatch[]): Promise<void> {
    const points = pointsOf(batches, this.journal);
    for (let start = 0; start < points.length; start += readingsAtOnce)
      await this.write(points.slice(start, start + readingsAtOnce));
    if (this.closed) return;
    this.lastBatch = batches.at(-1)?.id ?? this.lastBatch;
    this.tells.trim(this.lastBatch);
  }

  /** Tries until it is written, or refused for good, or we close. */
  private async write(points: ReturnType<typeof pointsOf>): Promise<void> {
    const longestMs = this.retryFirstMs * retryMostTimes;
    for (let pauseMs = this.retryFirstMs; !this.closed; pauseMs = Math.min(pauseMs * 2, longestMs)) {
      try {
        await this.client.write(points);
        if (this.failing) this.tells.trouble(`${this.where} is back; the spool is being sent`);
        return;
      } catch (thrown) {
        const { message } = asError(thrown);
        if (thrown instanceof RefusedPoints) {
          this.tells.refused(`${this.where} refused readings for good: ${message}`);
          return;
        }
        this.failing = true;
        this.tells.trouble(`${this.where}: ${message}; readings wait in the spool`);
        await this.pause(pauseMs);
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.retryNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async query(query: TrendQuery): Promise<TrendRow[]> {
    if (!this.failing) await this.fresh();
    let answers: Awaited<ReturnType<InfluxClient['ask']>>;
    try {
      answers = await this.client.ask(statementsOf(query));
    } catch (thrown) {
      throw fault(
        'history.unavailable',
        `${this.where} does not answer: ${asError(thrown).message}; new readings wait in the spool`,
        { cause: thrown },
      );
    }
    this.retryNow();
    // VictoriaMetrics takes the line protocol, and answers whatever is asked with a list of its databases.
    if (answers.some((answer) => answer.measurement !== '' && answer.measurement !== measurement))
      throw fault(
        'history.unavailable',
        `${this.where} takes readings but does not answer InfluxQL, as VictoriaMetrics does not; look at trends in Grafana, or let GATEHOUSE_INFLUX_URL name an InfluxDB`,
      );
    return rowsOf(
      answers.map(({ rows }) => rows),
      query.stepMs !== null,
    );
  }

  /** Lets what is in the journal now arrive first, for a while. */
  private async fresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, freshMs);
    });
    await Promise.race([this.pump(), patience]);
    clearTimeout(timer);
  }

  close(): void {
    this.closed = true;
    this.retryNow();
    this.journal.close();
  }
}
