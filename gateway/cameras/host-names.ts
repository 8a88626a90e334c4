import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';

/** The addresses of a host. Rejects when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** How long an answer is believed, ms: long enough for a flood of alarms, short enough for a camera that has moved. */
const rememberMs = 30_000;
/** The system's resolver blocks one of Node's four threads until it gives up; sign-ins and files need the others. */
const mostAtOnce = 1;

/** Looks names up by the system's resolver (hosts file and mDNS included), few at a time. */
export function createResolver(
  clock: Clock,
  ask: (host: string) => Promise<readonly string[]> = async (host) =>
    (await lookup(host, { all: true })).map(({ address }) => address),
): Resolve {
  const known = new Map<string, { at: number; answer: Promise<readonly string[]> }>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn(host: string): Promise<readonly string[]> {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await ask(host);
    } finally {
      running--;
      waiting.shift()?.();
    }
  }

  return (host) => {
    if (isIP(host) > 0) return Promise.resolve([host]);
    const now = clock.now().monoMs;
    for (const [name, { at }] of known) if (now - at >= rememberMs) known.delete(name);
    const before = known.get(host);
    if (before) return before.answer;
    const answer = inTurn(host);
    known.set(host, { at: now, answer });
    return answer;
  };
}
