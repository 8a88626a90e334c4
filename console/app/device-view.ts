import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { DeviceView, PointView } from '../../gateway/contract/device-view.ts';
import { api, type Page } from './api.ts';
import { live } from './live.ts';

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
  const reasons = useMemo(
    () => new Map((points.data?.items ?? []).flatMap(({ point, why }) => (why ? [[point, why]] : []))),
    [points.data],
  );
  useRefetchOfDoubts(id, points.data?.items, () => void points.refetch());
  return { view: view.data, points: points.data?.items, reasons, error: view.error };
}

const subscribe = (listener: () => void) => live.subscribe('values', listener);

/** Live values do not say what they are bad for: that is asked for when one turns bad, or good again. */
function useRefetchOfDoubts(id: string, points: readonly PointView[] | undefined, refetch: () => void): void {
  const doubtful = useSyncExternalStore(subscribe, () =>
    (points ?? [])
      .filter(({ point }) => (live.point(id, point)?.quality ?? 'good') !== 'good')
      .map(({ point }) => point)
      .join(' '),
  );
  const before = useRef(doubtful);
  useEffect(() => {
    if (before.current === doubtful) return;
    before.current = doubtful;
    refetch();
  });
}
