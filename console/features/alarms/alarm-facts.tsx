import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { usePointDefinition } from '../../app/catalogue.ts';
import { useEntity } from '../../app/live.ts';
import {
  useAlarmDevice,
  useInstance,
  useMomentary,
  useReason,
  useStateWord,
  useSuppressor,
  useWho,
} from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts } from '../../components/panel.tsx';
import { useValueText, Value } from '../../components/value.tsx';

/** From the site down: 金桂苑 › 2 号楼 › 12 层. */
function AreaPath({ area, name }: { area: string; name: string }) {
  const here = useEntity('areas', area);
  const parent = useEntity('areas', here?.parent);
  return (
    <>
      {parent === undefined ? '' : `${parent.name} › `}
      {here?.name ?? name}
    </>
  );
}

export function AlarmFacts({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation(['alarms', 'terms']);
  const time = useSiteTime();
  const stateWord = useStateWord();
  const text = useValueText();
  const who = useWho();
  const reason = useReason();
  const device = useAlarmDevice()(alarm);
  const instance = useInstance()(alarm);
  const suppressor = useSuppressor();
  const momentary = useMomentary()(alarm);
  const definition = usePointDefinition(alarm.device, alarm.point ?? '');
  const late = alarm.late
    ? t('facts.late', { occurred: time.moment(alarm.occurredAt), raised: time.moment(alarm.raisedAt) })
    : null;
  const byAt = (by: string | undefined, at: number | undefined) =>
    at === undefined ? null : t('facts.byAt', { by: who(by), at: time.moment(at) });
  return (
    <section>
      <h3>{t('facts.title')}</h3>
      <Facts
        rows={[
          [t('facts.state'), stateWord(alarm)],
          [t('facts.occurred'), late ?? time.moment(alarm.raisedAt)],
          [t('facts.place'), <AreaPath key="place" area={alarm.area} name={alarm.areaName} />],
          [t('facts.device'), `${device} (${alarm.device})`],
          [t('facts.instance'), instance],
          [t('facts.category'), t(`terms:category.${alarm.category}`)],
          [t('facts.value'), alarm.value === undefined ? null : text(alarm.value, definition)],
          [t('facts.limit'), alarm.limit === undefined ? null : text(alarm.limit, definition)],
          [
            t('facts.now'),
            alarm.point === undefined ? null : <Value key="now" device={alarm.device} point={alarm.point} />,
          ],
          [t('facts.count'), alarm.count > 1 ? alarm.count : null],
          [t('facts.acknowledged'), byAt(alarm.acknowledgedBy, alarm.acknowledgedAt)],
          [
            t('facts.returned'),
            alarm.returnedAt === undefined || (momentary && alarm.returnedReason === undefined)
              ? null
              : `${time.moment(alarm.returnedAt)}${alarm.returnedReason === undefined ? '' : ` · ${reason(alarm.returnedReason)}`}`,
          ],
          [t('facts.reset'), byAt(alarm.resetBy, alarm.resetAt)],
          [
            t('facts.shelved'),
            alarm.shelved === undefined
              ? null
              : t('facts.shelvedUntil', {
                  reason: alarm.shelved.reason,
                  by: who(alarm.shelved.by),
                  until: time.moment(alarm.shelved.until),
                }),
          ],
          [t('facts.suppressed'), alarm.suppressed === undefined ? null : suppressor(alarm.suppressed)],
          [t('facts.owner'), alarm.owner === undefined ? null : who(alarm.owner)],
        ]}
      />
    </section>
  );
}
