import { Button, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Meter, Period } from '../../../gateway/contract/meter.ts';
import { queryString } from '../../app/api.ts';
import { useLanguage } from '../../app/language.ts';
import { live, useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { Dialog } from '../../components/dialog.tsx';
import { momentOf } from '../../components/site-moment.ts';
import classes from './meters.module.css';
import { spanAround, stepFrom } from './span.ts';

const all = '*';

/** Consumption as a file for a spreadsheet. */
export function ExportDialog(props: {
  meters: readonly Meter[];
  chosen: string | null;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('meters');
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('export.title')} size={420}>
      <ExportForm {...props} />
    </Dialog>
  );
}

function ExportForm({
  meters,
  chosen,
  onClose,
}: {
  meters: readonly Meter[];
  chosen: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation(['meters', 'app']);
  const language = useLanguage();
  const [site] = useEntities('site');
  const today = useSiteTime().date(live.serverNow());
  const [meter, setMeter] = useState<string>(chosen ?? all);
  const [by, setBy] = useState<Period>('day');
  const [from, setFrom] = useState(spanAround('day', today).from);
  const [to, setTo] = useState(today);
  const start = momentOf(from, site?.timeZone);
  const end = to === '' ? undefined : momentOf(stepFrom('hour', to, 1), site?.timeZone);
  const isSpan = start !== undefined && end !== undefined && end > start;
  const query = queryString({ by, from: start, to: end, language, meter: meter === all ? undefined : meter });
  return (
    <div className={classes.form}>
      <Select
        label={t('export.which')}
        data={[
          { value: all, label: t('export.all') },
          ...meters.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={meter}
        onChange={(value) => setMeter(value ?? all)}
        allowDeselect={false}
        searchable
      />
      <div>
        <p className={classes.legend}>{t('export.by')}</p>
        <SegmentedControl
          size="xs"
          aria-label={t('export.by')}
          data={(['hour', 'day', 'month'] as const).map((value) => ({
            value,
            label: t(`consumption.${value}`),
          }))}
          value={by}
          onChange={(value) => setBy(value as Period)}
          transitionDuration={0}
        />
      </div>
      <div className={classes.fields}>
        <TextInput
          type="date"
          label={t('export.from')}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('export.to')}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={start !== undefined && end !== undefined && !isSpan ? t('export.badSpan') : undefined}
        />
      </div>
      <p className={classes.hint}>{t('export.explain')}</p>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        {isSpan ? (
          <Button
            component="a"
            href={`/api/v1/meters/export${query}`}
            download
            data-testid="export-download"
            onClick={onClose}
          >
            {t('export.submit')}
          </Button>
        ) : (
          <Button disabled>{t('export.submit')}</Button>
        )}
      </Group>
    </div>
  );
}
