import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { api, type Page } from '../../app/api.ts';
import { type EntityRows, useEntities } from '../../app/live.ts';

const paths = { snapshots: 'snapshots', 'linkage-runs': 'linkages' } as const;

/** What belongs to an alarm: as it happens while the alarm is open, from its record when it is closed. */
export function useAlarmRecords<E extends keyof typeof paths>(
  entity: E,
  alarm: Pick<Alarm, 'id' | 'state'>,
): readonly EntityRows[E][] {
  const rows = useEntities(entity);
  const closed = alarm.state === 'closed';
  const { data } = useQuery({
    queryKey: ['alarm', alarm.id, entity],
    queryFn: () => api.get<Page<EntityRows[E]>>(`/alarms/${encodeURIComponent(alarm.id)}/${paths[entity]}`),
    enabled: closed,
  });
  return useMemo(
    () => (closed ? (data?.items ?? []) : rows.filter((row) => row.alarm === alarm.id)),
    [closed, data, rows, alarm.id],
  );
}
