import type { Alarm, AlarmLatency, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import { api } from './api.ts';

/** What `GET /alarms/{id}` answers. */
export interface AlarmDetail extends Alarm {
  transitions: AlarmTransition[];
  latency: AlarmLatency | null;
  /** What its linkage asked for. */
  commands: Command[];
  /** What to do, while its definition is configured. */
  guidance: { zh: string[]; en: string[] } | null;
}

const at = (id: string, action?: string) =>
  `/alarms/${encodeURIComponent(id)}${action === undefined ? '' : `/${action}`}`;

export const alarmActions = {
  detail: (id: string) => api.get<AlarmDetail>(at(id)),
  /** A second acknowledge is no error: the first one's who and when stay. */
  acknowledge: (id: string, comment?: string) =>
    api.post<Alarm>(at(id, 'acknowledge'), comment ? { comment } : {}),
  /** Those of a page; the gateway leaves priority 1 out and names what it refused. */
  acknowledgeAll: (ids: readonly string[]) =>
    api.post<{ items: Alarm[]; refused: { id: string; reason: string }[] }>('/alarms/acknowledge', { ids }),
  /** Latched ones only. */
  reset: (id: string, comment?: string) => api.post<Alarm>(at(id, 'reset'), comment ? { comment } : {}),
  shelve: (id: string, body: { reason: string; until: number }) => api.post<Alarm>(at(id, 'shelve'), body),
  unshelve: (id: string) => api.post<Alarm>(at(id, 'unshelve')),
  comment: (id: string, body: { id: string; comment: string }) => api.post<unknown>(at(id, 'comment'), body),
  ticket: (id: string, body: { id: string; title?: string; assignee?: string }) =>
    api.post<{ id: string }>(at(id, 'ticket'), body),
};
