/** What the gateway takes as a topic: bytes of UTF-8, and levels between slashes. */
export const topicLimits = { topicBytes: 256, levels: 10 };
export type TopicLimits = typeof topicLimits;

// Control characters, halves of surrogate pairs, line separators, what UTF-8 decoding puts for broken bytes, the byte
// order mark, non-characters, and the marks that turn the direction of writing: none can be shown truly in a list.
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffd-\uffff]/u;
const utf8 = new TextEncoder();

/** What is wrong with a topic or a filter as a piece of text; null when nothing is. (security 14, 16) */
export function topicFault(topic: string, limits: TopicLimits = topicLimits): string | null {
  if (topic.length === 0) return 'it is empty';
  // A character is one to three bytes of UTF-8 for each UTF-16 unit, so most topics need no counting.
  if (topic.length * 3 > limits.topicBytes && utf8.encode(topic).length > limits.topicBytes)
    return `it is longer than ${limits.topicBytes} bytes`;
  if (topic.startsWith('$')) return 'it begins with $';
  if (unprintable.test(topic)) return 'it holds characters that cannot be printed';
  if (levelCount(topic) > limits.levels) return `it has more than ${limits.levels} levels`;
  return null;
}

function levelCount(topic: string): number {
  let levels = 1;
  for (let i = topic.indexOf('/'); i !== -1; i = topic.indexOf('/', i + 1)) levels++;
  return levels;
}

export function hasWildcard(text: string): boolean {
  return text.includes('#') || text.includes('+');
}

/** Whether a topic is the root of a tree or lies below it; whole levels: `home` holds `home/door` and not `homes`. */
export function isWithin(topic: string, tree: string): boolean {
  return topic.startsWith(tree) && (topic.length === tree.length || topic[tree.length] === '/');
}

/** What is wrong with a topic that a message is sent on, or with the root of a tree; null when nothing is. */
export function plainTopicFault(topic: string): string | null {
  if (hasWildcard(topic)) return 'it holds + or #, which are for filters only';
  if (topic.startsWith('/') || topic.endsWith('/')) return 'it begins or ends with /';
  return topicFault(topic);
}

/** On an outside broker: where the gateway of a site says that it is there. */
export function gatewayStateTopic(site: string): string {
  return `gatehouse/$states/${site}`;
}

const placeholder = /\{([A-Za-z][A-Za-z0-9]*)\}/g;

/** The names in braces of a topic such as `{base}/{address}/set`, in order. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(placeholder)].map(([, name]) => name ?? '');
}

/** The topic with its names filled in; null when a value is missing. */
export function fillTopic(
  template: string,
  value: (name: string) => string | number | boolean | undefined,
): string | null {
  let whole = true;
  const topic = template.replace(placeholder, (_, name: string) => {
    const filled = value(name);
    if (filled === undefined || filled === '') whole = false;
    return String(filled);
  });
  return whole ? topic : null;
}
