import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Card } from '../../../gateway/contract/card.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntities } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './access.module.css';
import { CardDetail } from './card-detail.tsx';
import { unconfirmed } from './card-list.ts';
import { CardsTable } from './cards-table.tsx';
import { CardDialog } from './issue-card.tsx';

const pageSize = 100;
const typingMs = 300;
const states = ['issued', 'lost', 'revoked', 'unconfirmed'] as const;
type StateFilter = (typeof states)[number];

/** All that narrows the list stands in the address, so that a list can be passed on. */
function useFilter() {
  const [query, setQuery] = useSearchParams();
  const state = states.find((each) => each === query.get('state')) ?? null;
  return {
    door: query.get('door'),
    card: query.get('card'),
    state,
    set(changes: Record<string, string | null>) {
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes))
            if (value === null) next.delete(name);
            else next.set(name, value);
          return next;
        },
        { replace: true },
      );
    },
  };
}

/** A number in any spelling, or a part of the holder's name. */
const searchOf = (text: string) => (/[0-9]{4}/.test(text) ? { card: text } : { holder: text });

/** Who may open which doors: issue, report lost, revoke, and which controllers have confirmed it. */
export function CardsPart() {
  const { t } = useTranslation(['access', 'app']);
  const can = useCan();
  const filter = useFilter();
  const [text, setText] = useState('');
  const [issuing, setIssuing] = useState(false);
  const [typed] = useDebouncedValue(text.trim(), typingMs);
  const cards = useCards(typed, filter.door, filter.state);
  const { items, error, isPending, hasNextPage, isFetching, fetchNextPage } = cards;
  const selected = items.find(({ id }) => id === filter.card);
  return (
    <div className={classes.cards} data-split={filter.card !== null || undefined}>
      <div className={classes.frame}>
        <CardFilters text={text} onText={setText} filter={filter}>
          {can('access.write') ? (
            <Button size="compact-md" onClick={() => setIssuing(true)} data-testid="card-issue">
              {t('card.issue')}
            </Button>
          ) : null}
        </CardFilters>
        <CardDialog
          asked={issuing ? 'issue' : null}
          onClose={() => setIssuing(false)}
          onDone={(card) => {
            setIssuing(false);
            filter.set({ card: card.id, state: null });
            setText('');
          }}
        />
        {filter.door === null ? null : <AtDoor door={filter.door} cards={items} more={hasNextPage} />}
        <section
          className={`${classes.body} gh-scroll`}
          aria-label={t('view.cards')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
          tabIndex={0}
        >
          {error === null ? null : <ProblemNote error={error} />}
          {items.length === 0 ? (
            <p className={tables.empty}>
              {error === null ? t(isPending ? 'app:loading' : 'card.empty') : ''}
            </p>
          ) : (
            <CardsTable
              cards={items}
              selected={filter.card}
              onSelect={(card) => filter.set({ card: card === filter.card ? null : card })}
            />
          )}
          <More {...{ hasNextPage, isFetching, fetchNextPage }} />
        </section>
      </div>
      {filter.card === null ? null : (
        <CardDetail
          key={filter.card}
          id={filter.card}
          known={selected}
          onClose={() => filter.set({ card: null })}
        />
      )}
    </div>
  );
}

/** A card changes with the commands to its controllers, and with these coming and going: each of them is the sign to ask anew. */
function useCards(typed: string, door: string | null, state: StateFilter | null) {
  const queries = useQueryClient();
  const commands = useEntities('commands');
  const deviceStates = useEntities('device-states');
  const { data, ...rest } = useInfiniteQuery({
    queryKey: ['cards', typed, door, state],
    queryFn: ({ pageParam }) =>
      api.get<Page<Card>>(
        `/access/cards${queryString({
          ...searchOf(typed),
          door,
          ...(state === 'unconfirmed' ? { unconfirmed: 'true' } : { state }),
          limit: pageSize,
          cursor: pageParam,
        })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change is the sign.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['cards'] });
    void queries.invalidateQueries({ queryKey: ['card'] });
  }, [commands, deviceStates, queries]);
  return { items: (data?.pages ?? []).flatMap(({ items }) => items), ...rest };
}

function CardFilters(props: {
  text: string;
  onText: (text: string) => void;
  filter: ReturnType<typeof useFilter>;
  children: ReactNode;
}) {
  const { text, onText, filter, children } = props;
  const { t } = useTranslation('access');
  const doors = useEntities('doors');
  const search = useRef<HTMLInputElement>(null);
  useShortcut({ code: 'Slash' }, () => search.current?.focus());
  return (
    <div className={classes.filters}>
      <TextInput
        ref={search}
        size="xs"
        w={210}
        label={t('card.search')}
        placeholder={t('card.searchPlaceholder')}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      <Select
        size="xs"
        w={190}
        label={t('search.door')}
        placeholder={t('search.allDoors')}
        data={doors.map(({ id, name }) => ({ value: id, label: name }))}
        value={filter.door}
        onChange={(door) => filter.set({ door })}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={170}
        label={t('card.state')}
        placeholder={t('card.allStates')}
        data={states.map((value) => ({ value, label: t(`card.state.${value}`) }))}
        value={filter.state}
        onChange={(state) => filter.set({ state })}
        clearable
      />
      <span className={classes.filterEnd}>{children}</span>
    </div>
  );
}

/** Who has access at one door, and where that is not yet so at its controller. */
function AtDoor({ door, cards, more }: { door: string; cards: readonly Card[]; more: boolean }) {
  const { t } = useTranslation('access');
  const doors = useEntities('doors');
  const name = doors.find(({ id }) => id === door)?.name ?? door;
  const issued = cards.filter(({ state }) => state === 'issued');
  const open = cards.filter((card) => unconfirmed(card).some((entry) => entry.doors.includes(door)));
  return (
    <p className={classes.atDoor} role="status">
      {t('card.atDoor', { door: name, count: issued.length, more: more ? '+' : '' })}
      {open.length === 0 ? '' : ` · ${t('card.atDoorOpen', { count: open.length })}`}
    </p>
  );
}
