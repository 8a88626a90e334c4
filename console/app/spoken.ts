import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm, AlarmRule, gatewayDevice } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { Kind } from '../../gateway/contract/kind.ts';
import { labelIn, lossWordsOf } from '../../gateway/contract/loss-words.ts';
import { isMomentary, overSince } from './alarm-list.ts';
import { useCatalogue } from './catalogue.ts';
import { useLabel } from './language.ts';
import { useEntityMap } from './live.ts';
import { useSession } from './session.tsx';
import { useSiteTime } from './time.ts';

/** A reason in the user's words; one that is not known stays as it is. `kind`: of the device, where a reason may name a point. */
export function useReason(): (reason: string, kind?: Kind) => string {
  const { t } = useTranslation('terms');
  const label = useLabel();
  return (reason, kind) => {
    if (reason === 'removed by configuration') return t('why.removed by configuration');
    const words = lossWordsOf(reason, labelIn(kind));
    return words === undefined ? reason : label(words);
  };
}

/** Why a device is lost, and with what: 信号来源离线：周界模块 2. Undefined while it is not, and where nobody knows. */
export function useLoss(): (
  state: Pick<DeviceState, 'state' | 'why' | 'cause'> | undefined,
  kind?: Kind,
) => string | undefined {
  const { t } = useTranslation('terms');
  const reason = useReason();
  const devices = useEntityMap('devices');
  const links = useEntityMap('links');
  return (state, kind) => {
    if (state === undefined || state.why === null || (state.state !== 'offline' && state.state !== 'stale'))
      return undefined;
    const why = reason(state.why, kind);
    const { cause } = state;
    if (cause === undefined) return why;
    return t('device.because', { why, cause: (devices.get(cause) ?? links.get(cause))?.name ?? cause });
  };
}

/**
 * Who did something, as people say it: oneself and persons by name, the gateway itself, a token, a linkage, a schedule, a panel. The gateway writes keys
 * (contract/permissions.ts `Actor.who`).
 */
export function useWho(): (who: string | null | undefined) => string {
  const { t } = useTranslation('terms');
  const people = useEntityMap('people');
  const schedules = useEntityMap('schedules');
  const session = useSession();
  return useCallback(
    (who) => {
      if (who === null || who === undefined || who === 'gateway') return t('who.gateway');
      if (who === 'interlock') return t('who.interlock');
      if (who === 'command-line') return t('who.commandLine');
      if (who === session.user) return session.name;
      const [kind, name] = who.includes(':')
        ? [who.slice(0, who.indexOf(':')), who.slice(who.indexOf(':') + 1)]
        : ['', who];
      switch (kind) {
        case 'token':
          return t('who.token', { name });
        case 'linkage':
          return t('who.linkage', { name });
        case 'schedule':
          return t('who.schedule', { name: schedules.get(name)?.name ?? name });
        case 'panel':
          return t('who.panel');
        case 'panel-user':
          return t('who.panelUser', { name });
        default:
          return people.get(who)?.name ?? who;
      }
    },
    [t, people, schedules, session],
  );
}

/** A name from a device's settings, such as `zones: {3: 客厅红外}`. */
function named(settings: Record<string, unknown> | undefined, list: string, key: string): string | undefined {
  const names = settings?.[list];
  if (typeof names !== 'object' || names === null || !Object.hasOwn(names, key)) return undefined;
  const name: unknown = (names as Record<string, unknown>)[key];
  return typeof name === 'string' ? name : undefined;
}

type Defined = Pick<Alarm, 'device' | 'definition'>;

/** What raises an alarm; undefined for the gateway's own, and for a definition that is gone. */
function useRule(): (alarm: Defined) => AlarmRule | undefined {
  const devices = useEntityMap('devices');
  const { types, kindOf } = useCatalogue();
  return useCallback(
    ({ device, definition }) => {
      const type = devices.get(device)?.type;
      // A type may add alarms to its kind's, or put its own in their place.
      return (types.get(type ?? '')?.alarms[definition] ?? kindOf(type)?.alarms[definition])?.on;
    },
    [devices, types, kindOf],
  );
}

/** Whether an alarm is of a moment, which has no end. */
export function useMomentary(): (alarm: Alarm) => boolean {
  const ruleOf = useRule();
  return useCallback((alarm) => isMomentary(alarm, ruleOf(alarm)), [ruleOf]);
}

