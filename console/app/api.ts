import type { Problem } from '../../gateway/contract/problem.ts';

/** A list as the API answers it; `next` is the cursor of the following page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/**
 * A refused or failed call. Branch on `code`: one of the gateway's catalogue, or `network` when no answer came.
 * `detail` is the gateway's sentence of what, where and how to mend it (English); words for a code: `problemWords`.
 */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly { path: string; message: string }[];

  constructor(problem: Pick<Problem, 'code' | 'status' | 'title' | 'detail' | 'errors'>, cause?: unknown) {
    super(problem.detail ?? problem.title, { cause });
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
  }
}

const timeoutMs = 15_000;
const signedOut = new Set<() => void>();

/** Called when the gateway refused a call because nobody is signed in (the session ended, or was ended). */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(
      {
        code: 'network',
        status: response.status,
        title: 'The answer is not JSON',
        detail: text.slice(0, 200),
      },
      error,
    );
  }
}

interface Body {
  type: string;
  content: string | Blob;
}

/** How long an answer is waited for where that is longer than usual, and who may end the waiting. */
export interface Patience {
  patienceMs: number;
  signal?: AbortSignal;
}

async function send(
  method: string,
  path: string,
  body: Body | null,
  patience: Patience | null = null,
): Promise<Response> {
  const over = AbortSignal.timeout(patience?.patienceMs ?? timeoutMs);
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: body === null ? { accept: '*/*' } : { 'content-type': body.type },
      body: body?.content,
      signal: patience?.signal ? AbortSignal.any([over, patience.signal]) : over,
    });
  } catch (error) {
    throw new ApiError({ code: 'network', status: 0, title: 'The gateway does not answer' }, error);
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  const answer = await readBody(response);
  const problem = isProblem(answer)
    ? answer
    : { code: 'internal', status: response.status, title: response.statusText || `HTTP ${response.status}` };
  // To the question who is signed in this is an answer, for its asker alone.
  const asksWho = new URL(response.url).pathname === '/api/v1/session';
  if (problem.code === 'auth.required' && !asksWho) for (const listener of signedOut) listener();
  return new ApiError(problem);
}

async function ask<T>(
  method: string,
  path: string,
  body: Body | null,
  patience: Patience | null = null,
): Promise<T> {
  const response = await send(method, path, body, patience);
  if (!response.ok) throw await refusalOf(response);
  return (await readBody(response)) as T;
}

/** One call of the API under `/api/v1`. Throws ApiError. Repeating a POST with the same client-made id is safe. */
export function call<T>(method: string, path: string, body?: unknown, patience?: Patience): Promise<T> {
  return ask(
    method,
    path,
    body === undefined ? null : { type: 'application/json', content: JSON.stringify(body) },
    patience,
  );
}

/** A picture, and when it was taken (UTC ms; null when it does not say). Throws ApiError. */
export async function callPicture(path: string): Promise<{ picture: Blob; takenAt: number | null }> {
  const response = await send('GET', path, null);
  if (!response.ok) throw await refusalOf(response);
  const takenAt = response.headers.get('gatehouse-taken-at');
  return { picture: await response.blob(), takenAt: takenAt === null ? null : Number(takenAt) };
}

export const api = {
  get: <T>(path: string) => call<T>('GET', path),
  post: <T>(path: string, body: unknown = {}, patience?: Patience) => call<T>('POST', path, body, patience),
  /** A file of text as it is. */
  postText: <T>(path: string, type: string, content: string) => ask<T>('POST', path, { type, content }),
  /** A file of bytes as it is; what becomes of it may take longer than other answers. */
  postFile: <T>(path: string, type: string, content: Blob, patienceMs: number) =>
    ask<T>('POST', path, { type, content }, { patienceMs }),
  put: <T>(path: string, body: unknown) => call<T>('PUT', path, body),
  patch: <T>(path: string, body: unknown) => call<T>('PATCH', path, body),
  delete: <T>(path: string) => call<T>('DELETE', path),
};

/** `?a=1&b=2` of what is set. */
export function queryString(values: Record<string, string | number | boolean | undefined | null>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
