import { Checkbox, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Meter, RegisterRow } from '../../../gateway/contract/meter.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useLabel } from '../../app/language.ts';
import { useCan } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TwoStep } from '../../components/two-step.tsx';
import { figure } from './amount.tsx';
import classes from './meters.module.css';
import { useMetersChanged } from './queries.ts';

const pageSize = 30;

/** Every register that is known, newest first; what was entered by hand can be withdrawn. */
export function ReadingsPanel({ meter }: { meter: Meter }) {
  const { t } = useTranslation(['meters', 'app']);
  const label = useLabel();
  const [entered, setEntered] = useState(false);
  const [point, setPoint] = useState(meter.registers[0]?.point ?? '');
  const register = meter.registers.find((each) => each.point === point);
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['meters', 'readings', meter.id, point, entered],
    queryFn: ({ pageParam }) =>
      api.get<Page<RegisterRow>>(
        `/meters/${encodeURIComponent(meter.id)}/readings${queryString({ point, entered, limit: pageSize, cursor: pageParam })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const rows = (data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <Panel
      title={t('readings.title')}
      aside={
        <div className={classes.acts}>
          {meter.registers.length < 2 ? null : (
            <Select
              size="xs"
              w={170}
              aria-label={t('registers.register')}
              data={meter.registers.map((each) => ({ value: each.point, label: label(each.label) }))}
              value={point}
              onChange={(value) => setPoint(value ?? point)}
              allowDeselect={false}
            />
          )}
          <Checkbox
            size="xs"
            label={t('readings.entered')}
            checked={entered}
            onChange={(event) => setEntered(event.currentTarget.checked)}
          />
        </div>
      }
    >
      <ProblemNote error={error} />
      {rows.length === 0 ? (
        <p className={tables.empty}>{t(isPending ? 'app:loading' : 'readings.none')}</p>
      ) : (
        <table className={tables.table} data-testid="readings">
          <thead>
            <tr>
              <th>{t('readings.at')}</th>
              <th>{t('readings.source')}</th>
              <th className={tables.right}>{t('readings.register')}</th>
              <th className={tables.right}>{t('readings.consumption')}</th>
              <th>{t('readings.note')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <ReadingLine
                key={`${row.at} ${row.source}`}
                meter={meter.id}
                row={row}
                decimals={register?.decimals ?? 2}
              />
            ))}
          </tbody>
        </table>
      )}
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </Panel>
  );
}

function ReadingLine({ meter, row, decimals }: { meter: string; row: RegisterRow; decimals: number }) {
  const { t } = useTranslation('meters');
  const time = useSiteTime();
  const can = useCan();
  const changed = useMetersChanged();
  const { at, source, hour, register, consumption, flag, entry, note, who } = row;
  // Of a replacement the one line that ends it is enough.
  const canWithdraw = entry !== null && source !== 'final' && can('meters.write');
  async function withdraw(reason: string | undefined): Promise<void> {
    await api.post(`/meters/${encodeURIComponent(meter)}/entries/${entry}/withdraw`, { reason });
    changed();
  }
  const words = [flag === null ? null : t(`event.${flag}`), note, who].filter((word) => word !== null);
  return (
    <tr data-source={source}>
      <td className={`${tables.nowrap} gh-number`}>{time.moment(at)}</td>
      <td className={tables.nowrap}>
        {source !== 'hour'
          ? t(`source.${source}`)
          : hour === null
            ? t('source.first')
            : t('source.hour', { hour: time.clock(hour).slice(0, 5) })}
      </td>
      <td className={`${tables.right} gh-number`}>{register.toFixed(decimals)}</td>
      <td className={`${tables.right} gh-number`}>
        {consumption === null || source === 'initial' ? '' : figure(consumption, decimals)}
      </td>
      <td>
        <span className={classes.note}>
          {words.join(' · ')}
          {canWithdraw ? (
            <TwoStep
              label={t('readings.withdraw')}
              question={t('readings.withdrawQuestion')}
              ask="reason"
              onConfirm={withdraw}
              data-testid="withdraw"
            />
          ) : null}
        </span>
      </td>
    </tr>
  );
}
