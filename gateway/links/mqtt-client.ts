import type { LinkDown } from '../contract/link-trouble.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { socketTrouble } from './line-trouble.ts';
import { ClientConnection } from './mqtt-client-connection.ts';

export interface OutsideBrokerOptions {
  link: string;
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  url: string;
  version: '3.1.1' | '5';
  /** The same at every start: the broker keeps under it what comes while we are away. */
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  /** What to subscribe to, at QoS 1. */
  filters: readonly string[];
  /** What an earlier form of this link subscribed to and this one does not: the broker's session still holds it. */
  dropped?: readonly string[];
  /** Where others see whether we are there: `online`, and `offline` by our will and when we go. The broker keeps it. */
  presence?: string | undefined;
  clock: Clock;
  log: Logger;
  /**
   * Takes one message. `done()` once it is durable: its PUBACK goes out then, in the order of arrival. `done(error)` ends
   * the connection unacknowledged, so that the broker repeats. For QoS 0 it may be called at once.
   */
  accept(message: OutsideMessage, done: (error?: Error) => void): void;
  /**
   * Told once when the broker is reached and has granted the filters, once when it is lost, with the reason, and again when
   * the reason has become another: a broker that was away may come back and refuse us.
   */
  state(up: boolean, down: LinkDown | null): void;
  /** The broker has forgotten our session: what it had acknowledged to others meanwhile may be lost. */
  sessionLost(): void;
}

export interface OutsideMessage {
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  /** Kept by the broker and told because we have subscribed: nothing has happened now. */
  retained: boolean;
  /** UTC ms. */
  receivedAt: number;
}

/** The way to a broker that is not ours, which mends itself. */
export interface OutsideBroker {
  /**
   * QoS 1; resolves with the broker's PUBACK. Rejects when the broker is not reached: then nothing was sent. When the
   * connection ends in between nobody knows, and it never settles.
   * @param expiresAt UTC ms after which the broker should not hand it out any more (MQTT 5 only)
   */
  publish(topic: string, payload: string | Buffer, expiresAt: number): Promise<void>;
  /** Has the broker keep a message for whoever comes; an empty one takes it away. Lost when it is not reached. */
  keep(topic: string, payload: string): void;
  /** While true no message is taken: the socket fills and the broker waits. */
  pauseReading(paused: boolean): void;
  /** Ends the connection; the broker keeps our session for the next start. */
  close(): Promise<void>;
  /** For a link that is no more: ends the subscriptions too, so that the broker keeps nothing for nobody. */
  leave(): Promise<void>;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** MQTT 3.1.1 §3.9.3, MQTT 5 §3.9.3: from here on a reason in a SUBACK is a refusal. */
const leastRefusal = 0x80;
const sessionTakenOver = 142;
/** MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2: the CONNACK that refuses who we say we are. */
const signInRefusals: readonly unknown[] = [4, 5, 134, 135, 138];

/** The broker does not let us listen to a tree of topics. */
class NotGranted extends Error {
  readonly topic: string;

