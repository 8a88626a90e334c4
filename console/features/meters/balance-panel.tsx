import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Meter } from '../../../gateway/contract/meter.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { AmountText, figure } from './amount.tsx';
import classes from './meters.module.css';
import { PeriodChoice } from './meters-overview.tsx';
import { type PeriodName, usePeriod } from './period.ts';
import { useBalances } from './queries.ts';

/** A main meter against the meters right behind it. */
export function BalancePanel(props: {
  meter: Meter;
  meters: readonly Meter[];
  linkTo: (id: string) => string;
}) {
  const { meter, meters, linkTo } = props;
  const { t } = useTranslation('meters');
  const [period, setPeriod] = useState<PeriodName>('yesterday');
  const { data, error } = useBalances(usePeriod(period));
  const balance = data?.items.find(({ main }) => main === meter.id);
  const nameOf = (id: string) => meters.find((each) => each.id === id)?.name ?? id;
  return (
    <Panel title={t('balance.title')} aside={<PeriodChoice value={period} onChange={setPeriod} />}>
      <ProblemNote error={error} />
      {balance === undefined ? null : (
        <div data-testid="balance">
          <dl className={classes.sums}>
            {(['supplied', 'delivered', 'loss'] as const).map((name) => (
              <div key={name}>
                <dt>{t(`balance.${name}`)}</dt>
                <dd className="gh-number">
                  {balance[name] === null ? '—' : `${figure(balance[name])} ${balance.unit}`}
                </dd>
              </div>
            ))}
            <div>
              <dt>{t('balance.percent')}</dt>
              <dd className="gh-number">
                {balance.percent === null ? '—' : `${figure(balance.percent, 1)} %`}
                {balance.over ? <span className={classes.tag}>{t('balance.over')}</span> : null}
              </dd>
            </div>
          </dl>
          <p className={classes.gap}>
            {balance.loss === null
              ? t('balance.open')
              : t('balance.limit', {
                  percent: balance.limitPercent,
                  minimum: balance.minimum,
                  unit: balance.unit,
                })}
          </p>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{t('balance.part')}</th>
                <th className={tables.right}>{t('balance.drawn')}</th>
                <th className={tables.right}>{t('balance.fed')}</th>
              </tr>
            </thead>
            <tbody>
              {balance.parts.map(({ meter: part, drawn, fed }) => (
                <tr key={part}>
                  <td>
                    <Link to={linkTo(part)}>{nameOf(part)}</Link>
                  </td>
                  <td className={tables.right}>
                    <AmountText amount={drawn} unit={balance.unit} />
                  </td>
                  <td className={tables.right}>
                    {fed.consumption === 0 ? null : <AmountText amount={fed} unit={balance.unit} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
