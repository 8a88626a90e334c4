import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { Screen } from '../../components/panel.tsx';
import { Board } from './board.tsx';
import { NewTicket } from './new-ticket.tsx';
import { allStates, boardOf, cardBeside, matchesText } from './ticket-board.ts';
import { TicketDetail } from './ticket-detail.tsx';
import { TicketList, useTicketPages } from './ticket-list.tsx';
import classes from './tickets.module.css';

/** Everything that is to be done, as a board of what is open or a list of all there ever was. */
export default function TicketsScreen() {
  const { t } = useTranslation(['tickets', 'app']);
  const { id: selected = null } = useParams();
  const [query, setQuery] = useSearchParams();
  const navigate = useNavigate();
  const can = useCan();
  const [text, setText] = useState('');
  const [making, setMaking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const detail = useRef<HTMLElement>(null);
  const listed = query.get('view') === 'list';
  const search = query.toString();

  const linkTo = useCallback(
    (id: string) => (search === '' ? paths.ticket(id) : `${paths.ticket(id)}?${search}`),
    [search],
  );
  const select = useCallback(
    (id: string | null) =>
      void navigate(id === null ? (search === '' ? '/tickets' : `/tickets?${search}`) : linkTo(id), {
        replace: true,
      }),
    [navigate, linkTo, search],
  );
  useShortcut({ code: 'Slash' }, () => field.current?.focus());
  useShortcut({ code: 'Enter' }, selected === null ? null : () => detail.current?.focus());
  useShortcut({ code: 'Escape' }, selected === null ? null : () => select(null));

  return (
    <Screen
      title={t('title')}
      aside={
        <div className={classes.tools}>
          <SegmentedControl
            size="xs"
            aria-label={t('view.label')}
            data={[
              { value: 'board', label: t('view.board') },
              { value: 'list', label: t('view.list') },
            ]}
            value={listed ? 'list' : 'board'}
            onChange={(view) => setQuery(view === 'list' ? { view } : {}, { replace: true })}
            transitionDuration={0}
          />
          <TextInput
            ref={field}
            size="xs"
            w={220}
            type="search"
            aria-label={t('filter.label')}
            placeholder={t('filter.placeholder')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.code === 'Escape' && !event.nativeEvent.isComposing) event.currentTarget.blur();
            }}
          />
          {listed ? (
            <Select
              size="xs"
              w={130}
              aria-label={t('filter.state')}
              data={[
                { value: 'open', label: t('filter.open') },
                { value: 'all', label: t('filter.all') },
                ...allStates.map((state) => ({ value: state, label: t(`state.${state}`) })),
              ]}
              value={query.get('state') ?? 'open'}
              onChange={(state) => setQuery({ view: 'list', state: state ?? 'open' }, { replace: true })}
              allowDeselect={false}
            />
          ) : null}
          {can('tickets.write') ? (
            <Button
              className={classes.new}
              size="compact-md"
              onClick={() => setMaking(true)}
              data-testid="new-ticket"
            >
              {t('new')}
            </Button>
          ) : null}
        </div>
      }
    >
      <div className={classes.split} data-open={selected !== null || undefined}>
        {listed ? (
          <ListRegion
            state={query.get('state') ?? 'open'}
            text={text}
            selected={selected}
            linkTo={linkTo}
            onSelect={select}
          />
        ) : (
          <BoardRegion text={text} selected={selected} linkTo={linkTo} onSelect={select} />
        )}
        {selected === null ? null : (
          <section
            className={`${classes.detailFrame} gh-scroll`}
            ref={detail}
            tabIndex={-1}
            aria-label={t('detail.label')}
          >
            <TicketDetail key={selected} id={selected} />
          </section>
        )}
      </div>
      <NewTicket
        opened={making}
        onClose={() => setMaking(false)}
        onMade={(ticket) => {
          setMaking(false);
          select(ticket.id);
        }}
      />
    </Screen>
  );
}

interface RegionProps {
  text: string;
  selected: string | null;
  linkTo: (id: string) => string;
  onSelect: (id: string | null) => void;
}

function BoardRegion({ text, selected, linkTo, onSelect }: RegionProps) {
  const tickets = useEntities('tickets');
  const areas = useEntityMap('areas');
  const board = useMemo(
    () =>
      boardOf(tickets.filter((ticket) => matchesText(ticket, text, [areas.get(ticket.area ?? '')?.name]))),
    [tickets, text, areas],
  );
  const go = (key: 'up' | 'down' | 'left' | 'right') => () => {
    const next = cardBeside(board, selected, key);
    if (next !== undefined) onSelect(next);
  };
  useShortcut({ code: 'ArrowDown', repeats: true }, go('down'));
  useShortcut({ code: 'ArrowUp', repeats: true }, go('up'));
  useShortcut({ code: 'ArrowLeft', repeats: true }, go('left'));
  useShortcut({ code: 'ArrowRight', repeats: true }, go('right'));
  return <Board board={board} selected={selected} linkTo={linkTo} />;
}

function ListRegion({ state, text, selected, linkTo, onSelect }: RegionProps & { state: string }) {
  const { t } = useTranslation('tickets');
  const pages = useTicketPages(state === 'all' ? null : state);
  const ids = pages.tickets.map(({ id }) => id);
  function step(by: number): void {
    const at = selected === null ? -1 : ids.indexOf(selected);
    const next = ids[at === -1 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))];
    if (next !== undefined) onSelect(next);
  }
  useShortcut({ code: 'ArrowDown', repeats: true }, () => step(1));
  useShortcut({ code: 'ArrowUp', repeats: true }, () => step(-1));
  return (
    <section
      className={`${classes.listFrame} gh-scroll`}
      aria-label={t('view.list')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      tabIndex={0}
    >
      <TicketList pages={pages} text={text} selected={selected} linkTo={linkTo} onSelect={onSelect} />
    </section>
  );
}
