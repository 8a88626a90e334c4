import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { ClientMessage } from '../../gateway/contract/live.ts';
import { isUnanswered } from './alarm-list.ts';

/** Ids at a time: a message stays well under the 64 KiB that the gateway takes from a client. */
const chunk = 500;

/**
 * Which alarms have been painted and not yet been told to the gateway. `painted` is called after the frame that put the alarms
 * into list and banner; it answers with the messages to send.
 */
export function createShownLedger() {
  const told = new Map<string, number>();

  return {
    /** True when a frame with these alarms has something to tell. */
    hasNews(alarms: readonly Alarm[]): boolean {
      return alarms.some((alarm) => isUnanswered(alarm) && told.get(alarm.id) !== alarm.revision);
    },
    painted(alarms: readonly Alarm[], audible: boolean): ClientMessage[] {
      const open = new Set<string>();
      const news: { id: string; revision: number }[] = [];
      for (const alarm of alarms) {
        open.add(alarm.id);
        if (!isUnanswered(alarm) || told.get(alarm.id) === alarm.revision) continue;
        told.set(alarm.id, alarm.revision);
        news.push({ id: alarm.id, revision: alarm.revision });
      }
      for (const id of told.keys()) if (!open.has(id)) told.delete(id);
      const messages: ClientMessage[] = [];
      for (let from = 0; from < news.length; from += chunk) {
        messages.push({ type: 'shown', alarms: news.slice(from, from + chunk), audible, visible: true });
      }
      return messages;
    },
    /** A new socket: what was told on the last one may have died with it, so it is told again. */
    forget(): void {
      told.clear();
    },
  };
}

export type ShownLedger = ReturnType<typeof createShownLedger>;
