import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Household } from '../../../gateway/contract/site.ts';
import { calls, orderAlarms } from '../../app/alarm-list.ts';
import { api } from '../../app/api.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import { useEntities, useEntity } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useAlarmDevice, useReturned } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts } from '../../components/panel.tsx';
import { PriorityMark } from '../../components/priority.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './alarm-detail.module.css';

/** What to do, step by step. */
export function Guidance(props: {
  guidance: { zh: string[]; en: string[] } | null | undefined;
  waiting: boolean;
}) {
  const { t } = useTranslation('alarms');
  const language = useLanguage();
  const steps = props.guidance?.[language] ?? [];
  if (props.waiting) return null;
  return (
    <section>
      <h3>{t('guidance.title')}</h3>
      {steps.length === 0 ? (
        <p className={classes.dim}>{t('guidance.none')}</p>
      ) : (
        <ol className={classes.steps}>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** The home: what everyone may see at once; contacts and the medical note only on asking, since every look is recorded. */
export function HouseholdCard({ id }: { id: string }) {
  const { t } = useTranslation('alarms');
  const can = useCan();
  const household = useEntity('households', id);
  const [asked, setAsked] = useState(false);
  const { data, error, isFetching } = useQuery({
    queryKey: ['household', id],
    queryFn: () => api.get<Household>(`/households/${encodeURIComponent(id)}`),
    enabled: asked,
    staleTime: 600_000,
  });
  return (
    <section>
      <h3>{t('household.title')}</h3>
      <Facts
        rows={[
          [t('household.room'), household?.room ?? id],
          [
            t('household.service'),
            household === undefined
              ? null
              : t(household.alarmService ? 'household.serviceOn' : 'household.serviceOff'),
          ],
        ]}
      />
      {data === undefined ? (
        can('households.private') ? (
          <Button
            variant="default"
            size="compact-sm"
            mt={6}
            loading={isFetching}
            onClick={() => setAsked(true)}
          >
            {t('household.show')}
          </Button>
        ) : null
      ) : (
        <Contacts household={data} />
      )}
      <ProblemNote error={error} />
    </section>
  );
}

function Contacts({ household }: { household: Household }) {
  const { t } = useTranslation('alarms');
  return (
    <>
      {household.medical === undefined ? null : (
        <p className={classes.medical}>
          {t('household.medical')}: {household.medical}
        </p>
      )}
      <Facts
        rows={[
          ...(household.contacts.length === 0
            ? [[t('household.contacts'), t('household.noContacts')] as const]
            : household.contacts.map((contact) => [contact.name, contact.phone ?? '—'] as const)),
          [t('household.notes'), household.notes],
        ]}
      />
    </>
  );
}

const mostRelated = 8;

/** Open alarms of the same device, home or place: often one cause shows in several. */
export function RelatedAlarms({ alarm, onSelect }: { alarm: Alarm; onSelect: (id: string) => void }) {
  const { t } = useTranslation('alarms');
  const label = useLabel();
  const device = useAlarmDevice();
  const time = useSiteTime();
  const all = useEntities('alarms');
  const returned = useReturned();
  const related = useMemo(
    () =>
      orderAlarms(
        all.filter(
          (other) =>
            other.id !== alarm.id &&
            (other.device === alarm.device ||
              other.area === alarm.area ||
              (alarm.household !== undefined && other.household === alarm.household)),
        ),
      ).slice(0, mostRelated),
    [all, alarm.id, alarm.device, alarm.area, alarm.household],
  );
  if (related.length === 0) return null;
  return (
    <section>
      <h3>{t('related.title')}</h3>
      {related.map((other) => (
        <button key={other.id} type="button" className={classes.related} onClick={() => onSelect(other.id)}>
          <PriorityMark
            priority={other.priority}
            size={16}
            blinking={calls(other)}
            hollow={returned(other)}
          />
          <span>
            {label(other.title)} · {device(other)}
          </span>
          <span className="gh-number">{time.clock(other.raisedAt)}</span>
        </button>
      ))}
    </section>
  );
}
