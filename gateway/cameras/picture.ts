import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { PictureFailure } from '../contract/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Resolve } from './host-names.ts';
import type { HostPolicy } from './hosts.ts';
import { authorize, parseChallenges } from './http-auth.ts';

/** Where a camera's picture is. */
export interface PictureAddress {
  url: string;
  user: string | undefined;
  password: string | undefined;
}

export type PictureResult =
  | { ok: true; jpeg: Buffer; takenAt: number }
  | { ok: false; failure: PictureFailure; error: string; takenAt: number };

/** Name look-up, both requests and the whole picture together, ms. */
const timeoutMs = 4_000;
export const largestPicture = 4 * 1024 * 1024;

/** Why there is no picture, in a sentence. */
class NoPicture extends Error {
  readonly failure: PictureFailure;

  constructor(failure: PictureFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection: is it switched on, is the port right?',
  EHOSTUNREACH: 'cannot be reached: look at its network and supply',
  ENETUNREACH: 'cannot be reached: this machine has no route to it',
  ECONNRESET: 'ended the connection before the picture was whole',
  EPIPE: 'ended the connection before the picture was whole',
};

function wordsOf(error: Error, host: string): NoPicture {
  if (error instanceof NoPicture) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  if (code.startsWith('HPE_')) return new NoPicture('status', `${host} does not speak HTTP (${code})`);
  if (/CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code))
    return new NoPicture(
      'unreachable',
      `the certificate of ${host} is not trusted here (${code}): trust it by NODE_EXTRA_CA_CERTS, or ask by http`,
    );
  return new NoPicture('unreachable', `${host} ${unreachable[code] ?? `cannot be asked: ${error.message}`}`);
}

/** JPEG begins with SOI and another marker, and ends with EOI, after which some cameras put padding (ITU-T T.81 §B.1.1). */
function checkJpeg(bytes: Buffer, host: string): Buffer {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff)
    throw new NoPicture('not-jpeg', `what ${host} sent is no JPEG, whatever it is called`);
  if (bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) < bytes.length - 4_096)
    throw new NoPicture('cut-short', `the picture of ${host} ends in the middle`);
  return bytes;
}

async function readPicture(response: IncomingMessage, host: string): Promise<Buffer> {
  const type = String(response.headers['content-type'] ?? 'nothing');
  if (!/^image\/(jpeg|jpg|pjpeg)\s*(;|$)/i.test(type))
    throw new NoPicture(
      'not-jpeg',
      /^multipart\//i.test(type)
        ? `${host} sends a stream (${type}); give the URL of a single picture`
        : `${host} sends ${type}, not image/jpeg; correct the URL`,
    );
  const tooLarge = () =>
    new NoPicture(
      'too-large',
      `the picture of ${host} is larger than ${largestPicture / 1024 / 1024} MiB; ask for a smaller one`,
    );
  if (Number(response.headers['content-length'] ?? 0) > largestPicture) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestPicture) throw tooLarge();
    chunks.push(chunk);
  }
  return checkJpeg(Buffer.concat(chunks), host);
}

/** Fetches one picture; never rejects. Nothing but the addresses that the policy allows is ever connected to. */
export type FetchPicture = (address: PictureAddress, abort: AbortSignal) => Promise<PictureResult>;

