import { useTranslation } from 'react-i18next';
import type { LinkState } from '../../gateway/contract/device-state.ts';

/** Why a link is down, in the user's language; null while it is not. What has no code stays in the words of the system. */
export function useLinkTrouble(): (state: Pick<LinkState, 'error' | 'trouble'>) => string | null {
  const { t } = useTranslation('terms');
  return ({ error, trouble }) => {
    if (trouble === null) return error;
    switch (trouble.code) {
      case 'name-unknown':
      case 'not-set':
        return t(`trouble.${trouble.code}`, { name: trouble.name });
      case 'no-device':
      case 'unplugged':
      case 'no-permission':
      case 'in-use':
        return t(`trouble.${trouble.code}`, { path: trouble.path });
      case 'silent':
        return t('trouble.silent', { s: trouble.s });
      case 'put-out':
        return t('trouble.put-out', { clientId: trouble.clientId });
      case 'subscription-refused':
        return t('trouble.subscription-refused', { topic: trouble.topic });
      case 'other':
        return error;
      default:
        return t(`trouble.${trouble.code}`);
    }
  };
}
