import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { readSecrets } from './store.ts';

function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compared against when a device has no secret, so that the answer takes as long. */
const nobody = sha256(randomBytes(32));

/**
 * The secrets by which devices and bridges sign in to the broker, by their ids, which no two of them share. Only their
 * SHA-256 is kept: with 192 random bits a slow hash would add nothing, and a broker restart signs in a thousand at once.
 */
export function createDeviceSecrets(deps: {
  memory: Memory;
  query: Query;
  onSecretChanged?(turn: Turn, device: string): void;
}) {
  const hashes = deps.memory.table<Buffer>('device-secrets');
  return {
    async load(): Promise<void> {
      for (const row of await readSecrets(deps.query)) hashes.load(row.device, Buffer.from(row.sha256));
    },
    matches(device: string, password: string | Buffer): boolean {
      const expected = hashes.get(device);
      const same = timingSafeEqual(sha256(password), expected ?? nobody);
      return same && expected !== undefined;
    },
    issue(turn: Turn, device: string): string {
      const secret = randomBytes(24).toString('base64url');
      const hash = sha256(secret);
      hashes.set(device, hash);
      turn.write('site.putSecret', device, hash, turn.now);
      deps.onSecretChanged?.(turn, device);
      return secret;
    },
    drop(turn: Turn, device: string): void {
      if (!hashes.get(device)) return;
      hashes.set(device, undefined);
      turn.write('site.dropSecret', device);
      deps.onSecretChanged?.(turn, device);
    },
  };
}
