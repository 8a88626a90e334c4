import { type Misread, misreadText } from '../contract/misread.ts';

/** The catalogue: branch on `code`, never on words. `retry` tells a client whether the same call may succeed later. */
export const catalogue = {
  'request.invalid': {
    status: 400,
    retry: false,
    title: 'The request is not of the form that this route takes',
  },
  'request.not-json': {
    status: 415,
    retry: false,
    title: 'The content type is not the one this route takes',
  },
  'request.too-large': { status: 413, retry: false, title: 'The request is larger than this route takes' },
  'auth.required': { status: 401, retry: false, title: 'Sign in, or send a token' },
  'auth.refused': { status: 401, retry: false, title: 'The name or the password is wrong' },
  'auth.forbidden': { status: 403, retry: false, title: 'Your role does not allow this' },
  'auth.origin': { status: 403, retry: false, title: 'The request comes from another origin' },
  'auth.throttled': { status: 429, retry: true, title: 'Too many tries; wait and try again' },
  'setup.required': { status: 403, retry: false, title: 'The first administrator has not been created yet' },
  'setup.link': { status: 403, retry: false, title: 'The set-up link is used, expired or wrong' },
  'not.found': { status: 404, retry: false, title: 'There is no such thing' },
  'state.conflict': { status: 409, retry: false, title: 'Its present state does not allow this' },
  'id.conflict': { status: 409, retry: false, title: 'This id is taken by something else' },
  'storage.unavailable': {
    status: 503,
    retry: true,
    title: 'It could not be recorded; repeating it with the same id is safe',
  },
  'history.unavailable': { status: 503, retry: true, title: 'The history store does not answer' },
  'storage.unusable': { status: 500, retry: false, title: 'The database cannot be used' },
  'storage.newer': { status: 500, retry: false, title: 'The database was written by a newer Gatehouse' },
  'data.locked': { status: 409, retry: false, title: 'Another Gatehouse uses this data directory' },
  'data.unwritable': { status: 500, retry: false, title: 'The data directory cannot be written' },
  'port.busy': { status: 500, retry: true, title: 'The port is in use' },
  'config.invalid': { status: 422, retry: false, title: 'The configuration has errors' },
  'type.invalid': { status: 422, retry: false, title: 'The device type has errors' },
  'site.invalid': { status: 422, retry: false, title: 'The site file has errors' },
  'message.invalid': { status: 422, retry: false, title: 'The message could not be understood' },
  'device.unreachable': { status: 503, retry: true, title: 'The device does not answer' },
  'command.failed': { status: 502, retry: false, title: 'The device did not do it' },
  'queue.full': { status: 503, retry: true, title: 'The gateway takes no more input for the moment' },
  'meter.implausible': { status: 422, retry: false, title: 'The register does not fit those around it' },
  'meter.unusual': {
    status: 422,
    retry: false,
    title: 'The register is possible but unusual; send it again with "confirmed": true if it is right',
  },
  'backup.invalid': { status: 422, retry: false, title: 'The backup cannot be used' },
  internal: { status: 500, retry: false, title: 'Something in Gatehouse went wrong' },
} as const;

export type FaultCode = keyof typeof catalogue;

export interface FieldError {
  /** Where: a JSON path, a field, or `file:line:column`. */
  path: string;
  message: string;
}

/** An error of the catalogue. `detail` says what, where and how to mend it. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly detail: string;
  readonly errors: FieldError[];
  /** Of what could not be understood: the detail by codes, for other languages. */
  readonly why: readonly Misread[];

  constructor(
    code: FaultCode,
    detail: string,
    options: { cause?: unknown; errors?: FieldError[]; why?: readonly Misread[] } = {},
  ) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.why = options.why ?? [];
  }

  get status(): number {
    return catalogue[this.code].status;
  }
}

export function fault(
  code: FaultCode,
  detail: string,
  options?: { cause?: unknown; errors?: FieldError[] },
): Fault {
  return new Fault(code, detail, options);
}

/** What came cannot be understood, for these reasons. */
export function misunderstood(why: readonly Misread[], options: { cause?: unknown } = {}): Fault {
  return new Fault('message.invalid', why.map(misreadText).join('; '), { ...options, why });
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
