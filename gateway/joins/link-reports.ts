import type { Alarms } from '../alarms/alarms.ts';
import { gatewayDevice } from '../contract/alarm.ts';
import type { LinkState } from '../contract/device-state.ts';
import type { Devices } from '../devices/devices.ts';
import type { Turn } from '../store/turn.ts';
import type { Field } from './field.ts';
import { troubleWords } from './link-words.ts';

/** What becomes of a link, told to consoles, alarms and the devices on it. */
export function createLinkReports(deps: {
  act(what: string, run: (turn: Turn) => void): void;
  /** Whether the site has this link. */
  isLink(id: string): boolean;
  alarms: Alarms;
  devices: Devices;
  field: Field;
}) {
  const { alarms, devices, field } = deps;
  return {
    changed(state: LinkState): void {
      field.act('link', (turn) => {
        // The last word of one that was taken away while it ended.
        if (!deps.isLink(state.id)) return {};
        turn.change('link-states', state.id, state);
        const instance = state.id;
        if (state.state === 'up') alarms.clearSystem(turn, 'link-down', instance);
        else {
          const why = troubleWords(state.trouble ?? { code: 'other' }, state.error ?? '');
          const detail = { zh: `${instance}：${why.zh}`, en: `${instance}: ${why.en}` };
          alarms.raiseSystem(turn, { definition: 'link-down', instance, detail });
        }
        return { states: devices.onLink(turn, state.id, state.state === 'up') };
      });
    },

    /** An outside broker has forgotten us: what it had taken for us since may be gone. */
    sessionLost(link: string): void {
      deps.act('session lost', (turn) => {
        const detail = { zh: link, en: link };
        alarms.raiseSystem(turn, { definition: 'session-lost', instance: link, detail });
      });
    },

    /** A link that is no more is not down, either, and nor is a bridge behind it. */
    removed(turn: Turn, link: string): void {
      turn.change('link-states', link, null);
      for (const { alarm } of [...alarms.open.values()])
        if (
          alarm.device === gatewayDevice &&
          alarm.definition === 'link-down' &&
          (alarm.instance === link || alarm.instance?.startsWith(`${link} `))
        )
          alarms.clearSystem(turn, 'link-down', alarm.instance);
    },
  };
}
