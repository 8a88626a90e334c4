import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import websocket from '@fastify/websocket';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  type RawServerDefault,
  type RouteOptions,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { asError, fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type {} from '../store/operate.ts';
import { takeDeclaredBodies } from './body.ts';
import { serveConsole } from './console-files.ts';
import { describeRoutes } from './openapi.ts';
import { answerError, sendProblem } from './problem.ts';

export interface HttpServerOptions {
  /** PEM; the server then speaks HTTPS only, TLS 1.2 and later. */
  tls?: { cert: string | Buffer; key: string | Buffer } | undefined;
  /** The folder of the built console. */
  consoleDist: URL;
  log: Logger;
  /** Runs first at every request: sets `request.actor`, or throws the Fault that refuses it. */
  check(request: FastifyRequest): void;
  /** Of Gatehouse, for the description of the API. */
  version: string;
  /** Bytes of a request's body, where a route says nothing else; 1 MiB by default. */
  bodyLimit?: number | undefined;
}

/** Rooms register on it: `await server.register(routes, { prefix: '/api/v1' })`. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A request that has not arrived whole by then is dropped, so that slow senders hold no sockets. */
const requestTimeoutMs = 30_000;
/** The longest message a client may send on a websocket. */
const websocketMessageBytes = 64 * 1024;

/** Deny by default: a route that forgot its permission keeps the gateway from starting. HEAD comes with its GET's. */
function requirePermission(route: RouteOptions): void {
  if (route.config?.permission === undefined)
    throw fault(
      'internal',
      `the route ${String(route.method)} ${route.url} declares no permission: give it config: { permission }`,
    );
}

/** @throws config.invalid when certificate and key cannot be used */
function create(options: HttpServerOptions): FastifyInstance {
  const common = {
    logger: false,
    trustProxy: false,
    bodyLimit: options.bodyLimit ?? 1_048_576,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    frameworkErrors: answerError(options.log),
  } as const;
  const { tls } = options;
  if (!tls) return fastify(common);
  try {
    const https = { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' } as const;
    return fastify({ ...common, https }) as unknown as FastifyInstance;
  } catch (error) {
    throw fault('config.invalid', `certificate and key cannot be used: ${asError(error).message}`, {
      cause: error,
    });
  }
}

/** The server with its security headers, errors, OpenAPI and console, before any room has registered its routes. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = create(options);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError(options.log));
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?');
    return sendProblem(reply, fault('not.found', `there is nothing at ${request.method} ${path}`));
  });
  app.addHook('onRoute', requirePermission);
  await app.register(helmet, {
    // An answer of the API is no page and may do nothing; the console gets a policy of its own (console-files.ts).
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    hsts: options.tls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // Browsers ignore these without TLS, and say so in red on every page.
    crossOriginOpenerPolicy: options.tls ? { policy: 'same-origin' } : false,
    originAgentCluster: options.tls !== undefined,
  });
  // Before the check, so that the socket of a refused upgrade is closed with its answer and not kept for ever.
  await app.register(websocket, { options: { maxPayload: websocketMessageBytes, perMessageDeflate: false } });
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    options.check(request);
  });
  takeDeclaredBodies(app);
  await describeRoutes(app, options.version);
  await serveConsole(app, options.consoleDist);
  return app as unknown as HttpServer;
}

/**
 * Opens the port; 0 takes a free one.
 * @returns the port
 * @throws port.busy, config.invalid when the address is not of this machine or the port needs more rights
 */
export async function listen(server: HttpServer, host: string, port: number): Promise<number> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'EADDRINUSE')
      throw fault(
        'port.busy',
        `port ${port} on ${host} is in use: stop the program that has it, or set GATEHOUSE_HTTP_PORT to another one (0 takes a free one)`,
        { cause: error },
      );
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw fault(
        'config.invalid',
        `cannot listen on ${host} port ${port} (${code}): set GATEHOUSE_HTTP_HOST to an address of this machine and GATEHOUSE_HTTP_PORT to a port above 1023`,
        { cause: error },
      );
    throw error;
  }
  const address = server.server.address();
  return typeof address === 'object' && address ? address.port : port;
}
