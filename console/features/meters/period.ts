import { live, useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { momentOf } from '../../components/site-moment.ts';
import { spanAround, stepFrom } from './span.ts';

export const periodNames = ['yesterday', 'today', 'month', 'lastMonth'] as const;
export type PeriodName = (typeof periodNames)[number];

/** A span in the site's time, UTC ms. Of one that is not over the end is the end of its day or month: it is asked once a day. */
export function usePeriod(name: PeriodName): { from: number; to: number } | undefined {
  const [site] = useEntities('site');
  const today = useSiteTime().date(live.serverNow());
  const span = {
    yesterday: spanAround('hour', stepFrom('hour', today, -1)),
    today: spanAround('hour', today),
    month: spanAround('day', today),
    lastMonth: spanAround('day', stepFrom('day', today, -1)),
  }[name];
  const from = momentOf(span.from, site?.timeZone);
  const to = momentOf(span.to, site?.timeZone);
  return from === undefined || to === undefined ? undefined : { from, to };
}
