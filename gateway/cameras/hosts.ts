import { BlockList, isIP } from 'node:net';

/** One entry of the list of hosts that may be asked: a name, an address, or a net (`192.168.8.0/24`). */
export type HostRule =
  | { kind: 'name'; name: string }
  | { kind: 'net'; address: string; prefix: number; family: 'ipv4' | 'ipv6' };

const namePattern =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Reads an entry; undefined when it is none. */
export function readHostRule(text: string): HostRule | undefined {
  const entry = text.trim().toLowerCase();
  const [address = '', bits, ...rest] = entry.split('/');
  if (isIP(address) > 0 && rest.length === 0) {
    const family = familyOf(address);
    const longest = family === 'ipv4' ? 32 : 128;
    if (bits === undefined) return { kind: 'net', address, prefix: longest, family };
    const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    return prefix <= longest ? { kind: 'net', address, prefix, family } : undefined;
  }
  // What looks like an address and is none is a mistake, not a name.
  if (/^[\d./]+$/.test(entry) || !namePattern.test(entry)) return undefined;
  return { kind: 'name', name: entry };
}

/**
 * Addresses that lead to this machine, to the provider that it runs at, or to everybody: the RFC 6890 registries of special-purpose
 * addresses, and the metadata services of the large providers that lie outside of link-local space. Private nets are where cameras are.
 */
const special: readonly [words: string, nets: readonly string[]][] = [
  ['this machine itself', ['127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128']],
  ['a link-local address, where providers keep their secrets', ['169.254.0.0/16', 'fe80::/10']],
  ["a provider's metadata service", ['fd00:ec2::254/128', '100.100.100.200/32', '192.0.0.192/32']],
  ['no single host', ['224.0.0.0/4', '240.0.0.0/4', 'ff00::/8']],
];

function listOf(rules: readonly HostRule[]): BlockList {
  const list = new BlockList();
  for (const rule of rules) if (rule.kind === 'net') list.addSubnet(rule.address, rule.prefix, rule.family);
  return list;
}

const specialLists = special.map(
  ([words, nets]) => [words, listOf(nets.flatMap((net) => readHostRule(net) ?? []))] as const,
);

/** An IPv4 address in IPv6 clothes (RFC 4291 §2.5.5.2, RFC 6052 §2.1) is judged as what it leads to. */
function plainAddress(address: string): string {
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (dotted?.[1] !== undefined && isIP(dotted[1]) === 4) return dotted[1];
  const hex = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex?.[1] === undefined || hex[2] === undefined) return address;
  const [high, low] = [Number.parseInt(hex[1], 16), Number.parseInt(hex[2], 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Why an address must not be asked; null when it may. `host` is the name by which it was found, or the address itself. */
export type HostPolicy = (host: string, address: string) => string | null;

/**
 * The outbound allow list of cameras. Without rules any host may be asked that a camera of the site names, but none of the special
 * addresses; with rules only what is in them. A special address is allowed by a rule for that address or net alone: a name may be made to
 * lead anywhere.
 * @throws RangeError for an entry that is no rule
 */
export function createHostPolicy(allow: readonly string[]): HostPolicy {
  const rules = allow.map((text) => {
    const rule = readHostRule(text);
    if (!rule) throw new RangeError(`"${text}" is no host name, address or net`);
    return rule;
  });
  const nets = listOf(rules);
  const names = new Set(rules.flatMap((rule) => (rule.kind === 'name' ? [rule.name] : [])));
  return (host, written) => {
    const address = plainAddress(written.replace(/%.*$/, ''));
    const family = familyOf(address);
    if (nets.check(address, family)) return null;
    for (const [words, list] of specialLists)
      if (list.check(address, family))
        return `${address} is ${words}; if it is meant, name the address itself in cameras.allow of gatehouse.yaml`;
    if (rules.length === 0 || names.has(host.toLowerCase())) return null;
    const what = host === address ? address : `${host} (${address})`;
    return `${what} is not in cameras.allow of gatehouse.yaml; add it there, or correct the URL`;
  };
}
