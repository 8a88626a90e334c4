import type { Connection } from './mqtt-connections.ts';
import type { MqttBrokerOptions } from './mqtt-options.ts';

const quietMs = 60_000;
const mostQuiet = 1_000;

/** Tells of limits and refusals: every one to the gateway, which counts; few to the log. */
export class Notices {
  readonly #options: Pick<MqttBrokerOptions, 'limited' | 'log'>;
  readonly #lastMs = new Map<string, number>();

  constructor(options: Pick<MqttBrokerOptions, 'limited' | 'log'>) {
    this.#options = options;
  }

  limited(limit: string, connection: { address: string; principal?: { id: string } | undefined }): void {
    this.#options.limited(limit, { address: connection.address, principal: connection.principal?.id });
  }

  /**
   * A warning at most once a minute for one cause: a client that tries in a loop must not fill the log.
   * @returns whether it was given
   */
  warn(cause: string, fields: object, words: string): boolean {
    const nowMs = performance.now();
    const lastMs = this.#lastMs.get(cause);
    if (lastMs !== undefined && nowMs - lastMs < quietMs) return false;
    if (this.#lastMs.size >= mostQuiet) this.#lastMs.clear();
    this.#lastMs.set(cause, nowMs);
    this.#options.log.warn(fields, words);
    return true;
  }
}

/** A connection as it stands in the log. */
export function about(connection: Connection): {
  address: string;
  principal: string | undefined;
  clientId: string;
} {
  return {
    address: connection.address,
    principal: connection.principal?.id,
    clientId: connection.clientId,
  };
}
