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
  return {
    protocol: url.protocol === 'https:' ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    database: decodeURIComponent(database),
    user: url.username
      ? { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
      : null,
    words: `${url.protocol}//${url.host}/${database}`,
  };
}
