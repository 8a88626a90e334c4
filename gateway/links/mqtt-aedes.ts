import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import type { TopicRouter } from './mqtt-routing.ts';

type Done = (error?: Error) => void;

/**
 * aedes with one short cut: a message that nobody subscribes to and that is not retained is done as soon as it is
 * acknowledged. That is nearly every reading, for the gateway itself takes messages before the acknowledgement.
 */
export class ShortcutAedes extends Aedes {
  readonly #router: TopicRouter;

  constructor(router: TopicRouter, options: AedesOptions) {
    super({ ...options, mq: router });
    this.#router = router;
  }

  /** aedes calls itself with the client as second argument, which its types leave out. */
  override publish(packet: PublishPacket, client: Client | null | Done, done?: Done): void {
    if (!packet.retain && !this.#router.hasSubscriber(packet.topic)) {
      const finished = typeof client === 'function' ? client : done;
      finished?.();
      return;
    }
    Reflect.apply(super.publish, this, [packet, client, done]);
  }
}
