import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import type { TopicRouter } from './mqtt-routing.ts';
import type { SessionMemory } from './mqtt-session-memory.ts';

type Done = (error?: Error) => void;

/**
 * aedes with one short cut: a message that nobody subscribes to is done as soon as it is acknowledged and, where it is to be,
 * retained. That is nearly every reading, for the gateway itself takes messages before the acknowledgement, and every alarm that
 * no other system follows.
 */
export class ShortcutAedes extends Aedes {
  readonly #router: TopicRouter;
  readonly #memory: SessionMemory;

  constructor(router: TopicRouter, memory: SessionMemory, options: AedesOptions) {
    super({ ...options, mq: router, persistence: memory });
    this.#router = router;
    this.#memory = memory;
  }

  /** aedes calls itself with the client as second argument, which its types leave out. */
  override publish(packet: PublishPacket, client: Client | null | Done, done?: Done): void {
    if (!this.#router.hasSubscriber(packet.topic)) {
      if (packet.retain) this.#memory.retain(packet);
      const finished = typeof client === 'function' ? client : done;
      finished?.();
      return;
    }
    Reflect.apply(super.publish, this, [packet, client, done]);
  }
}
