import { InfluxDB, type IPoint, type IPoolOptions } from 'influx';
import type { InfluxAddress } from './influx-address.ts';

/** What InfluxDB said: the rest of the write stands, these will never. */
export class RefusedPoints extends Error {}

/** An answer of InfluxQL: rows by the names of their columns; `time` in ms. */
export type InfluxRow = Record<string, number | string | null>;

export interface InfluxClient {
  /** @throws RefusedPoints when some of them can never be written; another error when it is worth trying again */
  write(points: readonly IPoint[]): Promise<void>;
  /** The rows of each statement. @throws when it is not answered, with the server's words */
  ask(statements: readonly string[]): Promise<{ measurement: string; rows: InfluxRow[] }[]>;
}

const requestMs = 10_000;
/** The library waits for ever when a connection breaks within an answer. */
const longestAnswerMs = 30_000;

/** Its own retries would hide an outage, and it sets a host aside by timers that outlive us: back-off is ours. */
const noBackoff: NonNullable<IPoolOptions['backoff']> = {
  getDelay: () => 0,
  next: () => noBackoff,
  reset: () => noBackoff,
};

interface RawAnswer {
  results: {
    error?: string;
    series?: { name: string; columns: string[]; values: (number | string | null)[][] }[];
  }[];
}

export function influxClient(address: InfluxAddress, answerMs = longestAnswerMs): InfluxClient {
  const { protocol, host, port, database, user } = address;
  const influx = new InfluxDB({
    hosts: [{ protocol, host: host.includes(':') ? `[${host}]` : host, port }],
    database,
    // Left out, the library would sign in as root.
    username: user?.name ?? (null as unknown as string),
    password: user?.password ?? '',
    pool: { maxRetries: 0, requestTimeout: requestMs, backoff: noBackoff },
  });

  async function within<Answer>(work: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerMs / 1_000} s`)), answerMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function write(points: readonly IPoint[]): Promise<void> {
    try {
      await within(influx.writePoints([...points], { precision: 'ms' }));
    } catch (error) {
      const words = wordsOf(error);
      // Beyond the retention policy, or of another type than somebody else has given the field.
      if (words.includes('partial write')) throw new RefusedPoints(words);
      throw new Error(words);
    }
  }

  return {
    async write(points) {
      try {
        await write(points);
      } catch (error) {
        if (!/database not found/.test(String(error))) throw error;
        await createDatabase();
        await write(points);
      }
    },
    async ask(statements) {
      let answer: RawAnswer;
      try {
        answer = (await within(influx.queryRaw([...statements], { precision: 'ms' }))) as RawAnswer;
      } catch (error) {
        throw new Error(wordsOf(error));
      }
      return answer.results.map(({ error, series = [] }) => {
        if (error !== undefined) throw new Error(error);
        const [first] = series;
        return {
          measurement: first?.name ?? '',
          rows: (first?.values ?? []).map(
            (values) =>
              Object.fromEntries(
                (first?.columns ?? []).map((name, i) => [name, values[i] ?? null]),
              ) as InfluxRow,
          ),
        };
      });
    },
  };

  async function createDatabase(): Promise<void> {
    try {
      await within(influx.createDatabase(database));
    } catch (error) {
      throw new Error(`it has no database ${database}, and this user may not create it: ${wordsOf(error)}`);
    }
  }
}

/** `A 404 Not Found error occurred: {"error":"database not found: \"x\""}` in fewer words. */
function wordsOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const match = /^A (\d{3} [^{]*?) error occurred: (.*)$/s.exec(message);
  if (!match) return message;
  const [, status, body = ''] = match;
  const said = /"error":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1]?.replaceAll('\\"', '"') ?? body.slice(0, 200);
  return `${status}: ${said.trim()}`;
}