/** Whether the cause of an alarm that nobody has answered is gone. */
export function useReturned(): (alarm: Alarm) => boolean {
  const momentary = useMomentary();
  return useCallback((alarm) => alarm.state === 'returned' && !momentary(alarm), [momentary]);
}

/**
 * Put aside comes before what it would otherwise be: that is why it is quiet. A moment has not returned, it waits for its answer; fire
 * and panic stay until they are reset, and that nothing is there any more is told all the same.
 */
export function useStateWord(): (alarm: Alarm) => string {
  const { t } = useTranslation('terms');
  const ruleOf = useRule();
  return useCallback(
    (alarm) => {
      if (alarm.shelved !== undefined) return t('state.shelved');
      if (alarm.suppressed !== undefined) return t('state.suppressed');
      const rule = ruleOf(alarm);
      if (alarm.state === 'returned' && isMomentary(alarm, rule)) return t('state.unacknowledged');
      if (alarm.state === 'unacknowledged' && overSince(alarm, rule) !== undefined)
        return t('state.returned');
      return t(`state.${alarm.state}`);
    },
    [t, ruleOf],
  );
}

/** What suppresses an alarm: the device whose loss or fault explains it, by its name. */
export function useSuppressor(): (suppressed: string) => string {
  const devices = useEntityMap('devices');
  const reason = useReason();
  return (suppressed) => devices.get(suppressed)?.name ?? reason(suppressed);
}

/** 已恢复，自 21:03:45: said of an alarm whose cause is over in the field. */
export function useOver(): (alarm: Alarm, now: number) => string | undefined {
  const { t } = useTranslation('terms');
  const time = useSiteTime();
  const ruleOf = useRule();
  return useCallback(
    (alarm, now) => {
      const at = overSince(alarm, ruleOf(alarm));
      if (at === undefined) return undefined;
      const today = time.date(at) === time.date(now);
      return t('state.over', { at: today ? time.clock(at) : time.moment(at) });
    },
    [t, time, ruleOf],
  );
}

/**
 * Which zone, user or point of its device an alarm is about: 防区 3 客厅红外. What the number stands for is in the definition,
 * its name in the settings of the device (DECISIONS: the account's `zones` and `users`).
 */
export function useInstance(): (
  alarm: Pick<Alarm, 'device' | 'definition' | 'instance'>,
) => string | undefined {
  const { t } = useTranslation('terms');
  const devices = useEntityMap('devices');
  const people = useEntityMap('people');
  const ruleOf = useRule();
  return useCallback(
    ({ device: id, definition, instance }) => {
      if (instance === undefined) return undefined;
      const device = devices.get(id);
      const rule = ruleOf({ device: id, definition });
      const field = rule?.rule === 'event' ? rule.instance : undefined;
      if (field === 'zone') {
        return [t('instance.zone', { name: instance }), named(device?.settings, 'zones', instance)]
          .filter(Boolean)
          .join(' ');
      }
      if (field === 'user') {
        const person = named(device?.settings, 'users', instance);
        return [t('instance.user', { name: instance }), people.get(person ?? '')?.name ?? person]
          .filter(Boolean)
          .join(' ');
      }
      return instance;
    },
    [t, devices, people, ruleOf],
  );
}

/** The contract gives types alone to the browser; this one holds nothing but its value. */
const gateway: typeof gatewayDevice = 'gatehouse';

/** The gateway raises alarms of its own, which have no place on the site. */
export function isOfGateway({ device }: Pick<Alarm, 'device'>): boolean {
  return device === gateway;
}

/** The device of an alarm by its name. The gateway raises alarms of its own: it has a name in each language. */
export function useAlarmDevice(): (alarm: Pick<Alarm, 'device' | 'deviceName'>) => string {
  const { t } = useTranslation('terms');
  return useCallback((alarm) => (isOfGateway(alarm) ? t('gateway.name') : alarm.deviceName), [t]);
}

/** Where an alarm is: area, device, and what of it if it is about a part. */
export function useWhere(): (alarm: Alarm) => string {
  const device = useAlarmDevice();
  const instance = useInstance();
  return useCallback(
    (alarm) =>
      [alarm.areaName, device(alarm), instance(alarm)].filter((word) => word !== undefined).join(' · '),
    [device, instance],
  );
}
