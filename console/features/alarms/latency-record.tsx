import { useTranslation } from 'react-i18next';
import type { AlarmLatency } from '../../../gateway/contract/alarm.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts } from '../../components/panel.tsx';

/** Where the two seconds went, from the last byte in to the painted frame. */
export function LatencyRecord({ latency }: { latency: AlarmLatency }) {
  const { t } = useTranslation('alarms');
  const time = useSiteTime();
  const after = (at: number | null) =>
    at === null ? t('latency.pending') : t('latency.after', { ms: at - latency.receivedAt });
  const millis = (at: number) =>
    `${time.moment(at)}.${String(((at % 1_000) + 1_000) % 1_000).padStart(3, '0')}`;
  return (
    <section>
      <h3>{t('latency.title')}</h3>
      <Facts
        rows={[
          [t('latency.device'), latency.deviceAt === null ? null : millis(latency.deviceAt)],
          [t('latency.received'), millis(latency.receivedAt)],
          [t('latency.committed'), after(latency.committedAt)],
          [t('latency.sent'), after(latency.sentAt)],
          [t('latency.shown'), after(latency.shownAt)],
          [
            t('latency.audible'),
            latency.audible === null
              ? t('latency.pending')
              : t(latency.audible ? 'latency.heard' : 'latency.unheard'),
          ],
        ]}
      />
    </section>
  );
}
