import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DoorState } from '../../../gateway/contract/access.ts';
import type { Command } from '../../../gateway/contract/command.ts';
import { api } from '../../app/api.ts';
import { newId } from '../../app/ids.ts';
import { CommandProgress } from '../../components/command-progress.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './access.module.css';

/** The second step of opening a door: why, and then what becomes of it. */
export function OpenDoor({ door, onClose }: { door: DoorState; onClose: () => void }) {
  const { t } = useTranslation(['access', 'app', 'parts']);
  // One id for all tries: repeating the request opens once.
  const [id] = useState(() => newId());
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [command, setCommand] = useState<Command | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setCommand(await api.post<Command>(`/access/doors/${door.id}/open`, { id, reason: reason.trim() }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (command !== null)
    return (
      <div className={classes.progress} aria-live="polite">
        <CommandProgress command={command} label={t('open.confirm')} />
      </div>
    );
  return (
    <form
      className={classes.openForm}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.code !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        onClose();
      }}
    >
      <strong>{t('open.question', { door: door.name })}</strong>
      <div className={classes.openLine}>
        <TextInput
          className={classes.openReason}
          size="xs"
          aria-label={t('parts:confirm.reason')}
          placeholder={t('open.reasonPlaceholder')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={500}
          required
          autoFocus
        />
        <Button type="submit" size="compact-sm" loading={busy} disabled={reason.trim() === ''}>
          {t('open.confirm')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
      </div>
      <ProblemNote error={error} />
    </form>
  );
}
