import { Button, Checkbox, Group, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Meter, MeterEntry } from '../../../gateway/contract/meter.ts';
import { ApiError, api } from '../../app/api.ts';
import { newId } from '../../app/ids.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntities } from '../../app/live.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import classes from './meters.module.css';
import { numberIn } from './number-in.ts';
import { useMetersChanged } from './queries.ts';

/** The old meter's last registers and the new one's first. */
export function ReplacementDialog(props: { meter: Meter; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('meters');
  return (
    <Dialog
      opened={props.opened}
      onClose={props.onClose}
      title={t('replacement.title', { name: props.meter.name })}
      size={520}
    >
      <ReplacementForm {...props} />
    </Dialog>
  );
}

interface Line {
  id: string;
  point: string;
  final: string;
  initial: string;
  done: boolean;
}

function ReplacementForm({ meter, onClose }: { meter: Meter; onClose: () => void }) {
  const { t } = useTranslation(['meters', 'app']);
  const label = useLabel();
  const [site] = useEntities('site');
  const changed = useMetersChanged();
  // A register that was never read has nothing to go on from; the first is always asked for.
  const [lines, setLines] = useState<Line[]>(() =>
    meter.registers
      .filter(({ register }, i) => i === 0 || register !== null)
      .map(({ point }) => ({ id: newId(), point, final: '', initial: '0', done: false })),
  );
  const [at, setAt] = useState('');
  const [note, setNote] = useState('');
  const [confirmed, setConfirmed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isUnusual = error instanceof ApiError && error.code === 'meter.unusual';
  const complete = lines.every(
    ({ final, initial }) => numberIn(final) !== null && numberIn(initial) !== null,
  );
  const change = (point: string, fields: Partial<Line>) =>
    setLines((all) => all.map((line) => (line.point === point ? { ...line, ...fields } : line)));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    // All registers of a meter are replaced at the same moment.
    const moment = at === '' ? live.serverNow() : momentOf(at, site?.timeZone);
    try {
      for (const { id, point, final, initial, done } of lines) {
        if (done) continue;
        await api.post<MeterEntry>(`/meters/${encodeURIComponent(meter.id)}/replacements`, {
          ...{ id, point, at: moment, final: numberIn(final), initial: numberIn(initial) },
          ...(note.trim() === '' ? {} : { note: note.trim() }),
          ...(confirmed ? { confirmed } : {}),
        });
        change(point, { done: true });
      }
      changed();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <p className={classes.hint}>{t('replacement.explain')}</p>
      {lines.map(({ point, final, initial, done }, i) => {
        const register = meter.registers.find((each) => each.point === point);
        const name = register === undefined ? point : `${label(register.label)} (${register.unit})`;
        return (
          <fieldset key={point} className={classes.fields} disabled={done}>
            <legend>{name}</legend>
            <TextInput
              label={t('replacement.final')}
              inputMode="decimal"
              value={final}
              onChange={(event) => change(point, { final: event.currentTarget.value })}
              error={final !== '' && numberIn(final) === null ? t('reading.invalid') : undefined}
              required
              data-autofocus={i === 0 || undefined}
            />
            <TextInput
              label={t('replacement.initial')}
              inputMode="decimal"
              value={initial}
              onChange={(event) => change(point, { initial: event.currentTarget.value })}
              error={initial !== '' && numberIn(initial) === null ? t('reading.invalid') : undefined}
              required
            />
          </fieldset>
        );
      })}
      <TextInput
        type="datetime-local"
        label={t('replacement.at')}
        value={at}
        onChange={(event) => setAt(event.currentTarget.value)}
      />
      <TextInput
        label={t('replacement.note')}
        placeholder={t('replacement.notePlaceholder')}
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
        <Button type="submit" loading={busy} disabled={!complete || (isUnusual && !confirmed)}>
          {t('replacement.submit')}
        </Button>
      </Group>
    </form>
  );
}
