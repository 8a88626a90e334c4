import type { DeviceType, PointSource } from '../contract/device-type.ts';
import { misread } from '../contract/misread.ts';
import type { StrangerGuess } from '../contract/stranger.ts';
import { components, type DiscoveryRead, type Entity } from '../protocols/home-assistant/discovery.ts';
import type { Catalogue } from './catalogue.ts';
import { conversion } from './units.ts';

// What an integrator is told of an announcement that no device of the site takes.

const mostTypesNamed = 4;
const longestName = 60;

type EntitySource = Extract<PointSource, { entity: string }>;

/** The point that is the entity itself, not a further one. */
function mainSource(type: DeviceType): { point: string; source: EntitySource } | null {
  for (const [point, source] of Object.entries(type.points))
    if ('entity' in source && source.entity === '{address}') return { point, source };
  return null;
}

/** Whether a type reads an entity as it is announced. */
function fits(
  type: DeviceType,
  entity: Entity,
  unitOf: (type: DeviceType, point: string) => string | undefined,
) {
  const main = mainSource(type);
  if (!main) return false;
  const switches = Object.values(type.commands).some((source) => 'entity' in source);
  if (switches !== (entity.component === 'switch')) return false;
  if (switches) return true;
  const numbers = entity.component !== 'binary_sensor';
  const unit = unitOf(type, main.point);
  if (numbers !== (unit !== undefined)) return false;
  const { classes } = main.source;
  if (entity.deviceClass !== null && classes && !classes.includes(entity.deviceClass)) return false;
  // Without a class a yes or no may be anything; a number is what its unit says.
  if (entity.deviceClass === null && (!numbers || entity.unit === null)) return false;
  return !numbers || (entity.unit !== null && conversion(entity.unit, unit) !== null);
}

function named({ name, deviceName }: Entity): string {
  const whole = [deviceName, name].filter((one) => one !== null).join(' ');
  return whole === '' ? '' : ` (${whole.slice(0, longestName)})`;
}

/** What to do about an announcement; `key` is the same for what would be told in the same words. */
export type Offer = StrangerGuess & { readonly key: string };

/** @returns null when there is nothing to say of it */
export function offerOf(
  {
    link,
    component,
    address,
    read,
  }: { link: string; component: string; address: string; read: DiscoveryRead },
  { types, kinds }: Pick<Catalogue, 'types' | 'kinds'>,
): Offer | null {
  if ('own' in read) return null;
  // Many products announce buttons and updates by the dozen: each component is told once.
  if (!(components as readonly string[]).includes(component))
    return {
      ...{ key: component, types: [], address: null, by: 'announcement' },
      why: misread('stray-component', { link, component, address, read: components.join(', ') }),
    };
  const told = { key: address, address, by: 'announcement' } as const;
  if ('refused' in read)
    return {
      ...told,
      types: [],
      why: misread('stray-unreadable', { link, address, words: read.refused }),
    };
  const unitOf = (type: DeviceType, point: string) => {
    const definition = kinds.get(type.kind)?.points[point];
    return definition?.type === 'number' ? (definition.unit ?? '') : undefined;
  };
  const { entity } = read;
  const fitting = [...types.values()].filter((type) => fits(type, entity, unitOf)).map(({ id }) => id);
  const offered = fitting.slice(0, mostTypesNamed);
  const said = { link, address, named: named(entity), component };
  const facts = [entity.deviceClass, entity.unit].filter((one) => one !== null);
  const what = facts.map((fact) => `, ${fact}`).join('');
  const why =
    offered.length > 0
      ? misread('stray-announced-typed', { ...said, what, types: offered.join(' / ') })
      : component === 'binary_sensor' && entity.deviceClass === null
        ? misread('stray-announced-classless', said)
        : misread('stray-announced-untyped', { ...said, what });
  return { ...told, types: offered, why };
}
