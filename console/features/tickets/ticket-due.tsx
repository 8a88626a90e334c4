import { useTranslation } from 'react-i18next';
import type { Ticket } from '../../../gateway/contract/ticket.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import { awaited } from './ticket-board.ts';
import classes from './tickets.module.css';

/** What a ticket waits for, and how much of its time is left; overdue stands out without a colour, which is for alarms. */
export function TicketDue({ ticket }: { ticket: Pick<Ticket, 'state' | 'dueAt'> }) {
  const { t } = useTranslation('tickets');
  const time = useSiteTime();
  const now = useNow();
  const step = awaited(ticket.state);
  if (step === null) return null;
  const left = ticket.dueAt === undefined ? null : ticket.dueAt - now;
  return (
    <span className={classes.due} data-overdue={(left !== null && left < 0) || undefined}>
      {t(`due.${step}`)}{' '}
      <span className="gh-number">
        {left === null
          ? t('due.none')
          : left < 0
            ? t('due.over', { for: time.duration(-left) })
            : t('due.left', { for: time.duration(left) })}
      </span>
    </span>
  );
}

/** How far a ticket has been escalated; nothing while it has not. */
export function EscalationTag({ ticket }: { ticket: Pick<Ticket, 'escalation'> }) {
  const { t } = useTranslation('tickets');
  const { escalation } = ticket;
  if (escalation !== 1 && escalation !== 2) return null;
  return <span className={classes.tag}>↑ {t('escalation.short', { level: t(`level.${escalation}`) })}</span>;
}
