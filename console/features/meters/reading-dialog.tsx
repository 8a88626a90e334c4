import { Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Meter, MeterEntry } from '../../../gateway/contract/meter.ts';
import { ApiError, api } from '../../app/api.ts';
import { newId } from '../../app/ids.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import { figure } from './amount.tsx';
import classes from './meters.module.css';
import { numberIn } from './number-in.ts';
import { useMetersChanged } from './queries.ts';

/** A register read by hand. */
export function ReadingDialog(props: { meter: Meter; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('meters');
  return (
    <Dialog
      opened={props.opened}
      onClose={props.onClose}
      title={t('reading.title', { name: props.meter.name })}
      size={460}
    >
      <ReadingForm {...props} />
    </Dialog>
  );
}

function ReadingForm({ meter, onClose }: { meter: Meter; onClose: () => void }) {
  const { t } = useTranslation(['meters', 'app']);
  const label = useLabel();
  const time = useSiteTime();
  const [site] = useEntities('site');
  const changed = useMetersChanged();
  // One id for all tries: repeating the request enters one reading.
  const [id] = useState(() => newId());
  const [point, setPoint] = useState(meter.registers[0]?.point ?? '');
  const [text, setText] = useState('');
  const [at, setAt] = useState('');
  const [note, setNote] = useState('');
  const [confirmed, setConfirmed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const register = meter.registers.find((each) => each.point === point);
  const value = numberIn(text);
  const unit = register?.unit ?? '';
  const since = value === null || register?.register == null || at !== '' ? null : value - register.register;
  const isUnusual = error instanceof ApiError && error.code === 'meter.unusual';

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (value === null) return;
    setBusy(true);
    setError(null);
    try {
      await api.post<MeterEntry>(`/meters/${encodeURIComponent(meter.id)}/readings`, {
        ...{ id, point, register: value },
        ...(at === '' ? {} : { at: momentOf(at, site?.timeZone) }),
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...(confirmed ? { confirmed } : {}),
      });
      changed();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      {meter.registers.length < 2 ? null : (
        <Select
          label={t('reading.register')}
          data={meter.registers.map((each) => ({ value: each.point, label: label(each.label) }))}
          value={point}
          onChange={(next) => setPoint(next ?? point)}
          allowDeselect={false}
        />
      )}
      <TextInput
        label={`${t('reading.value')} (${unit})`}
        inputMode="decimal"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setConfirmed(false);
          setError(null);
        }}
        error={text !== '' && value === null ? t('reading.invalid') : undefined}
        required
        data-autofocus
      />
      {register?.register == null || register.at === null ? null : (
        <p className={classes.hint}>
          {t('reading.last', {
            value: `${register.register.toFixed(register.decimals)} ${unit}`,
            at: time.moment(register.at).slice(0, -3),
          })}
          {since === null
            ? ''
            : ` · ${since < 0 ? t('reading.below') : t('reading.since', { value: `${figure(since, register.decimals)} ${unit}` })}`}
        </p>
      )}
      <TextInput
        type="datetime-local"
        label={t('reading.at')}
        value={at}
        onChange={(event) => setAt(event.currentTarget.value)}
      />
      <TextInput
        label={t('reading.note')}
        placeholder={t('reading.notePlaceholder')}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={500}
      />
      <ProblemNote error={error} />
      {isUnusual || confirmed ? (
        <Checkbox
          label={t('reading.confirm')}
          checked={confirmed}
          onChange={(event) => setConfirmed(event.currentTarget.checked)}
        />
      ) : null}
      <Group justify="flex-end" mt="sm">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={value === null || (isUnusual && !confirmed)}>
          {t('reading.submit')}
        </Button>
      </Group>
    </form>
  );
}
