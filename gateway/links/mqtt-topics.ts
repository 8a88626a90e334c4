import { hasWildcard, isWithin, type TopicLimits, topicFault } from '../contract/mqtt-topic.ts';
import { keySchema } from '../contract/names.ts';

/**
 * Who a connection is.
 * device: its own tree `gatehouse/{id}/…`, whatever `prefixes` says; bridge: the trees named in `prefixes` (whole
 * topic levels: `zigbee2mqtt` grants `zigbee2mqtt` and `zigbee2mqtt/…`); reader: only hears `gatehouse/$alarms/…`.
 */
export interface MqttPrincipal {
  kind: 'device' | 'bridge' | 'reader';
  id: string;
  prefixes: string[];
}

/** What a principal may do with a topic: nothing, send, or send and have it retained. */
export type PublishRight = 'refused' | 'send' | 'retain';

const root = 'gatehouse';
const alarms = `${root}/$alarms`;
const rememberedTopics = 4096;

/** MQTT 3.1.1 §4.7.1: a wildcard fills its whole level, and # is the last. */
function wildcardsInPlace(filter: string): boolean {
  const levels = filter.split('/');
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1;
    return level === '+' || !hasWildcard(level);
  });
}

/** Commands, and whatever begins with $ under our root, come from the gateway alone (security 15). */
function gatewayAlone(topic: string): boolean {
  if (!isWithin(topic, root)) return false;
  const [, name, branch, leaf, ...rest] = topic.split('/');
  if (name?.startsWith('$')) return true;
  return branch === 'commands' && !(leaf === 'ack' && rest.length === 0);
}

/** A bridge's granted tree; undefined for a prefix that would grant everything, or every native device. */
function grantedTree(prefix: string, limits: TopicLimits): string | undefined {
  const tree = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return topicFault(tree, limits) || hasWildcard(tree) || tree === root ? undefined : tree;
}

/** The topics of one principal. Denies what no line here grants (security 14, 24). */
export class TopicRights {
  readonly #principal: MqttPrincipal;
  readonly #limits: TopicLimits;
  readonly #trees: string[];
  /** Answers already given: a topic comes thousands of times and is judged once. */
  readonly #remembered = new Map<string, PublishRight>();

  constructor(principal: MqttPrincipal, limits: TopicLimits) {
    this.#principal = principal;
    this.#limits = limits;
    switch (principal.kind) {
      case 'device':
        // An id with a slash or a wildcard in it would reach into another's tree.
        this.#trees = keySchema.safeParse(principal.id).success ? [`${root}/${principal.id}`] : [];
        break;
      case 'bridge':
        this.#trees = principal.prefixes
          .map((prefix) => grantedTree(prefix, limits))
          .filter((tree) => tree !== undefined);
        break;
      case 'reader':
        this.#trees = [alarms];
        break;
    }
  }

  publishRight(topic: string): PublishRight {
    const known = this.#remembered.get(topic);
    if (known !== undefined) return known;
    const right = this.#judge(topic);
    if (this.#remembered.size >= rememberedTopics) this.#remembered.clear();
    this.#remembered.set(topic, right);
    return right;
  }

  #judge(topic: string): PublishRight {
    if (topicFault(topic, this.#limits) || hasWildcard(topic)) return 'refused';
    const tree = this.#treeOf(topic);
    if (tree === undefined) return 'refused';
    switch (this.#principal.kind) {
      case 'device': {
        const branch = topic.slice(tree.length + 1);
        if (branch === 'status') return 'retain';
        return branch === 'readings' || branch === 'events' || branch === 'commands/ack' ? 'send' : 'refused';
      }
      case 'bridge':
        return gatewayAlone(topic) ? 'refused' : 'retain';
      case 'reader':
        return 'refused';
    }
  }

  /** A device's last will is its own status; a bridge's lies in its trees (many mark only a part of themselves). */
  mayLeaveWill(topic: string): boolean {
    return this.publishRight(topic) === 'retain';
  }

  maySubscribe(filter: string): boolean {
    if (topicFault(filter, this.#limits) || !wildcardsInPlace(filter)) return false;
    const tree = this.#treeOf(filter);
    if (tree === undefined) return false;
    if (this.#principal.kind === 'bridge') return !filter.startsWith(`${root}/$`);
    return filter.length > tree.length;
  }

  /** Asked again at each delivery: what a filter matches may be more than its owner may hear. */
  mayReceive(topic: string): boolean {
    const tree = this.#treeOf(topic);
    if (tree === undefined) return false;
    return this.#principal.kind !== 'bridge' || !topic.startsWith(`${root}/$`);
  }

  #treeOf(topic: string): string | undefined {
    for (const tree of this.#trees) if (isWithin(topic, tree)) return tree;
    return undefined;
  }
}
