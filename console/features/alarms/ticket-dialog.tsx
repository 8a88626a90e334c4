import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { alarmActions } from '../../app/alarm-actions.ts';
import { newId } from '../../app/ids.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import { useAlarmDevice } from '../../app/spoken.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';

/** The ticket that follows an alarm: a title, and perhaps whom it goes to. */
export function TicketDialog(props: { alarm: Alarm; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('alarms');
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('ticket.title')} size={520}>
      <TicketForm {...props} />
    </Dialog>
  );
}

function TicketForm({ alarm, onClose }: { alarm: Alarm; onClose: () => void }) {
  const { t } = useTranslation(['alarms', 'app']);
  const label = useLabel();
  const device = useAlarmDevice()(alarm);
  const people = useEntities('people');
  const [id] = useState(() => newId());
  const [title, setTitle] = useState(`${label(alarm.title)} · ${alarm.areaName} · ${device}`);
  const [assignee, setAssignee] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await alarmActions.ticket(alarm.id, {
        id,
        title: title.trim(),
        assignee: assignee.trim() === '' ? undefined : assignee.trim(),
      });
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <TextInput
        label={t('ticket.name')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        maxLength={200}
        required
        data-autofocus
      />
      <TextInput
        mt="sm"
        label={t('ticket.assignee')}
        value={assignee}
        onChange={(event) => setAssignee(event.currentTarget.value)}
        list="ticket-people"
      />
      <datalist id="ticket-people">
        {people
          .filter((person) => person.role !== 'resident')
          .map((person) => (
            <option key={person.id} value={person.name} />
          ))}
      </datalist>
      <ProblemNote error={error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={title.trim() === ''}>
          {t('ticket.submit')}
        </Button>
      </Group>
    </form>
  );
}
