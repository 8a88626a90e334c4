import { memo, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Ticket } from '../../../gateway/contract/ticket.ts';
import { useEntity } from '../../app/live.ts';
import { type Board as Columns, openStates } from './ticket-board.ts';
import { EscalationTag, TicketDue } from './ticket-due.tsx';
import classes from './tickets.module.css';

/** Open tickets, a column for each state. */
export function Board(props: { board: Columns; selected: string | null; linkTo: (id: string) => string }) {
  const { board, selected, linkTo } = props;
  const { t } = useTranslation('tickets');
  return (
    <div className={classes.board}>
      {openStates.map((state) => (
        <section key={state} className={classes.column} aria-label={t(`state.${state}`)}>
          <h2 className={classes.columnHead}>
            {t(`state.${state}`)} <span className={classes.dim}>{board[state].length}</span>
          </h2>
          <ul className={`${classes.cards} gh-scroll`}>
            {board[state].map((ticket) => (
              <li key={ticket.id}>
                <Card ticket={ticket} selected={ticket.id === selected} to={linkTo(ticket.id)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

const Card = memo(function Card(props: { ticket: Ticket; selected: boolean; to: string }) {
  const { ticket, selected, to } = props;
  const { t } = useTranslation(['tickets', 'terms']);
  const link = useRef<HTMLAnchorElement>(null);
  const area = useEntity('areas', ticket.area);
  useEffect(() => {
    if (selected) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [selected]);
  return (
    <Link
      ref={link}
      to={to}
      replace
      className={classes.card}
      aria-current={selected || undefined}
      data-testid={`ticket-${ticket.id}`}
    >
      <strong className={classes.cardTitle}>{ticket.title}</strong>
      <span className={classes.dim}>
        {t(`terms:priority.${ticket.priority}`)} · {t(`terms:category.${ticket.category}`)}
        {area === undefined ? '' : ` · ${area.name}`}
      </span>
      <span>{ticket.assignee ?? t('card.unassigned')}</span>
      <TicketDue ticket={ticket} />
      <EscalationTag ticket={ticket} />
    </Link>
  );
});
