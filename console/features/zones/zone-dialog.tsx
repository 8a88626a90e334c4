import { Button, Group, PasswordInput, Select, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../app/api.ts';
import { live } from '../../app/live.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import type { ZoneRow } from './zone-list.ts';

export interface ZoneQuestion {
  what: 'disarm' | 'bypass';
  row: ZoneRow;
}

const hours = [1, 2, 4, 8, 12, 24, 72, 168];
const defaultHours = 4;

/** What lowers the guard is asked back for; a bypass needs a reason and an end. */
export function ZoneDialog({ question, onClose }: { question: ZoneQuestion | null; onClose: () => void }) {
  const { t } = useTranslation('zones');
  const title =
    question === null
      ? ''
      : t(question.what === 'disarm' ? 'disarm.title' : 'bypass.title', { zone: question.row.name });
  return (
    <Dialog opened={question !== null} onClose={onClose} title={title} size={500}>
      {question === null ? null : (
        <ZoneForm key={question.row.zone.id} question={question} onClose={onClose} />
      )}
    </Dialog>
  );
}

function ZoneForm({ question, onClose }: { question: ZoneQuestion; onClose: () => void }) {
  const { t } = useTranslation(['zones', 'app', 'parts']);
  const { what, row } = question;
  const [password, setPassword] = useState('');
  const [reason, setReason] = useState('');
  const [length, setLength] = useState(defaultHours);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const body =
        what === 'disarm'
          ? { password }
          : { reason: reason.trim(), until: live.serverNow() + length * 3_600_000 };
      await api.post(`/zones/${row.zone.id}/${what}`, body);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>{t(what === 'disarm' ? 'disarm.explain' : 'bypass.explain')}</p>
      {what === 'disarm' ? (
        <PasswordInput
          label={t('parts:confirm.password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          data-autofocus
        />
      ) : (
        <>
          <Textarea
            label={t('bypass.reason')}
            placeholder={t('bypass.reasonPlaceholder')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            rows={2}
            maxLength={500}
            required
            data-autofocus
          />
          <Select
            mt="sm"
            label={t('bypass.for')}
            data={hours.map((n) => ({
              value: String(n),
              label: n <= 24 ? t('bypass.hours', { n }) : t('bypass.days', { n: n / 24 }),
            }))}
            value={String(length)}
            onChange={(value) => setLength(Number(value ?? defaultHours))}
            allowDeselect={false}
          />
        </>
      )}
      <ProblemNote error={error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={(what === 'bypass' ? reason.trim() : password) === ''}>
          {t(what === 'disarm' ? 'action.disarm' : 'action.bypass')}
        </Button>
      </Group>
    </form>
  );
}