export function createPictureFetch(deps: {
  clock: Clock;
  resolve: Resolve;
  refuses: HostPolicy;
}): FetchPicture {
  const { clock } = deps;

  /** The addresses of the URL's host that may be asked: looked up once, so that a name cannot lead elsewhere meanwhile. */
  async function allowedAddresses(host: string): Promise<string[]> {
    let found: readonly string[];
    try {
      found = await deps.resolve(host);
    } catch (error) {
      throw new NoPicture(
        'unreachable',
        `the name ${host} leads to no address (${asError(error).message}); correct it, or give the address`,
      );
    }
    const refused = found.map((address) => deps.refuses(host, address));
    const allowed = found.filter((_, i) => refused[i] === null);
    if (allowed.length === 0) throw new NoPicture('not-allowed', refused[0] ?? `${host} has no address`);
    return allowed;
  }

  function send(
    url: URL,
    addresses: readonly string[],
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const all = addresses.map((address) => ({ address, family: isIP(address) }));
    const lookup: LookupFunction = (_host, options, done) => {
      if (options.all) done(null, all);
      else done(null, all[0]?.address ?? '', all[0]?.family);
    };
    const options: RequestOptions = {
      // A connection of its own: the next camera's trouble is none of this one's.
      agent: false,
      lookup,
      signal,
      headers: {
        accept: 'image/jpeg',
        'accept-encoding': 'identity',
        'user-agent': 'Gatehouse',
        ...(authorization === undefined ? {} : { authorization }),
      },
    };
    return new Promise((resolve, reject) => {
      const asked = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
      asked.once('response', resolve).on('error', reject).end();
    });
  }

  function authorizationFor(response: IncomingMessage, url: URL, address: PictureAddress): string {
    const { user, password } = address;
    if (user === undefined || password === undefined)
      throw new NoPicture(
        'unauthorized',
        `${url.host} asks for a user name and a password; set user and password of the camera`,
      );
    const header = response.headers['www-authenticate'] ?? '';
    const request = {
      method: 'GET',
      uri: url.pathname + url.search,
      cnonce: randomBytes(16).toString('base64'),
    };
    const answer = authorize(parseChallenges(header), { user, password }, request);
    if (answer === undefined)
      throw new NoPicture(
        'unauthorized',
        `${url.host} asks for a sign-in that is not known here: ${header.slice(0, 120)}`,
      );
    return answer;
  }

  /** 401 leads to one more request, which answers the challenge: credentials go nowhere unasked. */
  async function ask(address: PictureAddress, signal: AbortSignal): Promise<Buffer> {
    const url = new URL(address.url);
    const addresses = await allowedAddresses(url.hostname.replace(/^\[|\]$/g, ''));
    signal.throwIfAborted();
    let response = await send(url, addresses, undefined, signal);
    if (response.statusCode === 401) {
      response.destroy();
      response = await send(url, addresses, authorizationFor(response, url, address), signal);
    }
    try {
      return await take(response, url);
    } finally {
      response.destroy();
    }
  }

  async function take(response: IncomingMessage, url: URL): Promise<Buffer> {
    const { statusCode = 0, headers } = response;
    if (statusCode === 401)
      throw new NoPicture('unauthorized', `${url.host} does not accept the user name or the password`);
    if (statusCode >= 300 && statusCode < 400)
      throw new NoPicture(
        'redirect',
        `${url.host} points to ${String(headers.location ?? 'somewhere else').slice(0, 200)}; give the URL where the picture is`,
      );
    if (statusCode !== 200)
      throw new NoPicture(
        'status',
        `${url.host} answers ${statusCode} ${response.statusMessage ?? ''}`.trimEnd() +
          (statusCode === 404 ? '; correct the path of the URL' : ''),
      );
    return readPicture(response, url.host);
  }

  return async (address, abort) => {
    const timer = new AbortController();
    const cancel = clock.wakeAfter(timeoutMs, () => timer.abort());
    const { host } = new URL(address.url);
    try {
      const jpeg = await orAborted(ask(address, AbortSignal.any([timer.signal, abort])), timer.signal);
      return { ok: true, jpeg, takenAt: clock.now().wallMs };
    } catch (error) {
      const { failure, message } = timer.signal.aborted
        ? new NoPicture('timeout', `no whole picture came from ${host} within ${timeoutMs / 1000} s`)
        : wordsOf(asError(error), host);
      return { ok: false, failure, error: message, takenAt: clock.now().wallMs };
    } finally {
      cancel();
    }
  };
}

/** A look-up of a name cannot be aborted: whoever waits goes on without it. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true });
    work.then(resolve, reject);
  });
}
