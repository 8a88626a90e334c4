import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { type Fault, fault } from '../lib/errors.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';

/** 256 random bits in characters that fit a URL, a header and a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A token's secret; the prefix lets secret scanners know it. */
export function newTokenSecret(): string {
  return `gatehouse_${newSecret()}`;
}

/** Sessions, tokens and links are kept by this alone: who reads the database cannot sign in with what it holds. */
export function sha256(secret: string): string {
  return hash('sha256', secret, 'hex');
}

interface OneUse {
  subject: string;
  dueMonoMs: number;
}

/** Links that work once and for 15 minutes. They live in memory: a restart prints new ones. */
export const linkLifeMs = 15 * 60_000;

export interface OneUseLinks {
  issue(turn: Turn, subject: string): string;
  /** What a token stands for while it is good; does not use it up. */
  subjectOf(token: string): string | undefined;
  /**
   * Uses it up within the turn: of two that arrive together one is refused, and a turn that is not committed leaves it good.
   * @throws setup.link
   */
  spend(turn: Turn, token: string): string;
  refusal(): Fault;
}

export function createOneUseLinks(memory: Memory, clock: Clock, name: string): OneUseLinks {
  const links = memory.table<OneUse>(name);

  function refusal(): Fault {
    return fault(
      'setup.link',
      'this link was used before, is older than 15 minutes or was cut short: get a new one from the gateway',
    );
  }

  return {
    refusal,
    issue(turn, subject) {
      for (const [key, link] of links.committed) if (link.dueMonoMs <= turn.monoMs) links.set(key, undefined);
      const token = newSecret();
      links.set(sha256(token), { subject, dueMonoMs: turn.monoMs + linkLifeMs });
      return token;
    },
    subjectOf(token) {
      const link = links.committed.get(sha256(token));
      return link && link.dueMonoMs > clock.now().monoMs ? link.subject : undefined;
    },
    spend(turn, token) {
      const key = sha256(token);
      const link = links.get(key);
      if (!link || link.dueMonoMs <= turn.monoMs) throw refusal();
      links.set(key, undefined);
      return link.subject;
    },
  };
}

/** A browser from which somebody has signed in before: its number and the users who did. */
export interface Device {
  id: string;
  users: string[];
}

const usersOfDevice = 16;

function seal(payload: string, key: string): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

/** The cookie that lets a known browser in past a throttle that strangers have filled (OWASP: device cookies). */
export function sealDevice(device: Device | undefined, user: string, key: string): string {
  const users = [user, ...(device?.users ?? []).filter((one) => one !== user)].slice(0, usersOfDevice);
  const id = device?.id ?? randomBytes(16).toString('base64url');
  const payload = Buffer.from(JSON.stringify({ id, users })).toString('base64url');
  return `${payload}.${seal(payload, key).toString('base64url')}`;
}

export function openDevice(cookie: string | undefined, key: string): Device | undefined {
  const [payload = '', mac = ''] = (cookie ?? '').split('.');
  const given = Buffer.from(mac, 'base64url');
  const wanted = seal(payload, key);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Device;
}
