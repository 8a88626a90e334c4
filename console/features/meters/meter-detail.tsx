import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Meter } from '../../../gateway/contract/meter.ts';
import { orderAlarms } from '../../app/alarm-list.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities, useEntity, usePoint } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useStateWord } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Age } from '../../components/age.tsx';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { AmountText, useAccountName } from './amount.tsx';
import { BalancePanel } from './balance-panel.tsx';
import { ConsumptionPanel } from './consumption-panel.tsx';
import classes from './meters.module.css';
import { ReadingDialog } from './reading-dialog.tsx';
import { ReadingsPanel } from './readings-panel.tsx';
import { ReplacementDialog } from './replacement-dialog.tsx';

/** One meter: what it shows, what went through it, what is behind it, and every register that was read. */
export function MeterDetail(props: { id: string; meters: readonly Meter[]; linkTo: (id: string) => string }) {
  const { id, meters, linkTo } = props;
  const { t } = useTranslation(['meters', 'terms']);
  const label = useLabel();
  const nameOf = useAccountName();
  const can = useCan();
  const meter = meters.find((each) => each.id === id);
  const area = useEntity('areas', meter?.area);
  const state = useEntity('device-states', id)?.state;
  const { kinds } = useCatalogue();
  const [dialog, setDialog] = useState<'reading' | 'replacement' | null>(null);
  if (meter === undefined) return <p className={tables.empty}>{t('detail.gone')}</p>;
  const main = meters.find((each) => each.id === meter.main);
  const isMain = meters.some((each) => each.main === id);
  const kind = kinds.get(meter.kind);
  const lost = state === 'offline' || state === 'stale';
  return (
    <div className={classes.panels}>
      <header className={classes.head}>
        <div>
          <h2>{meter.name}</h2>
          <p className={tables.dim}>
            {[kind === undefined ? undefined : label(kind.label), area?.name]
              .filter((word) => word !== undefined)
              .join(' · ')}
            {main === undefined ? null : (
              <>
                {' · '}
                <Link to={linkTo(main.id)}>{t('detail.main', { name: main.name })}</Link>
              </>
            )}
            {' · '}
            {t('detail.account', { name: nameOf(meter.account) })}
            {' · '}
            {t('detail.digits', { digits: meter.digits })}
            {hasPage(paths.device(id)) ? (
              <>
                {' · '}
                <Link to={paths.device(id)}>{t('detail.device')}</Link>
              </>
            ) : null}
          </p>
        </div>
        <div className={classes.acts}>
          {lost ? <span className={`${classes.tag} gh-hatched`}>{t(`terms:device.${state}`)}</span> : null}
          {can('meters.write') ? (
            <>
              <Button
                size="compact-sm"
                variant="default"
                data-testid="enter-reading"
                onClick={() => setDialog('reading')}
              >
                {t('enter.reading')}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                data-testid="enter-replacement"
                onClick={() => setDialog('replacement')}
              >
                {t('enter.replacement')}
              </Button>
            </>
          ) : null}
        </div>
      </header>
      <OpenAlarms meter={id} />
      <Panel title={t('registers.title')}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('registers.register')}</th>
              <th className={tables.right}>{t('registers.value')}</th>
              <th className={tables.right}>{t('registers.age')}</th>
              <th className={tables.right}>{t('registers.today')}</th>
              <th className={tables.right}>{t('registers.month')}</th>
            </tr>
          </thead>
          <tbody>
            {meter.registers.map((register) => (
              <RegisterLine key={register.point} meter={id} register={register} lost={lost} />
            ))}
          </tbody>
        </table>
      </Panel>
      <ConsumptionPanel meter={meter} />
      {isMain ? <BalancePanel meter={meter} meters={meters} linkTo={linkTo} /> : null}
      <ReadingsPanel meter={meter} />
      <ReadingDialog meter={meter} opened={dialog === 'reading'} onClose={() => setDialog(null)} />
      <ReplacementDialog meter={meter} opened={dialog === 'replacement'} onClose={() => setDialog(null)} />
    </div>
  );
}

/** The register as it is live; from the store while nothing has been heard since the start. */
function RegisterLine(props: { meter: string; register: Meter['registers'][number]; lost: boolean }) {
  const { meter, register, lost } = props;
  const { t } = useTranslation('meters');
  const label = useLabel();
  const now = usePoint(meter, register.point);
  const live = now !== undefined && now.quality === 'good' && typeof now.value === 'number' ? now : undefined;
  const isNewer = live !== undefined && live.at >= (register.at ?? 0);
  const value = isNewer ? live.value : register.register;
  const at = isNewer ? live.at : register.at;
  return (
    <tr>
      <td>{label(register.label)}</td>
      <td className={`${tables.right} ${tables.nowrap} ${lost ? 'gh-hatched' : ''}`}>
        <span className={`${classes.plate} gh-number`}>
          {typeof value === 'number' ? `${value.toFixed(register.decimals)} ${register.unit}` : '—'}
        </span>
      </td>
      <td className={`${tables.right} ${tables.nowrap}`}>
        {at === null ? t('registers.never') : <Age at={at} />}
      </td>
      <td className={tables.right}>
        <AmountText amount={register.today} decimals={register.decimals} unit={register.unit} />
      </td>
      <td className={tables.right}>
        <AmountText amount={register.month} decimals={register.decimals} unit={register.unit} />
      </td>
    </tr>
  );
}

function OpenAlarms({ meter }: { meter: string }) {
  const label = useLabel();
  const time = useSiteTime();
  const stateWord = useStateWord();
  const all = useEntities('alarms');
  const alarms = orderAlarms(all.filter((alarm) => alarm.device === meter));
  if (alarms.length === 0) return null;
  return (
    <ul className={classes.alarms}>
      {alarms.map((alarm) => (
        <li key={alarm.id}>
          <Link to={paths.alarm(alarm.id)}>
            <AlarmMark alarm={alarm} size={18} />
            <strong>{label(alarm.title)}</strong>
            <span>{stateWord(alarm)}</span>
            <span className="gh-number">{time.moment(alarm.raisedAt)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
