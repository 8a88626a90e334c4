import { Button, Group, Select, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { alarmActions } from '../../app/alarm-actions.ts';
import { useLabel } from '../../app/language.ts';
import { live } from '../../app/live.ts';
import { useAlarmDevice } from '../../app/spoken.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';

const minutes = [15, 30, 60, 120, 240, 480, 720, 1_440];
const defaultMinutes = 60;

/** Shelving needs a reason and an end. */
export function ShelveDialog(props: { alarm: Alarm; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('alarms');
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('shelve.title')} size={520}>
      <ShelveForm {...props} />
    </Dialog>
  );
}

function ShelveForm({ alarm, onClose }: { alarm: Alarm; onClose: () => void }) {
  const { t } = useTranslation(['alarms', 'app']);
  const label = useLabel();
  const device = useAlarmDevice()(alarm);
  const [reason, setReason] = useState('');
  const [length, setLength] = useState(defaultMinutes);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await alarmActions.shelve(alarm.id, {
        reason: reason.trim(),
        until: live.serverNow() + length * 60_000,
      });
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>
        <strong>{label(alarm.title)}</strong> · {alarm.areaName} · {device}
      </p>
      <p>{t('shelve.explain')}</p>
      <Textarea
        label={t('shelve.reason')}
        placeholder={t('shelve.reasonPlaceholder')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        rows={2}
        required
        data-autofocus
      />
      <Select
        mt="sm"
        label={t('shelve.for')}
        data={minutes.map((n) => ({
          value: String(n),
          label: n < 60 ? t('shelve.minutes', { n }) : t('shelve.hours', { n: n / 60 }),
        }))}
        value={String(length)}
        onChange={(value) => setLength(Number(value ?? defaultMinutes))}
        allowDeselect={false}
      />
      <ProblemNote error={error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={reason.trim() === ''}>
          {t('shelve.submit')}
        </Button>
      </Group>
    </form>
  );
}
