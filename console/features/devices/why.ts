import { useTranslation } from 'react-i18next';

const reasons = [
  'will',
  'silence',
  'poll timeout',
  'connection lost',
  'link down',
  'bad values',
  'source lost',
  'parent lost',
] as const;
type Reason = (typeof reasons)[number];

/** Why a device is lost, as supervision words it, in the user's language; words that are not known stay as they are. */
export function useWhy(): (why: string) => string {
  const { t } = useTranslation('devices');
  return (why) => {
    const reason = reasons.find((each): each is Reason => each === why);
    if (reason !== undefined) return t(`why.${reason}`);
    const stuck = /^no change: (.*)$/.exec(why)?.[1];
    return stuck === undefined ? why : t('why.no change', { point: stuck });
  };
}
