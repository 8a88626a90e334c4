import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Ticket } from '../../../gateway/contract/ticket.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useEntityMap } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { matchesText } from './ticket-board.ts';
import { EscalationTag, TicketDue } from './ticket-due.tsx';

const pageSize = 100;

/** Tickets of every state, newest first, a page at a time; open ones as they are now. */
export function useTicketPages(state: string | null) {
  const live = useEntityMap('tickets');
  const query = useInfiniteQuery({
    queryKey: ['tickets', state],
    queryFn: ({ pageParam }) =>
      api.get<Page<Ticket>>(`/tickets${queryString({ state, limit: pageSize, cursor: pageParam })}`),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    staleTime: 0,
  });
  const tickets = (query.data?.pages ?? [])
    .flatMap((page) => page.items)
    .map((ticket) => live.get(ticket.id) ?? ticket);
  return { ...query, tickets };
}

export function TicketList(props: {
  pages: ReturnType<typeof useTicketPages>;
  text: string;
  selected: string | null;
  linkTo: (id: string) => string;
  onSelect: (id: string) => void;
}) {
  const { pages, text, selected, linkTo, onSelect } = props;
  const { t } = useTranslation(['tickets', 'app', 'terms']);
  const time = useSiteTime();
  const areas = useEntityMap('areas');
  const { tickets, error, hasNextPage, isFetching, isPending, fetchNextPage } = pages;
  const rows = tickets.filter((ticket) => matchesText(ticket, text, [areas.get(ticket.area ?? '')?.name]));
  if (error !== null) return <ProblemNote error={error} />;
  if (rows.length === 0) return <p className={tables.empty}>{t(isPending ? 'app:loading' : 'list.empty')}</p>;
  return (
    <>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{t('col.title')}</th>
            <th>{t('col.state')}</th>
            <th>{t('col.priority')}</th>
            <th>{t('col.category')}</th>
            <th>{t('col.place')}</th>
            <th>{t('col.assignee')}</th>
            <th>{t('col.created')}</th>
            <th>{t('col.due')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((ticket) => (
            <tr
              key={ticket.id}
              aria-current={ticket.id === selected || undefined}
              data-clickable
              onClick={() => onSelect(ticket.id)}
            >
              <td>
                <Link to={linkTo(ticket.id)} replace onClick={(event) => event.stopPropagation()}>
                  {ticket.title}
                </Link>
              </td>
              <td className={tables.nowrap}>{t(`state.${ticket.state}`)}</td>
              <td className={tables.nowrap}>{t(`terms:priority.${ticket.priority}`)}</td>
              <td className={tables.nowrap}>{t(`terms:category.${ticket.category}`)}</td>
              <td>{areas.get(ticket.area ?? '')?.name ?? ''}</td>
              <td>{ticket.assignee ?? ''}</td>
              <td className={`${tables.nowrap} gh-number`}>{time.moment(ticket.createdAt)}</td>
              <td>
                <TicketDue ticket={ticket} /> <EscalationTag ticket={ticket} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </>
  );
}
