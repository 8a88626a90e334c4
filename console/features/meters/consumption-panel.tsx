import { ActionIcon, SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consumption, Meter, Period } from '../../../gateway/contract/meter.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntities } from '../../app/live.ts';
import { type SiteTime, useSiteTime } from '../../app/time.ts';
import { type Bar, BarChart } from '../../components/bar-chart.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import { figure } from './amount.tsx';
import classes from './meters.module.css';
import { useConsumption } from './queries.ts';
import { spanAround, spanName, stepFrom } from './span.ts';

const hourMs = 3_600_000;
const periods = ['hour', 'day', 'month'] as const;

/** The consumption of a meter as bars: the hours of a day, the days of a month, the months of a year. */
export function ConsumptionPanel({ meter }: { meter: Meter }) {
  const { t } = useTranslation('meters');
  const label = useLabel();
  const time = useSiteTime();
  const [site] = useEntities('site');
  const [by, setBy] = useState<Period>('hour');
  const today = time.date(live.serverNow());
  const [date, setDate] = useState(today);
  const [point, setPoint] = useState(meter.registers[0]?.point ?? '');
  const register = meter.registers.find((each) => each.point === point) ?? meter.registers[0];
  const span = spanAround(by, date);
  const from = momentOf(span.from, site?.timeZone);
  const to = momentOf(span.to, site?.timeZone);
  const { data, error } = useConsumption({
    ...{ meter: meter.id, point, by },
    from,
    to,
  });
  const name = spanName(by, date);
  const unit = register?.unit ?? '';
  const amount = (value: number) => `${figure(value, register?.decimals)} ${unit}`;
  const items = data?.items ?? [];
  const total = items.reduce((sum, { consumption }) => sum + (consumption ?? 0), 0);
  const gaps = data?.gaps ?? [];
  const inGaps = gaps.reduce((sum, { consumption }) => sum + consumption, 0);
  const unknown = items.filter(({ consumption }) => consumption === null).length;
  const barOf = (item: Consumption): Bar => {
    const at = momentWords(time, by, item);
    const events = item.events.map((event) => t(`event.${event}`));
    const known = item.consumption === null ? null : amount(item.consumption);
    const words = [
      known === null ? t('consumption.barUnknown', { at }) : t('consumption.bar', { at, value: known }),
      ...(known !== null && item.knowledge !== 'measured' ? [t(`knowledge.${item.knowledge}`)] : []),
      ...events,
    ];
    return {
      key: String(item.from),
      label: labelOf(time, by, item.from),
      words: words.join(' · '),
      value: item.consumption,
      body: item.knowledge === 'estimated' ? 'hatched' : item.knowledge === 'partial' ? 'open' : 'solid',
    };
  };
  const later = stepFrom(by, date, 1);
  // Days of 23 and 25 hours have as many bars.
  const slots =
    by === 'month' ? 12 : Math.round(((to ?? 0) - (from ?? 0)) / (by === 'hour' ? hourMs : 24 * hourMs));
  return (
    <Panel
      title={t('consumption.title')}
      aside={
        <div className={classes.acts}>
          {meter.registers.length < 2 ? null : (
            <Select
              size="xs"
              w={170}
              aria-label={t('consumption.register')}
              data={meter.registers.map((each) => ({ value: each.point, label: label(each.label) }))}
              value={point}
              onChange={(value) => setPoint(value ?? point)}
              allowDeselect={false}
            />
          )}
          <SegmentedControl
            size="xs"
            aria-label={t('consumption.by')}
            data={periods.map((value) => ({ value, label: t(`consumption.${value}`) }))}
            value={by}
            onChange={(value) => setBy(value as Period)}
            transitionDuration={0}
          />
          <ActionIcon
            variant="default"
            size={26}
            aria-label={t('consumption.before')}
            onClick={() => setDate(stepFrom(by, date, -1))}
          >
            ‹
          </ActionIcon>
          <span className={`${classes.span} gh-number`}>{name}</span>
          <ActionIcon
            variant="default"
            size={26}
            aria-label={t('consumption.after')}
            disabled={later > today}
            onClick={() => setDate(later)}
          >
            ›
          </ActionIcon>
        </div>
      }
    >
      <ProblemNote error={error} />
      <div data-testid="consumption" data-by={by}>
        <BarChart
          bars={items.map(barOf)}
          slots={slots}
          label={t('consumption.label', {
            register: register === undefined ? '' : label(register.label),
            span: name,
          })}
          summary={
            t('consumption.summary', { span: name, total: amount(total + inGaps) }) +
            (unknown === 0 ? '' : t('consumption.unknownToo', { count: unknown }))
          }
        />
      </div>
      {gaps.map((gap) => (
        <p key={gap.from} className={classes.gap}>
          {t('consumption.gap', {
            from: time.moment(gap.from).slice(0, -3),
            to: time.moment(gap.to).slice(0, -3),
            value: amount(gap.consumption),
          })}
        </p>
      ))}
    </Panel>
  );
}

function labelOf(time: SiteTime, by: Period, from: number): string {
  switch (by) {
    case 'hour':
      return time.clock(from).slice(0, 2);
    case 'day':
      return String(Number(time.date(from).slice(8)));
    case 'month':
      return String(Number(time.date(from).slice(5, 7)));
  }
}

function momentWords(time: SiteTime, by: Period, { from, to }: Consumption): string {
  switch (by) {
    case 'hour':
      return `${time.date(from).slice(5)} ${time.clock(from).slice(0, 5)}–${time.clock(to).slice(0, 5)}`;
    case 'day':
      return time.date(from);
    case 'month':
      return time.date(from).slice(0, 7);
  }
}
