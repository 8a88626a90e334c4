import { useQuery } from '@tanstack/react-query';
import type { DeviceView, PointView } from '../../gateway/contract/device-view.ts';
import { api, type Page } from './api.ts';

/** What the gateway makes of a device: the commands and points that this installed unit really has, and what is wrong with it. */
export function useDeviceView(id: string) {
  const view = useQuery({
    queryKey: ['device', id],
    queryFn: () => api.get<DeviceView>(`/devices/${encodeURIComponent(id)}`),
    staleTime: 60_000,
  });
  const points = useQuery({
    queryKey: ['device-points', id],
    queryFn: () => api.get<Page<PointView>>(`/devices/${encodeURIComponent(id)}/points`),
    staleTime: 60_000,
  });
  return { view: view.data, points: points.data?.items, error: view.error };
}
