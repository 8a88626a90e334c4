import { createSocket, type Socket } from 'node:dgram';

/** What a bad network does with each datagram, by a seeded generator, so that a run can be repeated. */
export interface BadNetwork {
  seed: number;
  /** Shares of 1. */
  lost: number;
  doubled: number;
  /** Each is late by up to so much, so that they overtake each other. */
  latestMs: number;
}

export const goodNetwork: BadNetwork = { seed: 1, lost: 0, doubled: 0, latestMs: 0 };

export interface UdpRelay {
  readonly port: number;
  /** Nothing goes through: the cable is pulled. */
  cut: boolean;
  network: BadNetwork;
  /** Datagrams that were lost, and that went through. */
  readonly lost: number;
  readonly passed: number;
  close(): void;
}

/** Numbers from 0 to 1 (Park and Miller's minimal standard). */
function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Stands between those who send to it and one port of this machine; answers go back to whoever asked. */
export async function openUdpRelay(target: number, network: BadNetwork = goodNetwork): Promise<UdpRelay> {
  const front = createSocket('udp4');
  const ways = new Map<string, Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const random = randomFrom(network.seed);
  let closed = false;
  let lost = 0;
  let passed = 0;
  const relay = { cut: false, network };

  function pass(send: () => void): void {
    const { lost: share, doubled, latestMs } = relay.network;
    // Drawn in any case: a cable that is pulled must not shift what comes after.
    const [fate, twice, late, later] = [random(), random(), random(), random()];
    if (relay.cut || fate < share) {
      lost++;
      return;
    }
    passed++;
    for (const part of twice < doubled ? [late, later] : [late]) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!closed) send();
      }, part * latestMs);
      timers.add(timer);
    }
  }

  front.on('message', (bytes, from) => {
    const key = `${from.address}:${from.port}`;
    let way = ways.get(key);
    if (!way) {
      way = createSocket('udp4');
      way.on('message', (answer) => pass(() => front.send(answer, from.port, from.address)));
      ways.set(key, way);
    }
    const back = way;
    pass(() => back.send(bytes, target, '127.0.0.1'));
  });
  await new Promise<void>((resolve) => {
    front.bind(0, '127.0.0.1', resolve);
  });
  const { port } = front.address();
  return {
    port,
    get cut() {
      return relay.cut;
    },
    set cut(cut) {
      relay.cut = cut;
    },
    get network() {
      return relay.network;
    },
    set network(next) {
      relay.network = next;
    },
    get lost() {
      return lost;
    },
    get passed() {
      return passed;
    },
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      front.close();
      for (const way of ways.values()) way.close();
    },
  };
}
