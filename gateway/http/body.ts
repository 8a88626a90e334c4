import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fault } from '../lib/errors.ts';

const json = ['application/json'];

/**
 * A body is taken only in the content type that the route declares: JSON, or its `schema.consumes`. A form on another page can
 * send neither, and no parser guesses.
 */
function checkContentType(request: FastifyRequest): void {
  if (request.is404 || request.method === 'GET' || request.method === 'HEAD') return;
  const { headers } = request;
  const given = headers['content-type'];
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (given === undefined && !hasBody) return;
  const [type = '', ...parameters] = (given ?? '').split(';').map((part) => part.trim().toLowerCase());
  const wanted = request.routeOptions.schema?.consumes ?? json;
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (!wanted.includes(type) || (charset && !/^charset="?utf-8"?$/.test(charset))) {
    const sent = given === undefined ? 'a body without a content type' : `"${given}"`;
    throw fault('request.not-json', `this route takes ${wanted.join(' or ')} in UTF-8, not ${sent}`);
  }
}

/** JSON stays parsed by fastify (which refuses `__proto__`); text comes as a string and anything else declared as bytes. */
export function takeDeclaredBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(/^(text\/|application\/(x-)?yaml)/, { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.addHook('onRequest', async (request) => checkContentType(request));
}
