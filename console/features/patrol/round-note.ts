import { useTranslation } from 'react-i18next';

/** The notes that the gateway leaves on a round (gateway/patrol), in the user's language; others stay as they are. */
export function useRoundNote(): (note: string) => string {
  const { t } = useTranslation('patrol');
  return (note) =>
    note
      .split('; ')
      .map((part) => {
        const span = /^gateway down (.+)$/.exec(part)?.[1];
        return span === undefined ? part : t('note.gatewayDown', { span });
      })
      .join('; ');
}
