const mask = '***';
/** What is shorter would blank out words that are none. */
const shortestSecret = 4;
/** Beside what the site names, the environment holds paths and switches: a short value of those is no secret. */
const shortestUnnamed = 8;
/** The environment's names of what is likely to be a secret, whoever set it. */
const secretName = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH/i;

/** The values of the environment that must not be shown: those named so, and those that the site refers to (`env:NAME`). */
export function environmentSecrets(
  env: Readonly<Record<string, string | undefined>>,
  referred: Iterable<string>,
): string[] {
  const names = new Set(referred);
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (names.has(name) || (secretName.test(name) && value.length >= shortestUnnamed))
      ? [value]
      : [],
  );
}

/** The names behind `env:` anywhere in a value. */
export function environmentNamesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('env:') ? [value.slice('env:'.length)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(environmentNamesIn);
}

/**
 * The value with every known secret blanked out wherever it stands: as it is, as hex (bytes of messages), and the name and
 * password in an address.
 */
export function redact(value: unknown, secrets: Iterable<string>): unknown {
  const hidden = new Set<string>();
  for (const secret of secrets)
    if (secret.length >= shortestSecret) {
      hidden.add(secret);
      hidden.add(Buffer.from(secret).toString('hex'));
      // As it stands inside a line of JSON.
      hidden.add(JSON.stringify(secret).slice(1, -1));
    }
  // A secret may stand in another one: the longer goes first.
  const ordered = [...hidden].sort((a, b) => b.length - a.length);

  function text(words: string): string {
    const shown = words.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi, `$1${mask}@`);
    return ordered.reduce((rest, secret) => rest.replaceAll(secret, mask), shown);
  }

  function walk(part: unknown): unknown {
    if (typeof part === 'string') return text(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [text(name), walk(each)]));
  }

  return walk(value);
}
