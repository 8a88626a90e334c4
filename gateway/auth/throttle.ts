/** Tries at once, and how long until another one is allowed. */
export interface ThrottleLimit {
  burst: number;
  refillMs: number;
}

/**
 * An account can be tried some 8,600 times a day by strangers, whatever their number of addresses; against twelve characters
 * that are on no list this is nothing.
 */
export const throttleLimits = {
  address: { burst: 20, refillMs: 5_000 },
  account: { burst: 10, refillMs: 10_000 },
  device: { burst: 10, refillMs: 10_000 },
  /** Names kept; beyond it those that have recovered go, then the oldest. */
  remembered: 10_000,
};

export interface Attempt {
  account: string;
  address: string;
  /** The number of a browser from which this account has signed in before. */
  device: string | undefined;
}

export interface Throttle {
  /** 0 when the try may go ahead (and is counted), else how long to wait in ms. */
  admit(attempt: Attempt, monoMs: number): number;
  /** It was the right password: the try is not counted. */
  forgive(attempt: Attempt): void;
}

/** IPv6 hands a whole /64 to one customer. */
function networkOf(address: string): string {
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address;
}

/**
 * Leaky buckets per address and per account, and never a lock: who floods an account's bucket from elsewhere does not keep
 * its owner out, since a browser that has signed in before (its sealed cookie proves it) is counted by itself.
 */
export function createThrottle(limits: typeof throttleLimits = throttleLimits): Throttle {
  /** When each bucket has recovered altogether, monotonic ms (the generic cell rate algorithm). */
  const recoveredAt = new Map<string, number>();

  function bucketsOf(attempt: Attempt): { key: string; limit: ThrottleLimit }[] {
    if (attempt.device !== undefined)
      return [{ key: `device ${attempt.device} ${attempt.account}`, limit: limits.device }];
    return [
      { key: `address ${networkOf(attempt.address)}`, limit: limits.address },
      { key: `account ${attempt.account}`, limit: limits.account },
    ];
  }

  function makeRoom(monoMs: number): void {
    if (recoveredAt.size < limits.remembered) return;
    for (const [key, at] of recoveredAt) if (at <= monoMs) recoveredAt.delete(key);
    for (const key of recoveredAt.keys()) {
      if (recoveredAt.size < limits.remembered) break;
      recoveredAt.delete(key);
    }
  }

  return {
    admit(attempt, monoMs) {
      const wanted = bucketsOf(attempt);
      const waitMs = Math.max(
        ...wanted.map(
          ({ key, limit }) => (recoveredAt.get(key) ?? 0) - (limit.burst - 1) * limit.refillMs - monoMs,
        ),
      );
      if (waitMs > 0) return waitMs;
      for (const { key, limit } of wanted) {
        const from = Math.max(recoveredAt.get(key) ?? 0, monoMs);
        recoveredAt.delete(key);
        makeRoom(monoMs);
        recoveredAt.set(key, from + limit.refillMs);
      }
      return 0;
    },
    forgive(attempt) {
      for (const { key, limit } of bucketsOf(attempt)) {
        const at = recoveredAt.get(key);
        if (at !== undefined) recoveredAt.set(key, at - limit.refillMs);
      }
    },
  };
}
