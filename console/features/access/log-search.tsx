import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessEvent } from '../../../gateway/contract/access.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntities } from '../../app/live.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import classes from './access.module.css';
import { eventTypes } from './access-log.ts';
import { LogTable } from './log-table.tsx';

const pageSize = 100;
const typingMs = 300;

interface Search {
  door: string | null;
  person: string | null;
  type: string | null;
  card: string;
  /** As the fields have them, in the site's time. */
  from: string;
  to: string;
}

const everything: Search = { door: null, person: null, type: null, card: '', from: '', to: '' };

/** The access log of all days, by door, person, card, event and time. */
export function LogSearch() {
  const { t } = useTranslation(['access', 'app']);
  const [site] = useEntities('site');
  const [search, setSearch] = useState(everything);
  const [card] = useDebouncedValue(search.card.trim(), typingMs);
  const { door, person, type } = search;
  const from = momentOf(search.from, site?.timeZone);
  const to = momentOf(search.to, site?.timeZone);
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['access', door, person, card, type, from, to],
    queryFn: ({ pageParam }) =>
      api.get<Page<AccessEvent>>(
        `/access/events${queryString({ door, person, card, type, from, to, limit: pageSize, cursor: pageParam })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const events = (data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <>
      <SearchFields search={search} onChange={setSearch} />
      {error === null ? null : <ProblemNote error={error} />}
      {events.length === 0 ? (
        <p className={tables.empty}>{error === null ? t(isPending ? 'app:loading' : 'search.empty') : ''}</p>
      ) : (
        <LogTable events={events} />
      )}
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </>
  );
}

function SearchFields({ search, onChange }: { search: Search; onChange: (search: Search) => void }) {
  const { t } = useTranslation('access');
  const doors = useEntities('doors');
  const people = useEntities('people');
  const cardField = useRef<HTMLInputElement>(null);
  useShortcut({ code: 'Slash' }, () => cardField.current?.focus());
  return (
    <div className={classes.filters}>
      <Select
        size="xs"
        w={180}
        label={t('search.door')}
        placeholder={t('search.allDoors')}
        data={doors.map(({ id, name }) => ({ value: id, label: name }))}
        value={search.door}
        onChange={(door) => onChange({ ...search, door })}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={180}
        label={t('search.person')}
        placeholder={t('search.allPeople')}
        data={people.map(({ id, name }) => ({ value: id, label: name }))}
        value={search.person}
        onChange={(person) => onChange({ ...search, person })}
        clearable
        searchable
        limit={50}
      />
      <TextInput
        ref={cardField}
        size="xs"
        w={150}
        label={t('search.card')}
        placeholder={t('search.cardPlaceholder')}
        value={search.card}
        onChange={(event) => onChange({ ...search, card: event.currentTarget.value })}
      />
      <Select
        size="xs"
        w={140}
        label={t('search.type')}
        placeholder={t('search.allTypes')}
        data={eventTypes.map((type) => ({ value: type, label: t(`type.${type}`) }))}
        value={search.type}
        onChange={(type) => onChange({ ...search, type })}
        clearable
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label={t('search.from')}
        value={search.from}
        onChange={(event) => onChange({ ...search, from: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label={t('search.to')}
        value={search.to}
        onChange={(event) => onChange({ ...search, to: event.currentTarget.value })}
      />
      <Button variant="subtle" size="compact-sm" onClick={() => onChange(everything)}>
        {t('search.clear')}
      </Button>
    </div>
  );
}
