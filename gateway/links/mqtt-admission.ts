import type { Socket } from 'node:net';
import { Pace } from './mqtt-socket-guard.ts';

interface Address {
  open: number;
  silent: Set<Socket>;
  arrivals: Pace;
}

export type AdmissionLimit = 'connections' | 'connectionsPerAddress' | 'connectsPerSecond';

/** A refused sign-in counts as this many arrivals: guessing is slow, a thousand devices after a power cut are not. */
const refusalCost = 20;
/** A Pace is full again after a second, so an address need not be known for longer. */
const forgetMs = 1_000;

/**
 * Counts connections, in all and from each address, against two caps. When one is reached, the connection that has
 * waited longest without getting through its CONNECT makes room; so two thousand silent connections keep nobody out,
 * not even a device behind the same address. With no such connection the new one is turned away, as it is where
 * connections from its address follow one another too fast. (security 17)
 */
export class Admission {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #addresses = new Map<string, Address>();
  readonly #silent = new Set<Socket>();
  readonly #perSecond: number;
  #open = 0;

  constructor(limits: { connections: number; connectionsPerAddress: number; connectsPerSecond: number }) {
    this.#perSecond = limits.connectsPerSecond;
    this.#most = limits.connections;
    this.#mostPerAddress = limits.connectionsPerAddress;
  }

  get open(): number {
    return this.#open;
  }

  /** Lets a socket in or destroys it; answers the cap that was reached, if one was, and whether the socket is in. */
  admit(socket: Socket, address: string): { admitted: boolean; limit?: AdmissionLimit } {
    const there = this.#addresses.get(address) ?? {
      open: 0,
      silent: new Set(),
      arrivals: new Pace(this.#perSecond),
    };
    if (there.arrivals.take(0) > 0) {
      socket.destroy();
      return { admitted: false, limit: 'connectsPerSecond' };
    }
    there.arrivals.take(1);
    const limit =
      there.open >= this.#mostPerAddress
        ? 'connectionsPerAddress'
        : this.#open >= this.#most
          ? 'connections'
          : undefined;
    if (limit) {
      const [oldest] = limit === 'connections' ? this.#silent : there.silent;
      if (!oldest) {
        socket.destroy();
        return { admitted: false, limit };
      }
      this.#silent.delete(oldest);
      there.silent.delete(oldest);
      oldest.destroy();
    }
    this.#addresses.set(address, there);
    there.open++;
    there.silent.add(socket);
    this.#open++;
    this.#silent.add(socket);
    socket.once('close', () => {
      there.open--;
      this.#open--;
      this.through(socket, address);
      if (there.open === 0) setTimeout(() => this.#forget(address), forgetMs).unref();
    });
    return { admitted: true, limit };
  }

  /** The socket's CONNECT was accepted: it no longer makes room for others. */
  through(socket: Socket, address: string): void {
    this.#silent.delete(socket);
    this.#addresses.get(address)?.silent.delete(socket);
  }

  /** A sign-in from this address was refused. */
  refused(address: string): void {
    this.#addresses.get(address)?.arrivals.take(refusalCost);
  }

  #forget(address: string): void {
    if (this.#addresses.get(address)?.open === 0) this.#addresses.delete(address);
  }
}

/** The peer's address as people write it: an IPv4 address mapped into IPv6 is shown as IPv4. */
export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? 'unknown';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
