import { createHash } from 'node:crypto';

/** One challenge of a `WWW-Authenticate` header: its scheme and parameters, names in lower case (RFC 9110 §11.6.1). */
export interface Challenge {
  scheme: string;
  params: ReadonlyMap<string, string>;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const quoted = /^"((?:[^"\\]|\\.)*)"/;

/**
 * Reads the challenges of a header, of which one line may hold several. What cannot be read ends the reading: a broken challenge is none.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  let rest = header;
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '');
    const word = token.exec(rest)?.[0];
    if (word === undefined) return challenges;
    rest = rest.slice(word.length);
    const equals = /^\s*=\s*/.exec(rest);
    if (!equals) {
      challenges.push({ scheme: word.toLowerCase(), params: new Map() });
      continue;
    }
    rest = rest.slice(equals[0].length);
    const text = quoted.exec(rest);
    const value = text ? text[0] : token.exec(rest)?.[0];
    if (value === undefined) return challenges;
    rest = rest.slice(value.length);
    challenges.at(-1)?.params.set(word.toLowerCase(), text ? (text[1] ?? '').replace(/\\(.)/g, '$1') : value);
  }
}

/** Hashes that a digest may ask for, best first (RFC 7616 §3.3; MD5 is what older cameras know). */
const hashes: Readonly<Record<string, string>> = {
  'sha-512-256': 'sha512-256',
  'sha-256': 'sha256',
  md5: 'md5',
};

interface Credentials {
  user: string;
  password: string;
}

interface Request {
  method: string;
  /** Path and query, as on the request line. */
  uri: string;
  /** Drawn anew for each request, so that the answer proves something. */
  cnonce: string;
}

/** A text as the octets of its UTF-8 form, one to a character: the form in which Node writes headers. */
function octets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function quote(text: string): string {
  return `"${octets(text).replace(/["\\]/g, '\\$&')}"`;
}

/**
 * The `Authorization` that answers a digest challenge (RFC 7616 §3.4). Undefined when it asks for what is not known here.
 */
function answerDigest(
  { params }: Challenge,
  { user, password }: Credentials,
  request: Request,
): string | undefined {
  const asked = (params.get('algorithm') ?? 'MD5').toLowerCase();
  const session = asked.endsWith('-sess');
  const hash = hashes[session ? asked.slice(0, -5) : asked];
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const offered = params
    .get('qop')
    ?.split(',')
    .map((qop) => qop.trim().toLowerCase());
  // Without `qop` the server speaks the older RFC 2069.
  const qop = offered === undefined ? null : 'auth';
  if (hash === undefined || realm === undefined || nonce === undefined) return undefined;
  if (offered && !offered.includes('auth')) return undefined;
  const h = (text: string) => createHash(hash).update(text, 'utf8').digest('hex');
  const { method, uri, cnonce } = request;
  const nc = '00000001';
  const secret = h(`${user}:${realm}:${password}`);
  const a1 = session ? h(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = h(`${method}:${uri}`);
  const response = h(qop === null ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
  const hidden = params.get('userhash')?.toLowerCase() === 'true';
  const opaque = params.get('opaque');
  const fields = [
    `username=${quote(hidden ? h(`${user}:${realm}`) : user)}`,
    `realm=${quote(realm)}`,
    `uri=${quote(uri)}`,
    ...(params.has('algorithm') ? [`algorithm=${params.get('algorithm')}`] : []),
    `nonce=${quote(nonce)}`,
    ...(qop === null ? [] : [`nc=${nc}`, `cnonce=${quote(cnonce)}`, `qop=${qop}`]),
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(hidden ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** How good a challenge is: the strongest digest first, Basic last, since it shows the password to whoever listens. */
function rank({ scheme, params }: Challenge): number {
  if (scheme === 'basic') return Object.keys(hashes).length;
  const algorithm = (params.get('algorithm') ?? 'MD5').toLowerCase().replace(/-sess$/, '');
  const place = Object.keys(hashes).indexOf(algorithm);
  return scheme === 'digest' && place >= 0 ? place : Number.POSITIVE_INFINITY;
}

/** The `Authorization` for the best of the challenges that can be answered; undefined when none can. */
export function authorize(
  challenges: readonly Challenge[],
  credentials: Credentials,
  request: Request,
): string | undefined {
  const ranked = challenges.filter((one) => Number.isFinite(rank(one))).sort((a, b) => rank(a) - rank(b));
  for (const challenge of ranked) {
    // RFC 7617 §2: a user name holds no colon, for it ends there.
    if (challenge.scheme === 'basic')
      return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')}`;
    const answer = answerDigest(challenge, credentials, request);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
