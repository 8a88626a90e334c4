import { SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useLabel } from '../../app/language.ts';
import { Panel } from '../panel.tsx';
import { Trend } from './trend.tsx';

const hourMs = 3_600_000;
const spans = [1, 6, 24, 168] as const;

/** The trend of a point up to now, over a span that can be chosen; a day at first. */
export function TrendPanel({ device, kind, point }: { device: string; kind: Kind; point: string }) {
  const { t } = useTranslation('parts');
  const label = useLabel();
  const [hours, setHours] = useState<number>(24);
  const window = useMemo(() => ({ spanMs: hours * hourMs }), [hours]);
  return (
    <Panel
      title={t('trend.title', { point: label(kind.points[point]?.label ?? { zh: point, en: point }) })}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('trend.span')}
          data={spans.map((n) => ({
            value: String(n),
            label: n < 48 ? t('trend.hours', { n }) : t('trend.days', { n: n / 24 }),
          }))}
          value={String(hours)}
          onChange={(value) => setHours(Number(value))}
          transitionDuration={0}
        />
      }
    >
      <Trend key={point} device={device} point={point} window={window} />
    </Panel>
  );
}
