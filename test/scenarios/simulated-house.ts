import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Round } from '../../gateway/contract/patrol.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/gateway.ts';
import { createManualClock, type ManualClock } from '../../gateway/lib/clock.ts';
import { silentLog } from '../../gateway/lib/log.ts';
import { testPassword } from '../house.ts';

export const sec = 1_000;
export const min = 60 * sec;
export const hour = 60 * min;
export const day = 24 * hour;

type Json = Record<string, unknown>;

/** A whole gateway on a clock that a test moves: every timer fires at its moment, a month passes in seconds. */
export interface SimulatedHouse {
  readonly gateway: Gateway;
  readonly clock: ManualClock;
  /** UTC ms by the wall clock. */
  readonly now: number;
  /** Lets the time pass, on both clocks. */
  pass(ms: number): Promise<void>;
  /** Lets it pass until the wall clock shows `at`. */
  goTo(at: number): Promise<void>;
  /** A message of a native device as the broker hands it over, until it is acknowledged and all that follows is done. */
  send(device: string, tail: string, payload: Json): Promise<void>;
  /** Somebody of this role, else an administrator, over HTTP; answers the status and what came with it. */
  call<Body = Json>(
    method: string,
    path: string,
    body?: Json,
    role?: string,
  ): Promise<{ status: number; body: Body }>;
  /** The same, which must succeed. */
  ask<Body = Json>(method: string, path: string, body?: Json, role?: string): Promise<Body>;
  /** Ends the gateway, lets the time pass without it, and starts it anew on its data. */
  restart(downMs?: number): Promise<void>;
  rows<Row>(sql: string, ...params: (string | number)[]): Row[];
  alarms(definition?: string): Alarm[];
  transitions(definition: string): AlarmTransition[];
  tickets(): Ticket[];
  rounds(plan?: string): Round[];
  close(): Promise<void>;
}

/** @param options.start UTC ms */
export async function startSimulation(
  options: { start: number; site: string } & Partial<GatewayOptions>,
): Promise<SimulatedHouse> {
  const { start, site, ...given } = options;
  const clock = createManualClock(start);
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-simulated-'));
  const full: GatewayOptions = {
    dataDir,
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { host: '127.0.0.1', port: 0 },
    log: silentLog,
    clock,
    // Within no story: a backup works in real time.
    backup: { at: '0 0 31 12 *', keep: 1 },
    ...given,
  };
  let gateway = await createGateway(full);
  const control = async (name: string, args: unknown) => gateway.control[name]?.(args);
  await control('user.add', { id: 'admin', role: 'administrator', password: testPassword });
  await control('site.apply', { yaml: site, file: 'site.yaml' });
  const db = new Database(join(dataDir, 'gatehouse.db'), { readonly: true });
  const sending = db.prepare("SELECT 1 FROM command WHERE state = 'sending' AND ended_at IS NULL");
  const tokens = new Map<string, string>();
  let settledTurns = -1;

  /** All that a moment leads to is done: turns, and the broker's words about what it has sent. */
  async function settle(): Promise<void> {
    for (;;) {
      await gateway.turns.idle();
      const { turns } = gateway.turns.stats();
      if (turns === settledTurns && !sending.get()) return;
      settledTurns = turns;
      await new Promise(setImmediate);
    }
  }

  async function tokenOf(role: string): Promise<string> {
    const known = tokens.get(role);
    if (known !== undefined) return known;
    const { secret } = (await control('token.create', { role, name: role })) as { secret: string };
    tokens.set(role, secret);
    return secret;
  }

  async function call<Body>(method: string, path: string, body?: Json, role = 'administrator') {
    const response = await fetch(`http://127.0.0.1:${gateway.http}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await tokenOf(role)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    await settle();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }

  const rows = <Row>(sql: string, ...params: (string | number)[]) => db.prepare(sql).all(...params) as Row[];
  const docs = <Doc>(sql: string, ...params: (string | number)[]) =>
    rows<{ doc: string }>(sql, ...params).map(({ doc }) => JSON.parse(doc) as Doc);

  await settle();
  return {
    get gateway() {
      return gateway;
    },
    clock,
    get now() {
      return clock.now().wallMs;
    },
    pass: (ms) => clock.advance(ms, settle),
    goTo: (at) => clock.advance(at - clock.now().wallMs, settle),
    async send(device, tail, payload) {
      const { promise, resolve } = Promise.withResolvers<Error | undefined>();
      gateway.field.mqtt(
        {
          principal: { kind: 'device', id: device, prefixes: [] },
          topic: `gatehouse/${device}/${tail}`,
          payload: Buffer.from(JSON.stringify(payload)),
          qos: 1,
          retain: false,
          dup: false,
          will: false,
          receivedAt: clock.now().wallMs,
        },
        resolve,
      );
      const error = await promise;
      if (error) throw error;
      await settle();
    },
    call,
    async ask<Body>(method: string, path: string, body?: Json, role?: string) {
      const answer = await call<Body>(method, path, body, role);
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async restart(downMs = 0) {
      await gateway.close();
      await clock.advance(downMs);
      gateway = await createGateway(full);
      settledTurns = -1;
      await settle();
    },
    rows,
    alarms: (definition) =>
      docs<Alarm>('SELECT doc FROM alarm ORDER BY raised_at, cause, id').filter(
        (alarm) => definition === undefined || alarm.definition === definition,
      ),
    transitions: (definition) =>
      rows(
        `SELECT t.alarm, t.revision, t.at, t.from_state AS "from", t.to_state AS "to", t.cause, t.who, t.station, t.comment
         FROM alarm_transition t JOIN alarm a ON a.id = t.alarm WHERE a.doc ->> '$.definition' = ?
         ORDER BY t.at, t.alarm, t.revision`,
        definition,
      ),
    tickets: () => docs('SELECT doc FROM ticket ORDER BY id'),
    rounds: (plan) =>
      plan === undefined
        ? docs('SELECT doc FROM round ORDER BY starts_at, plan')
        : docs('SELECT doc FROM round WHERE plan = ? ORDER BY starts_at', plan),
    async close() {
      db.close();
      await gateway.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
