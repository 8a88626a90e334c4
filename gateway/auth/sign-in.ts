import type { IncomingMessage } from 'node:http';
import type { Actor } from '../contract/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { Accounts } from './accounts.ts';
import { addressOf, cookieOf } from './guard.ts';
import { verifyPassword } from './password.ts';
import { newSecret, openDevice, sealDevice, sha256 } from './secrets.ts';
import { type Sessions, sessionLimits } from './sessions.ts';
import { readDeviceKey, type Session, type User } from './store.ts';
import type { Throttle } from './throttle.ts';

/** A session just opened, with what goes into the cookies. */
export interface Opened {
  user: User;
  session: Session;
  secret: string;
  device: string;
}

export interface SignIn {
  load(): Promise<void>;
  /**
   * Checks a name and password, counted by the throttle; the error and the time it takes are the same whatever was wrong.
   * @throws auth.refused, auth.throttled
   */
  verify(name: string, password: string, request: IncomingMessage): Promise<User>;
  /** Opens a session within an operation of that user. `before` runs first in the same turn and answers the user. */
  open(request: IncomingMessage, actor: Actor, before: (turn: Turn) => User): Promise<Opened>;
  figures: { refused: number; throttled: number };
}

export interface CookieNames {
  session: string;
  device: string;
}

/** `__Host-` binds a cookie to this very host; browsers take it over TLS only. */
export function cookieNames(tls: boolean): CookieNames {
  const prefix = tls ? '__Host-' : '';
  return { session: `${prefix}gatehouse_session`, device: `${prefix}gatehouse_device` };
}

/** Seconds that a browser keeps the cookies. */
export const cookieLifeS = { session: sessionLimits.absoluteMs / 1_000, device: 365 * 86_400 };

export function createSignIn(deps: {
  memory: Memory;
  query: Query;
  operate: Operate;
  clock: Clock;
  log: Logger;
  accounts: Accounts;
  sessions: Sessions;
  throttle: Throttle;
  cookies: CookieNames;
}): SignIn {
  const { accounts, sessions, clock, log, throttle, cookies } = deps;
  /** The key that seals device cookies; written with the first sign-in. */
  const keys = deps.memory.table<string>('device-key');
  let deviceKey = newSecret();
  const figures = { refused: 0, throttled: 0 };

  return {
    figures,
    async load() {
      const kept = await readDeviceKey(deps.query);
      if (kept === undefined) return;
      deviceKey = kept;
      keys.load('key', kept);
    },
    async verify(name, password, request) {
      const account = name.trim().toLowerCase();
      const address = addressOf(request);
      const device = openDevice(cookieOf(request, cookies.device), deviceKey);
      const attempt = { account, address, device: device?.users.includes(account) ? device.id : undefined };
      const waitMs = throttle.admit(attempt, clock.now().monoMs);
      if (waitMs > 0) {
        figures.throttled++;
        log.warn({ address }, 'sign-in was throttled');
        throw fault('auth.throttled', `too many tries: wait ${Math.ceil(waitMs / 1_000)} s and try again`);
      }
      const user = accounts.users.committed.get(account);
      const same = await verifyPassword(user?.password, password);
      if (!user || !same || user.disabled) {
        figures.refused++;
        log.warn({ address, user: user?.id }, 'sign-in was refused');
        throw fault('auth.refused', 'check the name and the password; a disabled user cannot sign in either');
      }
      throttle.forgive(attempt);
      return user;
    },
    async open(request, actor, before) {
      const secret = newSecret();
      const replaced = cookieOf(request, cookies.session);
      const device = openDevice(cookieOf(request, cookies.device), deviceKey);
      const { user, session } = await deps.operate('auth.sign-in', actor, (turn) => {
        const user = before(turn);
        if (replaced !== undefined) sessions.end(turn, sha256(replaced));
        if (!keys.get('key')) {
          keys.set('key', deviceKey);
          turn.write('auth.device-key', deviceKey);
        }
        turn.audit({ action: 'session.opened', subject: `user:${user.id}` });
        const made = { user: user.id, sha256: sha256(secret), address: actor.station };
        return { user, session: sessions.open(turn, made) };
      });
      return { user, session, secret, device: sealDevice(device, session.user, deviceKey) };
    },
  };
}
