import type { Language, TokenView, UserView } from '../contract/account.ts';
import type { Role } from '../contract/permissions.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

/** A person who may sign in. `password` is an argon2id PHC string and never leaves this room. */
export interface User extends UserView {
  password: string;
}

/** Kept by the SHA-256 of the secret in the cookie. Times are UTC ms. */
export interface Session {
  sha256: string;
  user: string;
  createdAt: number;
  seenAt: number;
  address: string;
}

export interface Token extends TokenView {
  sha256: string;
}

/** Known to the house as `auth.user`, `auth.session` … */
export const authStatements: Statements = {
  user: `INSERT INTO user (id, name, password, role, disabled, language, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, password = excluded.password, role = excluded.role,
      disabled = excluded.disabled, language = excluded.language`,
  session: `INSERT INTO session (sha256, user, created_at, seen_at, address) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (sha256) DO UPDATE SET seen_at = excluded.seen_at`,
  'session-end': 'DELETE FROM session WHERE sha256 = ?',
  token: 'INSERT INTO token (id, name, sha256, role, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)',
  'token-end': 'DELETE FROM token WHERE id = ?',
  'device-key': `INSERT INTO fact (name, value) VALUES ('auth.device-key', ?) ON CONFLICT (name) DO NOTHING`,
};

export function writeUser(turn: Turn, user: User): void {
  turn.write(
    'auth.user',
    user.id,
    user.name,
    user.password,
    user.role,
    user.disabled ? 1 : 0,
    user.language,
    user.createdAt,
  );
}

export function writeSession(turn: Turn, session: Session): void {
  turn.write(
    'auth.session',
    session.sha256,
    session.user,
    session.createdAt,
    session.seenAt,
    session.address,
  );
}

export function writeToken(turn: Turn, token: Token): void {
  turn.write('auth.token', token.id, token.name, token.sha256, token.role, token.createdAt, token.createdBy);
}

export async function readUsers(query: Query): Promise<User[]> {
  const rows = await query<{
    id: string;
    name: string;
    password: string;
    role: Role;
    disabled: number;
    language: Language | null;
    createdAt: number;
  }>('SELECT id, name, password, role, disabled, language, created_at AS createdAt FROM user');
  return rows.map((row) => ({ ...row, disabled: row.disabled === 1 }));
}

export function readSessions(query: Query): Promise<Session[]> {
  return query<Session>(
    'SELECT sha256, user, created_at AS createdAt, seen_at AS seenAt, address FROM session',
  );
}

export function readTokens(query: Query): Promise<Token[]> {
  return query<Token>(
    'SELECT id, name, sha256, role, created_at AS createdAt, created_by AS createdBy FROM token',
  );
}

export async function readDeviceKey(query: Query): Promise<string | undefined> {
  const [fact] = await query<{ value: string }>("SELECT value FROM fact WHERE name = 'auth.device-key'");
  return fact?.value;
}

export function userView({ password: _, ...view }: User): UserView {
  return view;
}

export function tokenView({ sha256: _, ...view }: Token): TokenView {
  return view;
}
