import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { termWords } from './i18n.ts';
import { useEntityMap } from './live.ts';

/** Reasons of supervision and of the alarm machine, as the gateway writes them (gateway/devices, gateway/alarms). */
export type KnownReason =
  | 'will'
  | 'silence'
  | 'poll timeout'
  | 'parent lost'
  | 'source lost'
  | 'connection lost'
  | 'link down'
  | 'bad values'
  | 'removed by configuration';

/** A reason in the user's words; one that is not known stays as it is. */
export function useReason(): (reason: string) => string {
  const { t } = useTranslation('terms');
  return (reason) => (`why.${reason}` in termWords.zh ? t(`why.${reason as KnownReason}`) : reason);
}

/**
 * Who did something, as people say it: a person by name, the gateway itself, a token, a linkage, a panel. The gateway writes keys
 * (contract/permissions.ts `Actor.who`).
 */
export function useWho(): (who: string | null | undefined) => string {
  const { t } = useTranslation('terms');
  const people = useEntityMap('people');
  return useCallback(
    (who) => {
      if (who === null || who === undefined || who === 'gateway') return t('who.gateway');
      const [kind, name] = who.includes(':')
        ? [who.slice(0, who.indexOf(':')), who.slice(who.indexOf(':') + 1)]
        : ['', who];
      switch (kind) {
        case 'token':
          return t('who.token', { name });
        case 'linkage':
          return t('who.linkage', { name });
        case 'panel':
          return t('who.panel');
        case 'panel-user':
          return t('who.panelUser', { name });
        default:
          return people.get(who)?.name ?? who;
      }
    },
    [t, people],
  );
}
