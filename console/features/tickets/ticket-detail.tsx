import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Ticket, TicketStep } from '../../../gateway/contract/ticket.ts';
import { api } from '../../app/api.ts';
import { useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TicketActs } from './ticket-acts.tsx';
import { allStates, escalations, reachedAt } from './ticket-board.ts';
import { TicketDue } from './ticket-due.tsx';
import classes from './tickets.module.css';

/** Open tickets are live; a closed one is asked for. */
function useTicket(id: string) {
  const queries = useQueryClient();
  const now = useEntity('tickets', id);
  const { data, error, isPending } = useQuery({
    queryKey: ['ticket', id],
    queryFn: () => api.get<Ticket>(`/tickets/${encodeURIComponent(id)}`),
    enabled: now === undefined,
    staleTime: 0,
  });
  return {
    // The answer to an act may be here before its live message, or after.
    ticket:
      now !== undefined && (data === undefined || data.steps.length <= now.steps.length)
        ? now
        : (data ?? now),
    error: now === undefined ? error : null,
    isPending,
    put(ticket: Ticket) {
      queries.setQueryData(['ticket', id], ticket);
      void queries.invalidateQueries({ queryKey: ['tickets'] });
    },
  };
}

/** One ticket: where it stands, what is due, who was told, what can be done, and all that was done. */
export function TicketDetail({ id }: { id: string }) {
  const { t } = useTranslation(['tickets', 'app', 'terms']);
  const time = useSiteTime();
  const who = useWho();
  const { ticket, error, isPending, put } = useTicket(id);
  const area = useEntity('areas', ticket?.area);
  const device = useEntity('devices', ticket?.device);
  const household = useEntity('households', ticket?.household);
  if (ticket === undefined)
    return error === null ? (
      <p className={classes.none}>{t(isPending ? 'app:loading' : 'detail.gone')}</p>
    ) : (
      <ProblemNote error={error} />
    );

  const deviceLink =
    ticket.device === undefined ? null : (
      <Link to={paths.device(ticket.device)}>{device?.name ?? ticket.device}</Link>
    );
  const alarmLink =
    ticket.alarm === undefined ? null : <Link to={paths.alarm(ticket.alarm)}>{t('detail.openAlarm')}</Link>;
  return (
    <article className={classes.detail}>
      <header>
        <h2 className={classes.title}>{ticket.title}</h2>
        <p className={classes.standing}>
          <strong>{t(`state.${ticket.state}`)}</strong> <TicketDue ticket={ticket} />
        </p>
        {ticket.description === undefined ? null : (
          <p className={classes.description}>{ticket.description}</p>
        )}
      </header>
      <TicketActs ticket={ticket} onDone={put} />
      <Progress ticket={ticket} />
      <section>
        <Facts
          rows={[
            [t('detail.assignee'), ticket.assignee ?? t('card.unassigned')],
            [t('detail.priority'), t(`terms:priority.${ticket.priority}`)],
            [t('detail.category'), t(`terms:category.${ticket.category}`)],
            [t('detail.area'), area?.name ?? ticket.area],
            [t('detail.device'), deviceLink],
            [t('detail.household'), household?.room ?? ticket.household],
            [t('detail.alarm'), alarmLink],
            [
              t('detail.created'),
              t('detail.createdBy', { who: who(ticket.createdBy), at: time.moment(ticket.createdAt) }),
            ],
          ]}
        />
      </section>
      <Escalation ticket={ticket} />
      <Trail steps={ticket.steps} />
    </article>
  );
}

function Progress({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('tickets');
  const time = useSiteTime();
  const reached = reachedAt(ticket.steps);
  return (
    <ol className={classes.progress} aria-label={t('detail.progress')}>
      {allStates.map((state) => {
        const at = reached.get(state);
        return (
          <li
            key={state}
            data-reached={at !== undefined || undefined}
            aria-current={state === ticket.state ? 'step' : undefined}
          >
            <span aria-hidden="true">{state === ticket.state ? '◉' : at === undefined ? '○' : '●'}</span>
            <span>{t(`state.${state}`)}</span>
            <span className={`${classes.dim} gh-number`}>
              {at === undefined ? '' : time.moment(at).slice(0, -3)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function levelWord(level: number): 'level.0' | 'level.1' | 'level.2' {
  return level >= 2 ? 'level.2' : level === 1 ? 'level.1' : 'level.0';
}

/** Who was told step by step, because nobody had done what was due (三级). */
function Escalation({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('tickets');
  const time = useSiteTime();
  const told = escalations(ticket.steps);
  return (
    <section>
      <h3>{t('escalation.title')}</h3>
      {told.length === 0 ? (
        <p className={classes.dim}>{t('escalation.none')}</p>
      ) : (
        <ul className={classes.plain}>
          {told.map(({ level, at }) => (
            <li key={`${level} ${at}`}>
              {t('escalation.told', { level: t(levelWord(level)), at: time.moment(at) })}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Trail({ steps }: { steps: readonly TicketStep[] }) {
  const { t } = useTranslation('tickets');
  const time = useSiteTime();
  const who = useWho();
  const word = (step: TicketStep) => {
    switch (step.action) {
      case 'dispatch':
        return t('step.dispatch', { assignee: step.assignee ?? '' });
      case 'escalate':
        return t('step.escalate', { level: t(levelWord(step.escalation ?? 1)) });
      default:
        return t(`step.${step.action}`);
    }
  };
  const numbered = steps.map((step, place) => ({ step, place })).toReversed();
  return (
    <section>
      <h3>{t('detail.trail')}</h3>
      <ol className={classes.trail}>
        {numbered.map(({ step, place }) => (
          <li key={place}>
            <span className="gh-number">{time.moment(step.at)}</span>
            <span>
              <strong>{word(step)}</strong> <span className={classes.dim}>{who(step.who)}</span>
              {step.comment === null ? null : <span className={classes.comment}>{step.comment}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
