import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Problem } from '../contract/problem.ts';
import { asError, catalogue, Fault, type FaultCode, type FieldError, fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';

/** When the same call may succeed: the commit's longest pause, and the throttle's slowest refill. */
const retryAfterS: Partial<Record<FaultCode, number>> = {
  'storage.unavailable': 5,
  'queue.full': 5,
  'device.unreachable': 10,
  'auth.throttled': 10,
};

/** RFC 9457 §3.1; the type is a URN, since the codes are explained in the documentation and not at an address. */
export function problemOf(error: Fault): Problem {
  const { title, status } = catalogue[error.code];
  return {
    type: `urn:gatehouse:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}

export function sendProblem(reply: FastifyReply, error: Fault): FastifyReply {
  const wait = retryAfterS[error.code];
  if (wait !== undefined) reply.header('retry-after', wait);
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(error));
}

interface Issue {
  keyword: string;
  instancePath: string;
  message?: string | undefined;
  params: Record<string, unknown>;
}

interface RawIssue {
  code: string;
  path: PropertyKey[];
  message: string;
  [more: string]: unknown;
}

/** Every bad field by name: a key too many is named itself, and a union is explained by the branch that came nearest. */
function fieldErrors(part: string, issue: Issue): FieldError[] {
  const path = [part, ...issue.instancePath.split('/').filter((step) => step !== '')].join('.');
  const { keys, errors } = issue.params;
  if (issue.keyword === 'unrecognized_keys' && Array.isArray(keys))
    return keys.map((key) => ({ path: `${path}.${String(key)}`, message: 'there is no such field' }));
  if (issue.keyword === 'invalid_union' && Array.isArray(errors)) {
    const branches = (errors as RawIssue[][]).filter((branch) => branch.length > 0);
    const depth = (branch: RawIssue[]) => Math.max(...branch.map((one) => one.path.length));
    const [nearest] = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
    if (nearest && depth(nearest) > 0)
      return nearest.flatMap(({ code, path: inner, message, ...params }) =>
        fieldErrors(path, {
          keyword: code,
          instancePath: `/${inner.map(String).join('/')}`,
          message,
          params,
        }),
      );
  }
  return [{ path, message: issue.message ?? 'is not valid' }];
}

const parts: Record<string, string> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/** What fastify itself refuses, in our codes. */
const refusals: Record<string, { code: FaultCode; detail: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'request.too-large',
    detail: 'the body is larger than this route takes: send less at a time',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'request.not-json',
    detail: 'send the content type that the route declares',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'request.invalid',
    detail: 'the content type says JSON but the body is empty: send a body, or no content type',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request.invalid', detail: 'the body is not JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request.invalid',
    detail: 'the body is not as long as its Content-Length says',
  },
  FST_STATIC_FORBIDDEN_PATH: { code: 'not.found', detail: 'there is no such file' },
  FST_ERR_BAD_URL: { code: 'request.invalid', detail: 'the address has a wrong percent escape' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'request.invalid', detail: 'a part of the address is too long' },
};

/** Whatever a route or fastify threw, as a Fault of the catalogue. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const part = parts[thrown.validationContext ?? ''] ?? 'request';
    const errors = thrown.validation.flatMap((issue) => fieldErrors(part, issue));
    const said = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return fault('request.invalid', said, { cause: thrown, errors });
  }
  const error = asError(thrown) as Error & { code?: string; statusCode?: number };
  const refusal = refusals[error.code ?? ''];
  if (refusal) return fault(refusal.code, refusal.detail, { cause: error });
  if (error.statusCode === 404)
    return fault('not.found', 'there is nothing at this address', { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return fault('request.invalid', error.message, { cause: error });
  return fault('internal', 'the log of the gateway has the details', { cause: error });
}

/** Answers an error; what is our own fault is logged with its stack and told without it. */
export function answerError(log: Logger) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = faultOf(thrown);
    if (error.status === 500) {
      const origin = asError(error.cause ?? error);
      log.error(
        { method: request.method, route: request.routeOptions.url, error: origin.stack, cause: origin.cause },
        'a request failed',
      );
    }
    return sendProblem(reply, error);
  };
}
