import { useQuery } from '@tanstack/react-query';
import type { LinkStatus, PortStatus } from '../../../gateway/contract/link-status.ts';
import { api } from '../../app/api.ts';

const pollMs = 2_000;

/** What was counted of each link and port, as it is now. */
export function useLinkStatus() {
  return useQuery({
    queryKey: ['links-status'],
    queryFn: () => api.get<{ links: LinkStatus[]; ports: PortStatus[] }>('/links/status'),
    refetchInterval: pollMs,
  });
}
