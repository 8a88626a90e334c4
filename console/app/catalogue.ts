import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { DeviceType } from '../../gateway/contract/device-type.ts';
import type { Kind, PointDefinition } from '../../gateway/contract/kind.ts';
import { api, type Page } from './api.ts';
import { useEntities, useEntity } from './live.ts';

export interface Catalogue {
  kinds: ReadonlyMap<string, Kind>;
  types: ReadonlyMap<string, DeviceType>;
  /** The kind behind a device type. */
  kindOf(type: string | undefined): Kind | undefined;
}

const byId = <T extends { id: string }>(page: Page<T> | undefined) =>
  new Map((page?.items ?? []).map((item) => [item.id, item]));

/** Kinds and device types: fetched once, they change only when someone installs a type. */
export function useCatalogue(): Catalogue {
  const kinds = useQuery({
    queryKey: ['kinds'],
    queryFn: () => api.get<Page<Kind>>('/kinds'),
    staleTime: 300_000,
  });
  const types = useQuery({
    queryKey: ['device-types'],
    queryFn: () => api.get<Page<DeviceType>>('/device-types'),
    staleTime: 300_000,
  });
  return useMemo(() => {
    const kindMap = byId(kinds.data);
    const typeMap = byId(types.data);
    return {
      kinds: kindMap,
      types: typeMap,
      kindOf: (type) => kindMap.get(typeMap.get(type ?? '')?.kind ?? ''),
    };
  }, [kinds.data, types.data]);
}

/** Fetches the types again when a device is of one that is not among them: somebody has added it, here or elsewhere. Once in a page. */
export function useNewTypes(): void {
  const queries = useQueryClient();
  const { types } = useCatalogue();
  const devices = useEntities('devices');
  const strange = types.size === 0 ? undefined : devices.find(({ type }) => !types.has(type))?.type;
  useEffect(() => {
    if (strange !== undefined) void queries.invalidateQueries({ queryKey: ['device-types'] });
  }, [strange, queries]);
}

/** What a point is called and in which unit it counts, by the kind of its device. */
export function usePointDefinition(device: string, point: string): PointDefinition | undefined {
  const type = useEntity('devices', device)?.type;
  return useCatalogue().kindOf(type)?.points[point];
}
