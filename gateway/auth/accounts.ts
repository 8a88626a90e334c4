import type { Language } from '../contract/account.ts';
import { keySchema } from '../contract/names.ts';
import type { Role } from '../contract/permissions.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { sha256 } from './secrets.ts';
import type { Sessions } from './sessions.ts';
import { readTokens, readUsers, type Token, type User, writeToken, writeUser } from './store.ts';

export interface NewUser {
  id: string;
  name: string;
  role: Role;
  /** From `hashPassword`. */
  passwordHash: string;
  language?: Language | null;
}

export interface UserChange {
  name?: string | undefined;
  role?: Role | undefined;
  disabled?: boolean | undefined;
  language?: Language | null | undefined;
  passwordHash?: string | undefined;
}

/** Acts on users and tokens within a turn: for the API's routes, and for the command line without a server. All are audited. */
export interface Accounts {
  load(): Promise<void>;
  users: Table<User>;
  /** By the SHA-256 of their secret. */
  tokens: Table<Token>;
  /** No administrator exists yet. */
  setupNeeded(): boolean;
  /** @throws id.conflict, request.invalid */
  createUser(turn: Turn, made: NewUser): User;
  /**
   * A new role and disabling end the user's sessions; a new password ends all but `keep`.
   * @param why added to the audit line
   * @throws not.found, state.conflict when no administrator would be left
   */
  changeUser(turn: Turn, id: string, change: UserChange, why?: Record<string, unknown>, keep?: string): User;
  /** @throws not.found */
  setPassword(turn: Turn, id: string, passwordHash: string, keep?: string): User;
  /** @param made.name its key; without one it is named for its role and number. @throws id.conflict, request.invalid */
  createToken(turn: Turn, made: { name?: string | undefined; role: Role; secret: string }): Token;
  /** @throws not.found */
  deleteToken(turn: Turn, id: string): void;
}

export function createAccounts({
  memory,
  query,
  sessions,
}: {
  memory: Memory;
  query: Query;
  sessions: Sessions;
}): Accounts {
  const users = memory.table<User>('users');
  const tokens = memory.table<Token>('tokens');

  function checkKey(path: string, key: string): void {
    const checked = keySchema.safeParse(key);
    if (!checked.success)
      throw fault('request.invalid', `${path} "${key}" is not a key`, {
        errors: checked.error.issues.map(({ message }) => ({ path, message })),
      });
  }

  function find(id: string): User {
    const user = users.get(id);
    if (!user) throw fault('not.found', `there is no user ${id}`);
    return user;
  }

  function isAdministrator(user: User): boolean {
    return user.role === 'administrator' && !user.disabled;
  }

  function freeTokenName(role: Role): string {
    const taken = new Set([...tokens.values()].map((token) => token.name));
    for (let number = 1; ; number++) if (!taken.has(`${role}-${number}`)) return `${role}-${number}`;
  }

  function changeUser(
    turn: Turn,
    id: string,
    change: UserChange,
    why: Record<string, unknown> = {},
    keep?: string,
  ): User {
    const before = find(id);
    const after: User = {
      ...before,
      name: change.name ?? before.name,
      role: change.role ?? before.role,
      disabled: change.disabled ?? before.disabled,
      language: change.language === undefined ? before.language : change.language,
      password: change.passwordHash ?? before.password,
    };
    if (isAdministrator(before) && !isAdministrator(after)) {
      const others = [...users.values()].filter((user) => user.id !== id && isAdministrator(user));
      if (others.length === 0)
        throw fault('state.conflict', `${id} is the only administrator: make another one first`);
    }
    const changed = (['name', 'role', 'disabled', 'language'] as const).filter(
      (field) => before[field] !== after[field],
    );
    if (changed.length === 0 && change.passwordHash === undefined) return before;
    users.set(id, after);
    writeUser(turn, after);
    if (before.role !== after.role || after.disabled) sessions.endAllOf(turn, id);
    else if (change.passwordHash !== undefined) sessions.endAllOf(turn, id, keep);
    turn.audit({
      action: change.passwordHash !== undefined ? 'user.password-set' : 'user.changed',
      subject: `user:${id}`,
      detail: {
        ...Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }])),
        ...why,
      },
    });
    return after;
  }

  return {
    async load() {
      for (const user of await readUsers(query)) users.load(user.id, user);
      for (const token of await readTokens(query)) tokens.load(token.sha256, token);
    },
    users,
    tokens,
    setupNeeded() {
      for (const user of users.committed.values()) if (user.role === 'administrator') return false;
      return true;
    },
    createUser(turn, made) {
      checkKey('id', made.id);
      if (users.get(made.id))
        throw fault('id.conflict', `there is a user ${made.id} already; keys are never used twice`);
      const user: User = {
        id: made.id,
        name: made.name,
        role: made.role,
        password: made.passwordHash,
        disabled: false,
        language: made.language ?? null,
        createdAt: turn.now,
      };
      users.set(user.id, user);
      writeUser(turn, user);
      turn.audit({
        action: 'user.created',
        subject: `user:${user.id}`,
        detail: { name: user.name, role: user.role },
      });
      return user;
    },
    changeUser,
    setPassword: (turn, id, passwordHash, keep) => changeUser(turn, id, { passwordHash }, {}, keep),
    createToken(turn, made) {
      const name = made.name ?? freeTokenName(made.role);
      checkKey('name', name);
      for (const token of tokens.values())
        if (token.name === name)
          throw fault('id.conflict', `there is a token ${name} already: delete it or choose another name`);
      const token: Token = {
        id: turn.id(),
        name,
        role: made.role,
        createdAt: turn.now,
        createdBy: turn.actor?.who ?? 'gateway',
        sha256: sha256(made.secret),
      };
      tokens.set(token.sha256, token);
      writeToken(turn, token);
      turn.audit({
        action: 'token.created',
        subject: `token:${token.name}`,
        detail: { id: token.id, role: token.role },
      });
      return token;
    },
    deleteToken(turn, id) {
      const token = [...tokens.values()].find((one) => one.id === id);
      if (!token) throw fault('not.found', `there is no token ${id}`);
      tokens.set(token.sha256, undefined);
      turn.write('auth.token-end', id);
      sessions.revoke(turn, { kind: 'token', sha256: token.sha256 });
      turn.audit({ action: 'token.deleted', subject: `token:${token.name}`, detail: { id } });
    },
  };
}
