import { useTranslation } from 'react-i18next';
import { useReason } from '../../app/spoken.ts';

/** Why a device is lost, as supervision words it (gateway/devices/life-signs.ts), in the user's language. */
export function useWhy(): (why: string) => string {
  const { t } = useTranslation('devices');
  const reason = useReason();
  return (why) => {
    const stuck = /^no change: (.*)$/.exec(why)?.[1];
    if (stuck !== undefined) return t('why.stuck', { point: stuck });
    const missing = /^no value: (.*)$/.exec(why)?.[1];
    return missing === undefined ? reason(why) : t('why.missing', { point: missing });
  };
}
