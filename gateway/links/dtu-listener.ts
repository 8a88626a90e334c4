import { createServer, type Server, type Socket } from 'node:net';
import type { LinkDown, LinkTrouble } from '../contract/link-trouble.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import {
  type DtuInput,
  type DtuState,
  type DtuStep,
  type ExpectedDtu,
  openDtuSession,
  stepDtu,
} from '../protocols/dtu/session.ts';
import type { ByteLine } from './byte-line.ts';
import { createTakeovers } from './dtu-takeovers.ts';
import { closedByPeer, socketTrouble } from './line-trouble.ts';
import { type ListenerName, portBusy } from './port-busy.ts';

const named: ListenerName = { name: 'port for dial-in units', variables: 'GATEHOUSE_DTU', key: 'dtu' };

/** A unit that dialled in and that no link expects. */
export interface UnknownDtu {
  /** Its address. */
  from: string;
  bytes: Uint8Array;
  receivedAt: number;
}

export interface DtuLineOptions {
  unit: ExpectedDtu;
  bytes(received: Buffer): void;
  /** Told once when the line comes up, and once when it is lost, or nobody dials in (with the reason). */
  state(up: boolean, error: string | null, trouble: LinkTrouble | null): void;
}

export interface DtuStats {
  /** Open now. */
  connections: number;
  /** Since the start. */
  registrations: number;
  unknown: number;
}

/** Where dial-in units connect to. */
export interface DtuListener {
  readonly port: number;
  /** The line of a unit; it is up from its registration on. */
  line(options: DtuLineOptions): ByteLine;
  stats(): DtuStats;
  close(): void;
}

/** So many connections may be open that have not said who they are; then one is closed. */
const mostWaiting = 64;

const notDialledIn: LinkDown = {
  error: 'the unit has not dialled in',
  trouble: { code: 'not-dialled-in' },
};
const other = (error: string): LinkDown => ({ error, trouble: { code: 'other' } });

interface Connection {
  socket: Socket;
  from: string;
  state: DtuState;
  cancel: () => void;
}

interface Line {
  options: DtuLineOptions;
  connection: Connection | undefined;
  /** Told as down, so that it is told once. */
  down: boolean;
  cancel: () => void;
}

