import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AccountUse, Meter } from '../../../gateway/contract/meter.ts';
import { orderAlarms } from '../../app/alarm-list.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities, useEntity } from '../../app/live.ts';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import tables from '../../components/data-table.module.css';
import { AmountText, figure, useAccountName } from './amount.tsx';
import type { Grouping, MeterSection } from './meter-tree.ts';
import classes from './meters.module.css';
import { useBalances } from './queries.ts';

/** The meters in their order, with today and this month, and the loss of each main. */
export function MeterList(props: {
  sections: readonly MeterSection[];
  grouping: Grouping;
  accounts: { today: readonly AccountUse[]; month: readonly AccountUse[] };
  selected: string | null;
  linkTo: (id: string) => string;
  onSelect: (id: string) => void;
}) {
  const { sections, grouping, accounts, selected, linkTo, onSelect } = props;
  const { t } = useTranslation('meters');
  const label = useLabel();
  const nameOf = useAccountName();
  const { kinds } = useCatalogue();
  const { data: balances } = useBalances(undefined);
  const losses = new Map((balances?.items ?? []).map((balance) => [balance.main, balance]));
  return (
    <table className={`${tables.table} ${classes.table}`}>
      <thead>
        <tr>
          <th className={classes.name}>{t('list.meter')}</th>
          <th className={tables.right}>{t('list.today')}</th>
          <th className={tables.right}>{t('list.month')}</th>
          <th className={tables.right}>{t('list.loss')}</th>
        </tr>
      </thead>
      {sections.map(({ kind, unit, groups }) => (
        <tbody key={kind}>
          <tr className={classes.section}>
            <th colSpan={4} scope="rowgroup">
              {label(kinds.get(kind)?.label ?? { zh: kind, en: kind })}
              <span className={tables.dim}> {t('list.unit', { unit })}</span>
            </th>
          </tr>
          {groups.map(({ account, rows }) => {
            const use = (list: readonly AccountUse[]) =>
              list.find((each) => each.account === account && each.kind === kind);
            const [today, month] = [use(accounts.today), use(accounts.month)];
            const generates = rows.every(({ meter }) => meter.generates);
            return [
              grouping === 'account' ? (
                <tr key={`account ${account}`} className={classes.account}>
                  <th scope="rowgroup">
                    {nameOf(account)}
                    {generates ? <span className={classes.tag}>{t('list.generates')}</span> : null}
                  </th>
                  <td className={tables.right}>
                    {today ? <AmountText amount={generates ? today.fed : today.used} /> : null}
                  </td>
                  <td className={tables.right}>
                    {month ? <AmountText amount={generates ? month.fed : month.used} /> : null}
                  </td>
                  <td />
                </tr>
              ) : null,
              ...rows.map(({ meter, depth }) => (
                <MeterLine
                  key={meter.id}
                  meter={meter}
                  depth={depth + (grouping === 'account' ? 1 : 0)}
                  loss={losses.get(meter.id)?.percent}
                  selected={meter.id === selected}
                  to={linkTo(meter.id)}
                  onSelect={() => onSelect(meter.id)}
                />
              )),
            ];
          })}
        </tbody>
      ))}
    </table>
  );
}

function MeterLine(props: {
  meter: Meter;
  depth: number;
  /** Undefined: nothing is behind it; null: it cannot be said. */
  loss: number | null | undefined;
  selected: boolean;
  to: string;
  onSelect: () => void;
}) {
  const { meter, depth, loss, selected, to, onSelect } = props;
  const { t } = useTranslation(['meters', 'terms']);
  const line = useRef<HTMLTableRowElement>(null);
  const state = useEntity('device-states', meter.id)?.state;
  const alarms = useEntities('alarms');
  const [alarm] = orderAlarms(alarms.filter(({ device }) => device === meter.id));
  const lost = state === 'offline' || state === 'stale';
  const [register] = meter.registers;
  useEffect(() => {
    if (selected) line.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <tr
      ref={line}
      aria-current={selected || undefined}
      data-clickable
      data-testid={`meter-${meter.id}`}
      onClick={onSelect}
    >
      <td className={classes.name}>
        <span className={classes.indent} data-depth={Math.min(depth, 4)}>
          {alarm === undefined ? null : <AlarmMark alarm={alarm} size={15} />}
          <Link to={to} replace onClick={(event) => event.stopPropagation()} title={meter.name}>
            {meter.name}
          </Link>
          {meter.generates ? <span className={classes.tag}>{t('list.generates')}</span> : null}
          {lost ? <span className={`${classes.tag} gh-hatched`}>{t(`terms:device.${state}`)}</span> : null}
        </span>
      </td>
      <td className={tables.right}>
        {register ? <AmountText amount={register.today} decimals={register.decimals} /> : null}
      </td>
      <td className={tables.right}>
        {register ? <AmountText amount={register.month} decimals={register.decimals} /> : null}
      </td>
      <td className={`${tables.right} gh-number`}>
        {loss === undefined ? '' : loss === null ? '—' : `${figure(loss, 1)} %`}
      </td>
    </tr>
  );
}
