import { Button, Group, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Category, Priority } from '../../../gateway/contract/names.ts';
import type { Ticket } from '../../../gateway/contract/ticket.ts';
import { api } from '../../app/api.ts';
import { categories } from '../../app/categories.ts';
import { newId } from '../../app/ids.ts';
import { useEntities } from '../../app/live.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { PeopleNames, peopleListId } from './people-names.tsx';
import { priorityList } from './ticket-board.ts';
import classes from './tickets.module.css';

export function NewTicket(props: { opened: boolean; onClose: () => void; onMade: (ticket: Ticket) => void }) {
  const { t } = useTranslation('tickets');
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t('new')} size={620}>
      <NewTicketForm onClose={props.onClose} onMade={props.onMade} />
    </Modal>
  );
}

/** A title is enough; with an assignee it is on its way at once. The rest helps, and nobody has to fill it in. */
function NewTicketForm({ onClose, onMade }: { onClose: () => void; onMade: (ticket: Ticket) => void }) {
  const { t } = useTranslation(['tickets', 'app', 'terms']);
  const areas = useEntities('areas');
  const devices = useEntities('devices');
  // One id for all tries: a repeated request opens nothing twice.
  const [id] = useState(() => newId());
  const [title, setTitle] = useState('');
  const [assignee, setAssignee] = useState('');
  const [category, setCategory] = useState<Category | null>(null);
  const [priority, setPriority] = useState<Priority>(3);
  const [area, setArea] = useState<string | null>(null);
  const [device, setDevice] = useState<string | null>(null);
  const [description, setDescription] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const ticket = await api.post<Ticket>('/tickets', {
        id,
        title: title.trim(),
        assignee: assignee.trim() || undefined,
        category: category ?? undefined,
        priority,
        area: area ?? undefined,
        device: device ?? undefined,
        description: description.trim() || undefined,
      });
      onMade(ticket);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <TextInput
        label={t('form.title')}
        placeholder={t('form.titlePlaceholder')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        maxLength={200}
        required
        data-autofocus
      />
      <TextInput
        mt="xs"
        label={t('form.assignee')}
        placeholder={t('form.assigneePlaceholder')}
        value={assignee}
        onChange={(event) => setAssignee(event.currentTarget.value)}
        maxLength={120}
        list={peopleListId}
      />
      <PeopleNames />
      <div className={classes.fields}>
        <Select
          label={t('form.category')}
          placeholder={t('form.none')}
          data={categories.map((value) => ({ value, label: t(`terms:category.${value}`) }))}
          value={category}
          onChange={(value) => setCategory(value as Category | null)}
          clearable
        />
        <Select
          label={t('form.priority')}
          data={priorityList.map((value) => ({ value: String(value), label: t(`terms:priority.${value}`) }))}
          value={String(priority)}
          onChange={(value) => setPriority((Number(value) || 3) as Priority)}
          allowDeselect={false}
        />
        <Select
          label={t('form.area')}
          placeholder={t('form.none')}
          data={areas.map(({ id: value, name }) => ({ value, label: name }))}
          value={area}
          onChange={setArea}
          clearable
          searchable
        />
        <Select
          label={t('form.device')}
          placeholder={t('form.none')}
          data={devices.map(({ id: value, name }) => ({ value, label: name }))}
          value={device}
          onChange={setDevice}
          clearable
          searchable
          limit={50}
        />
      </div>
      <Textarea
        mt="xs"
        label={t('form.description')}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        rows={3}
        maxLength={10_000}
      />
      <ProblemNote error={error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={title.trim() === ''}>
          {t('form.submit')}
        </Button>
      </Group>
    </form>
  );
}
