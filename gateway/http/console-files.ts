import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import statics from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { asError, fault } from '../lib/errors.ts';

/** Stands in `index.html` wherever a nonce belongs. */
export const noncePlaceholder = '__CSP_NONCE__';

const yearMs = 365 * 86_400_000;

/** What a page may do: run and style itself with our files and its nonce, talk to us, and show what we or it made. */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "script-src-attr 'none'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A place in the console, which its router knows: no file extension, nothing escaped, not of the API. */
function isPage(path: string): boolean {
  return /^\/(?!api(\/|$)|\/)[\w/~-]*$/i.test(path) || path === '/index.html';
}

/**
 * Serves the built console: its page with a fresh nonce and never cached, files named by their hash for a year, others checked
 * at each use. Any address that is no file and looks like a place in the console is its `index.html`.
 */
export async function serveConsole(app: FastifyInstance, dist: URL): Promise<void> {
  const root = dist.href.endsWith('/') ? dist : new URL(`${dist.href}/`);
  await app.register(statics, {
    root: fileURLToPath(root),
    serve: false,
    suppressWarning: true,
    // The build writes a gzip beside what is worth it: a first load over a slow line is a third as long.
    preCompressed: true,
  });

  async function sendPage(reply: FastifyReply): Promise<FastifyReply> {
    const html = await readFile(new URL('index.html', root), 'utf8').catch((error: unknown) => {
      throw fault('not.found', 'the console is not built: run "npm run build" and load this page again', {
        cause: asError(error),
      });
    });
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', pagePolicy(nonce))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(noncePlaceholder, nonce));
  }

  app.get<{ Params: { '*': string } }>(
    '/*',
    { config: { permission: 'public' }, schema: { hide: true } },
    async (request, reply) => {
      const [path = ''] = request.url.split('?');
      if (isPage(path)) return sendPage(reply);
      const file = `/${request.params['*']}`;
      const hashed = file.startsWith('/assets/');
      return reply.sendFile(file, {
        index: false,
        dotfiles: 'ignore',
        cacheControl: true,
        maxAge: hashed ? yearMs : 0,
        immutable: hashed,
      });
    },
  );
}
