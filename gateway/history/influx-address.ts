export interface InfluxAddress {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  database: string;
  /** null: it asks for no sign-in. */
  user: { name: string; password: string } | null;
  /** Without user and password, for people and logs. */
  words: string;
}

/** `http://user:password@host:8086/database`; null when it is none. */
export function influxAddress(text: string): InfluxAddress | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const [database, ...more] = url.pathname.slice(1).split('/');
  if (!/^https?:$/.test(url.protocol) || !database || more.length > 0 || url.search || url.hash) return null;
  const [name, password, base] = [url.username, url.password, database].map(decoded);
  if (name === undefined || password === undefined || base === undefined) return null;
  return {
    protocol: url.protocol === 'https:' ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    database: base,
    user: name === '' ? null : { name, password },
    words: `${url.protocol}//${url.host}/${database}`,
  };
}

/** What percent signs stand for; undefined where they stand for nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
