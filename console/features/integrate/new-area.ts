import type { Area } from '../../../gateway/contract/site.ts';

/** An area that is typed while a device is added, and made with it. */
export interface NewArea {
  name: string;
  /** Null: as proposed. */
  kind: Area['kind'] | null;
  /** Null: as proposed; '': none. */
  parent: string | null;
}

/** As a site is thought of: from the whole to its parts. Its schema is not for the browser. */
export const areaKinds = [
  ...(['site', 'building', 'floor', 'garage', 'plant-room'] as const),
  ...(['outdoor', 'perimeter', 'gate', 'office'] as const),
] satisfies Area['kind'][];

/** Words that tell what an area is, the more telling first: `3 号楼` is a building, `3 楼` and `3 号楼 2 层` are floors. */
const telling: readonly [RegExp, Area['kind']][] = [
  [/车库|停车|garage|parking/i, 'garage'],
  [/周界|围墙|围栏|perimeter|fence/i, 'perimeter'],
  [/泵房|机房|配电|变电|发电|锅炉|换热|设备间|pump|plant|power|boiler|generator/i, 'plant-room'],
  [/大门|门岗|出入口|岗亭|gate|entrance/i, 'gate'],
  [/办公|物业|中控|监控室|值班|消控|office|control room/i, 'office'],
  [/层|地下室|[0-9一二三四五六七八九十]楼|\bB?\d+F\b|floor|storey|basement/i, 'floor'],
  [/楼|栋|幢|座$|building|block|tower|villa/i, 'building'],
  [/小区|园区|社区|compound|estate|site/i, 'site'],
];

/** What an area probably is, by its name; the first of a site that tells nothing is the site itself. */
export function proposedKind(name: string, areas: readonly Area[]): Area['kind'] {
  const told = telling.find(([words]) => words.test(name))?.[1];
  return told ?? (areas.length === 0 ? 'site' : 'outdoor');
}

/** In what it probably lies: a floor or a room in the building of what is being worked on, everything else in the site. */
export function proposedParent(
  kind: Area['kind'],
  areas: readonly Area[],
  near: string | null,
): string | null {
  if (kind === 'site') return null;
  const byId = new Map(areas.map((area) => [area.id, area]));
  const root = areas.find((area) => area.kind === 'site') ?? areas.find(({ parent }) => parent === undefined);
  if (kind === 'floor' || kind === 'plant-room' || kind === 'office') {
    const seen = new Set<string>();
    for (let at = byId.get(near ?? ''); at && !seen.has(at.id); at = byId.get(at.parent ?? '')) {
      if (at.kind === 'building' || (at.kind === 'garage' && kind !== 'floor')) return at.id;
      seen.add(at.id);
    }
    const buildings = areas.filter((area) => area.kind === 'building');
    if (kind === 'floor' && buildings.length === 1) return buildings[0]?.id ?? null;
  }
  return root?.id ?? null;
}

/** A key that no area has, of the Latin letters of its name, else of its kind. */
export function freeAreaId(name: string, kind: Area['kind'], taken: ReadonlySet<string>): string {
  const own = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  if (/^[a-z]/.test(own) && !taken.has(own)) return own;
  const stem = /^[a-z]/.test(own) ? own : kind;
  for (let number = 1; ; number++) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** The area as the site takes it. */
export function areaBody(area: NewArea, areas: readonly Area[], near: string | null): Area {
  const kind = area.kind ?? proposedKind(area.name, areas);
  const parent = area.parent ?? proposedParent(kind, areas, near) ?? '';
  const id = freeAreaId(area.name, kind, new Set(areas.map((one) => one.id)));
  return { id, name: area.name, kind, ...(parent !== '' && { parent }) };
}
