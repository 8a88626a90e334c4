import type { Device } from '../contract/site.ts';
import type { Report, SiteDocs, SiteType, SiteTypes } from './docs.ts';
import { missing } from './references.ts';

/** Where a meter stands among the others: behind one that counts the same. */
export function checkMeter(
  docs: SiteDocs,
  types: SiteTypes,
  device: Device,
  type: SiteType,
  tell: (path: PropertyKey[], message: string, atKey?: boolean) => void,
): void {
  if (device.meter === undefined) return;
  if (!hasRegister(type)) {
    tell(['meter'], `a ${type.kind} has no register; remove "meter", or correct the type`, true);
    return;
  }
  const { main } = device.meter;
  if (main === undefined) return;
  const upstream = docs.devices.get(main);
  if (!upstream) {
    tell(['meter', 'main'], missing(docs, 'devices', main));
    return;
  }
  const upstreamType = types.type(upstream.type);
  if (upstreamType && upstreamType.kind !== type.kind)
    tell(
      ['meter', 'main'],
      `"${main}" counts as ${upstreamType.kind}, "${device.id}" as ${type.kind}; a main meter counts the same as those behind it`,
    );
}

function hasRegister(type: SiteType): boolean {
  return Object.values(type.points).some(({ register }) => register === true);
}

/** Meters that would each be behind the other. */
export function meterRing(report: Report): (id: string, ring: string[]) => void {
  return (id, ring) =>
    report({
      class: 'devices',
      id,
      path: ['meter', 'main'],
      message: `the meter is behind itself (${ring.join(' → ')}); take one "main" of the ring out`,
    });
}
