import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { asError, catalogue, Fault, type FaultCode, fault } from '../lib/errors.ts';

/** What the command line may ask of a gateway, by name; arguments and answers are JSON. */
export type ControlHandlers = Readonly<Record<string, (args: unknown) => Promise<unknown>>>;

export interface ControlServer {
  close(): Promise<void>;
}

const requestSchema = z.strictObject({ id: z.number().int(), name: z.string(), args: z.unknown() });
const faultCodes = Object.keys(catalogue) as [FaultCode, ...FaultCode[]];
const replySchema = z.object({
  id: z.number().int(),
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.enum(faultCodes),
      detail: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })),
    })
    .optional(),
});

/** A site file and its plan fit; nothing larger is sent. */
const largestLine = 32 * 1024 * 1024;
/** `sun_path` of Linux holds 107 bytes and a NUL; of macOS 103. */
const longestPath = 103;

export function controlPath(dataDir: string): string {
  const path = join(dataDir, 'gatehouse.sock');
  if (Buffer.byteLength(path) > longestPath)
    throw fault(
      'config.invalid',
      `the path of the control socket ${path} is longer than ${longestPath} bytes; choose a shorter data directory with --data`,
    );
  return path;
}

/** Calls `take` with each whole line; a line beyond the limit ends the connection. */
function readLines(socket: Socket, take: (line: string) => void): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (const [index, piece] of lines.entries()) {
      parts.push(piece);
      length += piece.length;
      if (length > largestLine) return socket.destroy();
      if (index === lines.length - 1) break;
      const line = parts.join('');
      parts = [];
      length = 0;
      take(line);
    }
  });
}

function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof z.ZodError)
    return fault('request.invalid', z.prettifyError(thrown), { cause: thrown });
  return fault('internal', asError(thrown).message, { cause: thrown });
}

/**
 * Serves the handlers on `DATA/gatehouse.sock` as newline-delimited JSON, for this user alone. A socket file left by a killed process
 * is replaced: who calls this holds the lock of the data directory.
 */
export async function serveControl(options: {
  path: string;
  handlers: ControlHandlers;
}): Promise<ControlServer> {
  const { path, handlers } = options;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readLines(
      socket,
      (line) => void answer(line).then((reply) => socket.write(`${JSON.stringify(reply)}\n`)),
    );
  });

  async function answer(line: string): Promise<z.input<typeof replySchema>> {
    let id = 0;
    try {
      const request = requestSchema.parse(JSON.parse(line));
      id = request.id;
      const handler = Object.hasOwn(handlers, request.name) ? handlers[request.name] : undefined;
      if (!handler)
        throw fault(
          'not.found',
          `the running gateway does not know "${request.name}"; it may be of another release`,
        );
      return { id, result: (await handler(request.args)) ?? null };
    } catch (thrown) {
      const { code, detail, errors } = asFault(thrown);
      return { id, error: { code, detail, errors } };
    }
  }

  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.end();
      }),
  };
}

/**
 * Asks a running gateway.
 * @returns undefined when none runs
 * @throws the Fault that its handler threw
 */
export async function callControl(
  path: string,
  name: string,
  args: unknown,
): Promise<{ result: unknown } | undefined> {
  const socket = connect(path);
  const reached = await new Promise<boolean>((resolve, reject) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
        resolve(false);
      else reject(fault('data.unwritable', `${path} cannot be reached: ${error.message}`, { cause: error }));
    });
  });
  if (!reached) return undefined;
  try {
    const line = await new Promise<string>((resolve, reject) => {
      const lost = () => reject(fault('internal', 'the gateway ended before it answered; look at its log'));
      socket.once('error', lost);
      socket.once('close', lost);
      readLines(socket, resolve);
      socket.write(`${JSON.stringify({ id: 1, name, args })}\n`);
    });
    const reply = replySchema.parse(JSON.parse(line));
    if (reply.error) throw fault(reply.error.code, reply.error.detail, { errors: reply.error.errors });
    return { result: reply.result };
  } finally {
    socket.destroy();
  }
}
