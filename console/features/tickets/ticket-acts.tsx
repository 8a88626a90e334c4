import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '../../../gateway/contract/ticket.ts';
import { api } from '../../app/api.ts';
import { newId } from '../../app/ids.ts';
import { useCan } from '../../app/session.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { PeopleNames, peopleListId } from './people-names.tsx';
import { actionsOf, type TicketAction } from './ticket-board.ts';
import classes from './tickets.module.css';

type Act = TicketAction | 'comment';

/** What can be done to a ticket now; every act may carry a word, and stays on the ticket's trail. */
export function TicketActs({ ticket, onDone }: { ticket: Ticket; onDone: (ticket: Ticket) => void }) {
  const { t } = useTranslation('tickets');
  const can = useCan();
  const [asked, setAsked] = useState<Act | null>(null);
  const possible = actionsOf(ticket.state, can);
  const wordOf = (act: Act) =>
    t(act === 'dispatch' && ticket.assignee !== undefined ? 'action.redispatch' : `action.${act}`);
  // Somebody else may have taken the step meanwhile: then its form is not this ticket's any more.
  const open = asked !== null && (asked === 'comment' || possible.includes(asked)) ? asked : null;
  if (!can('tickets.write')) return <p className={classes.dim}>{t('detail.forbidden')}</p>;
  return (
    <div className={classes.acts}>
      {open === null ? (
        <div className={classes.buttons}>
          {possible.map((act, i) => (
            <Button
              key={act}
              size="compact-md"
              variant={i === 0 ? 'filled' : 'default'}
              onClick={() => setAsked(act)}
              data-testid={`ticket-act-${act}`}
            >
              {wordOf(act)}
            </Button>
          ))}
          <Button
            size="compact-md"
            variant="default"
            onClick={() => setAsked('comment')}
            data-testid="ticket-act-comment"
          >
            {t('action.comment')}
          </Button>
        </div>
      ) : (
        <ActForm
          key={open}
          ticket={ticket}
          act={open}
          word={wordOf(open)}
          onClose={() => setAsked(null)}
          onDone={(changed) => {
            setAsked(null);
            onDone(changed);
          }}
        />
      )}
    </div>
  );
}

function ActForm(props: {
  ticket: Ticket;
  act: Act;
  word: string;
  onClose: () => void;
  onDone: (ticket: Ticket) => void;
}) {
  const { ticket, act, word, onClose, onDone } = props;
  const { t } = useTranslation(['tickets', 'app']);
  const [id] = useState(() => newId());
  const [comment, setComment] = useState('');
  const [assignee, setAssignee] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const dispatching = act === 'dispatch';
  const commenting = act === 'comment';
  const ready = (!dispatching || assignee.trim() !== '') && (!commenting || comment.trim() !== '');

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const word = comment.trim() || undefined;
    const body = dispatching
      ? { assignee: assignee.trim(), comment: word }
      : commenting
        ? { id, comment: word }
        : { comment: word };
    try {
      onDone(await api.post<Ticket>(`/tickets/${ticket.id}/${act}`, body));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form
      className={classes.actForm}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.code !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        onClose();
      }}
    >
      <strong>{word}</strong>
      {dispatching ? (
        <>
          <TextInput
            size="xs"
            label={t('form.assignee')}
            value={assignee}
            onChange={(event) => setAssignee(event.currentTarget.value)}
            maxLength={120}
            list={peopleListId}
            required
            autoFocus
          />
          <PeopleNames />
        </>
      ) : null}
      <TextInput
        size="xs"
        label={t(commenting ? 'form.comment' : 'form.commentOptional')}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        maxLength={2_000}
        required={commenting}
        autoFocus={!dispatching}
      />
      <div className={classes.buttons}>
        <Button type="submit" size="compact-sm" loading={busy} disabled={!ready}>
          {word}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
      </div>
      <ProblemNote error={error} />
    </form>
  );
}
