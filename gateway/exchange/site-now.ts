import type { SettingDefinition } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { Area, Device, Household, Link } from '../contract/site.ts';
import * as words from './words.ts';

/** The site as it stands at the moment of the plan. */
export interface SiteNow {
  devices: ReadonlyMap<string, Device>;
  areas: ReadonlyMap<string, Area>;
  links: ReadonlyMap<string, Link>;
  households: ReadonlyMap<string, Household>;
  /** Whether there was a device of this key that has been removed. */
  wasRemoved(id: string): boolean;
}

/** What is asked of the device types. */
export interface ExchangeTypes {
  type(
    id: string,
  ): { link: string; kind: string; settings: Readonly<Record<string, SettingDefinition>> } | undefined;
  readonly types: ReadonlyMap<string, { label: Label }>;
}

/** Finds things by their key, or by their name where only one has it. */
export function createResolver(site: SiteNow, types: ExchangeTypes, coming: ReadonlySet<string>) {
  const named = new Map<words.Noun, Map<string, string[]>>();
  // To look for what was meant takes time; with ten thousand rows of mistakes the first ones are enough to learn from.
  let suggestions = 100;
  const namesOf = {
    areas: () => [...site.areas.values()].map(({ id, name }) => [name, id] as const),
    links: () => [...site.links.values()].map(({ id, name }) => [name ?? id, id] as const),
    households: () => [...site.households.values()].map(({ id, room }) => [room, id] as const),
    types: () =>
      [...types.types].flatMap(([id, { label }]) => [
        [label.zh, id] as const,
        ...(label.en === label.zh ? [] : [[label.en, id] as const]),
      ]),
    devices: () => [] as (readonly [string, string])[],
  };
  const keys = (noun: words.Noun): Iterable<string> => {
    if (noun === 'types') return types.types.keys();
    return noun === 'devices' ? [...site.devices.keys(), ...coming] : site[noun].keys();
  };
  const has = (noun: words.Noun, key: string) => {
    if (noun === 'types') return types.types.has(key);
    return noun === 'devices' ? site.devices.has(key) || coming.has(key) : site[noun].has(key);
  };
  return (noun: words.Noun, text: string): { key: string } | { problem: Label } => {
    if (has(noun, text)) return { key: text };
    let names = named.get(noun);
    if (!names) {
      names = new Map();
      for (const [name, id] of namesOf[noun]()) names.set(name, [...(names.get(name) ?? []), id]);
      named.set(noun, names);
    }
    const [id, ...others] = names.get(text) ?? [];
    if (id !== undefined && others.length === 0) return { key: id };
    if (id !== undefined) return { problem: words.severalNamed(noun, text, [id, ...others]) };
    return { problem: words.missing(noun, text, suggestions-- > 0 ? keys(noun) : []) };
  };
}
