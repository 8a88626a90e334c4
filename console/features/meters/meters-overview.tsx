import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Meter } from '../../../gateway/contract/meter.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { AmountText, figure, useAccountName } from './amount.tsx';
import classes from './meters.module.css';
import { type PeriodName, periodNames, usePeriod } from './period.ts';
import { useBalances } from './queries.ts';

/** Which span the sums are over. */
export function PeriodChoice({
  value,
  onChange,
}: {
  value: PeriodName;
  onChange: (value: PeriodName) => void;
}) {
  const { t } = useTranslation('meters');
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('period.label')}
      data={periodNames.map((name) => ({ value: name, label: t(`period.${name}`) }))}
      value={value}
      onChange={(name) => onChange(name as PeriodName)}
      transitionDuration={0}
    />
  );
}

/** While no meter is chosen: what each account used, and each main against what is behind it. */
export function MetersOverview({
  meters,
  linkTo,
}: {
  meters: readonly Meter[];
  linkTo: (id: string) => string;
}) {
  const { t } = useTranslation('meters');
  const label = useLabel();
  const nameOf = useAccountName();
  const { kinds } = useCatalogue();
  const [period, setPeriod] = useState<PeriodName>('yesterday');
  const { data, error } = useBalances(usePeriod(period));
  const byId = new Map(meters.map((meter) => [meter.id, meter]));
  return (
    <div className={classes.panels}>
      <div className={classes.choice}>
        <PeriodChoice value={period} onChange={setPeriod} />
      </div>
      <ProblemNote error={error} />
      <Panel title={t('accounts.title')}>
        <table className={tables.table} data-testid="accounts">
          <thead>
            <tr>
              <th>{t('accounts.account')}</th>
              <th>{t('accounts.kind')}</th>
              <th className={tables.right}>{t('accounts.meters')}</th>
              <th className={tables.right}>{t('accounts.used')}</th>
              <th className={tables.right}>{t('accounts.fed')}</th>
            </tr>
          </thead>
          <tbody>
            {(data?.accounts ?? []).map((use) => (
              <tr key={`${use.kind} ${use.account}`}>
                <td>{nameOf(use.account)}</td>
                <td className={tables.dim}>
                  {label(kinds.get(use.kind)?.label ?? { zh: use.kind, en: use.kind })}
                </td>
                <td className={`${tables.right} gh-number`}>{use.meters}</td>
                <td className={tables.right}>
                  <AmountText amount={use.used} unit={use.unit} />
                </td>
                <td className={tables.right}>
                  {use.fed.consumption === 0 ? null : <AmountText amount={use.fed} unit={use.unit} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={t('overview.mains')}>
        {data !== undefined && data.items.length === 0 ? (
          <p className={tables.empty}>{t('overview.noMains')}</p>
        ) : (
          <table className={tables.table} data-testid="balances">
            <thead>
              <tr>
                <th>{t('balance.main')}</th>
                <th className={tables.right}>{t('balance.supplied')}</th>
                <th className={tables.right}>{t('balance.delivered')}</th>
                <th className={tables.right}>{t('balance.loss')}</th>
                <th className={tables.right}>{t('balance.percent')}</th>
              </tr>
            </thead>
            <tbody>
              {(data?.items ?? []).map(({ main, unit, supplied, delivered, loss, percent, over }) => (
                <tr key={main}>
                  <td>
                    <Link to={linkTo(main)}>{byId.get(main)?.name ?? main}</Link>
                  </td>
                  {[supplied, delivered, loss].map((value, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: three columns, always the same.
                    <td key={i} className={`${tables.right} ${tables.nowrap} gh-number`}>
                      {value === null ? '—' : `${figure(value)} ${unit}`}
                    </td>
                  ))}
                  <td className={`${tables.right} ${tables.nowrap} gh-number`}>
                    {percent === null ? '—' : `${figure(percent, 1)} %`}
                    {over ? <span className={classes.tag}>{t('balance.over')}</span> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </div>
  );
}