  constructor(clientId: string, topic: string) {
    super(`the broker does not let ${clientId} subscribe to ${topic}`);
    this.topic = topic;
  }
}

/** Why a broker could not be reached or does not take us, by the code of the error. */
function brokerTrouble(error: Error): LinkDown['trouble'] {
  const { code } = error as Error & { code?: unknown };
  if (signInRefusals.includes(code)) return { code: 'sign-in-refused' };
  // OpenSSL's and Node's names for a certificate that is not believed.
  if (typeof code === 'string' && /CERT|^ERR_TLS|UNABLE_TO_/.test(code)) return { code: 'certificate' };
  return error.message === 'connack timeout' ? { code: 'timeout' } : socketTrouble(error);
}

/** Opens the way and keeps it open: pauses double from a quarter second to ten seconds. */
export function openOutsideBroker(options: OutsideBrokerOptions): OutsideBroker {
  const { link, url, clock, log } = options;
  let connection: ClientConnection | undefined;
  let closed = false;
  let paused = false;
  /** Once connected, a broker that knows no session of ours has lost one. */
  let hadSession = false;
  let told: { up: boolean; error: string | undefined } | undefined;
  let why = 'it was not reached yet';
  let pauseMs = firstPauseMs;
  let cancel: (() => void) | undefined;

  function tell(up: boolean, down: LinkDown | null): void {
    const error = down?.error;
    if (closed || (told?.up === up && told.error === error)) return;
    const moved = told?.up !== up;
    told = { up, error };
    if (!moved) log.debug({ link, url, why: error }, 'the outside broker is lost for another reason now');
    else if (up) log.info({ link, url }, 'the outside broker is reached');
    else log.warn({ link, url, why: error }, 'the outside broker is lost');
    options.state(up, down);
  }

  async function attempt(): Promise<void> {
    // Loaded when a site first needs it: a gateway without such a link has no use for it.
    const { connect } = await import('mqtt');
    if (closed) return;
    const mine = new ClientConnection(options, connect, paused);
    const { client } = mine;
    connection = mine;
    // Not every broker says why; two clients of one name put each other out for ever.
    const putOut = { code: 'put-out', clientId: options.clientId } as const;
    let reason: LinkDown = {
      error: `the broker closed the connection; if it does so again and again, another client signs in with the client id ${options.clientId}`,
      trouble: putOut,
    };
    client.on('error', (error) => {
      reason = { error: asError(error).message || String(error), trouble: brokerTrouble(error) };
      mine.end();
    });
    client.on('disconnect', ({ reasonCode }) => {
      const error = `the broker ended the connection (MQTT reason ${reasonCode})`;
      reason =
        reasonCode === sessionTakenOver
          ? {
              error: `${error}: another client signs in with the client id ${options.clientId}`,
              trouble: putOut,
            }
          : { error, trouble: { code: 'closed-by-peer' } };
    });
    client.once('connect', ({ sessionPresent }) => {
      if (hadSession && !sessionPresent) options.sessionLost();
      hadSession = true;
      listen(mine).catch((error: unknown) => {
        if (!mine.over)
          reason =
            error instanceof NotGranted
              ? { error: error.message, trouble: { code: 'subscription-refused', topic: error.topic } }
              : { error: asError(error).message, trouble: { code: 'other' } };
        mine.end();
      });
    });
    client.once('close', () => {
      mine.over = true;
      mine.up = false;
      if (closed) return;
      why = reason.error;
      tell(false, reason);
      cancel = clock.wakeAfter(pauseMs, () => void attempt());
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  }

  async function listen(mine: ClientConnection): Promise<void> {
    const { filters, dropped = [] } = options;
    // `nl`: with MQTT 5 our own commands do not come back to us.
    if (dropped.length > 0) await mine.client.unsubscribeAsync([...dropped]);
    const granted = await mine.client.subscribeAsync([...filters], { qos: 1, nl: true });
    const refused = granted.find(({ qos }) => Number(qos) >= leastRefusal);
    if (refused) throw new NotGranted(options.clientId, refused.topic);
    if (mine.over) return;
    mine.up = true;
    pauseMs = firstPauseMs;
    if (options.presence !== undefined) keep(options.presence, 'online');
    tell(true, null);
  }

  function keep(topic: string, payload: string): void {
    // QoS 0: all of it is said anew when the broker is back.
    if (connection?.up) connection.client.publish(topic, payload, { qos: 0, retain: true });
  }

  function stop(): void {
    if (options.presence !== undefined) keep(options.presence, 'offline');
    closed = true;
    cancel?.();
  }

  void attempt();
  return {
    async publish(topic, payload, expiresAt) {
      const mine = connection;
      if (!mine?.up) throw new Error(`the link ${link} is down: ${why}`);
      const messageExpiryInterval = Math.max(1, Math.ceil((expiresAt - clock.now().wallMs) / 1_000));
      await mine.client.publishAsync(topic, payload, {
        qos: 1,
        ...(options.version === '5' && { properties: { messageExpiryInterval } }),
      });
    },
    keep,
    pauseReading(wanted) {
      paused = wanted;
      connection?.pauseReading(wanted);
    },
    async close() {
      stop();
      await connection?.close();
    },
    async leave() {
      stop();
      const mine = connection;
      if (mine?.up)
        await mine.client.unsubscribeAsync([...options.filters]).catch((error: unknown) => {
          log.warn({ link, url, error: asError(error).message }, 'our subscriptions could not be ended');
        });
      else log.warn({ link, url }, 'the outside broker is not reached and goes on keeping messages for us');
      await mine?.close();
    },
  };
}