/** @throws port.busy */
export async function listenForDtus(deps: {
  host: string;
  port: number;
  clock: Clock;
  log: Logger;
  unknown(caller: UnknownDtu): void;
}): Promise<DtuListener> {
  const { clock, log } = deps;
  const lines = new Map<string, Line>();
  const waiting = new Set<Connection>();
  const takeovers = createTakeovers();
  const totals = { registrations: 0, unknown: 0 };
  const mono = () => clock.now().monoMs;
  const expected = () => [...lines.values()].map(({ options }) => options.unit);

  function accept(socket: Socket): void {
    const from = socket.remoteAddress ?? '?';
    const connection: Connection = { socket, from, state: { phase: 'ended' }, cancel: () => {} };
    waiting.add(connection);
    if (waiting.size > mostWaiting) makeRoom();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (bytes) => step(connection, { type: 'bytes', bytes }));
    socket.on('error', (error) => end(connection, { error: error.message, trouble: socketTrouble(error) }));
    socket.on('close', () => end(connection, closedByPeer));
    follow(connection, openDtuSession(mono()));
  }

  /** Of the address that has most waiting the oldest goes, so that one host does not keep the others out. */
  function makeRoom(): void {
    const byAddress = Map.groupBy(waiting, ({ from }) => from);
    const [crowd] = [...byAddress.values()].sort((a, b) => b.length - a.length);
    const [oldest] = crowd ?? [];
    if (oldest) end(oldest, other('too many that do not say who they are'));
  }

  function step(connection: Connection, input: DtuInput): void {
    if (connection.state.phase === 'ended') return;
    follow(connection, stepDtu(connection.state, input, mono(), expected()));
  }

  function follow(connection: Connection, { state, outputs, wakeMono }: DtuStep): void {
    connection.cancel();
    connection.state = state;
    for (const output of outputs) {
      if (output.type === 'registered') register(connection, output.unit);
      else if (output.type === 'unknown') tellUnknown(connection, output.bytes);
      else if (output.type === 'close') end(connection, closed(connection, output.why));
      else lineOf(connection)?.options.bytes(Buffer.from(output.bytes));
    }
    if (wakeMono !== null && connection.state.phase !== 'ended')
      connection.cancel = clock.wakeAfter(Math.max(1, Math.ceil(wakeMono - mono())), () =>
        step(connection, { type: 'tick' }),
      );
  }

  /** The conversation with a unit that has registered ends by its silence alone. */
  function closed(connection: Connection, error: string): LinkDown {
    const line = lineOf(connection);
    return line
      ? { error, trouble: { code: 'silent', s: Math.round(line.options.unit.silenceMs / 1_000) } }
      : other(error);
  }

  function lineOf(connection: Connection): Line | undefined {
    for (const line of lines.values()) if (line.connection === connection) return line;
    return undefined;
  }

  function register(connection: Connection, { link }: ExpectedDtu): void {
    const line = lines.get(link);
    if (!line) return;
    waiting.delete(connection);
    const before = line.connection;
    const heardMono = before?.state.phase === 'registered' ? before.state.heardMono : null;
    const refusal = takeovers.judge(link, mono(), heardMono);
    if (refusal !== null) {
      end(connection, refusal);
      lose(line, refusal);
      return;
    }
    totals.registrations++;
    line.connection = connection;
    line.cancel();
    if (before) {
      log.info({ link, from: connection.from }, 'the unit dialled in again; its old connection is closed');
      end(before, other('replaced by a newer connection'));
    }
    if (before) return;
    line.down = false;
    log.info({ link, from: connection.from }, 'the unit has dialled in');
    line.options.state(true, null, null);
  }

  function tellUnknown({ from }: Connection, bytes: Uint8Array): void {
    totals.unknown++;
    deps.unknown({ from, bytes, receivedAt: clock.now().wallMs });
  }

  /** Ends a connection, and its line with it. */
  function end(connection: Connection, why: LinkDown): void {
    const line = lineOf(connection);
    connection.state = { phase: 'ended' };
    connection.cancel();
    waiting.delete(connection);
    connection.socket.destroy();
    if (line) lose(line, why);
  }

  function lose(line: Line, why: LinkDown): void {
    const { connection } = line;
    line.connection = undefined;
    line.cancel();
    if (connection) end(connection, why);
    if (line.down) return;
    line.down = true;
    log.warn({ link: line.options.unit.link, why: why.error }, 'the line is down');
    line.options.state(false, why.error, why.trouble);
  }

  const server: Server = createServer(accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portBusy(named, deps.host, deps.port, cause)));
    server.listen(deps.port, deps.host, resolve);
  });
  server.on('error', (error) =>
    log.warn({ error: error.message }, 'a unit that dialled in was not accepted'),
  );
  const address = server.address();

  return {
    port: typeof address === 'object' && address ? address.port : deps.port,
    line(options) {
      const { link, silenceMs } = options.unit;
      const line: Line = { options, connection: undefined, down: false, cancel: () => {} };
      line.cancel = clock.wakeAfter(silenceMs, () => lose(line, notDialledIn));
      lines.set(link, line);
      // One may have said already what nobody knew then; looked for when whoever opens the line has it in hand.
      clock.wakeAfter(0, () => {
        for (const connection of [...waiting]) step(connection, { type: 'expected' });
      });
      return {
        get up() {
          return line.connection !== undefined;
        },
        // The unit has line settings of its own.
        use: (_settings, go) => go(),
        send: (bytes) => line.connection?.socket.write(bytes) !== undefined,
        renew: (why) => lose(line, why),
        close() {
          if (lines.get(link) === line) lines.delete(link);
          line.down = true;
          line.cancel();
          if (line.connection) end(line.connection, other('the link was closed'));
        },
      };
    },
    stats() {
      const registered = [...lines.values()].filter(({ connection }) => connection !== undefined).length;
      return { connections: waiting.size + registered, ...totals };
    },
    close() {
      server.close();
      for (const { connection } of [...lines.values()])
        if (connection) end(connection, other('the gateway ends'));
      for (const connection of [...waiting]) end(connection, other('the gateway ends'));
    },
  };
}
