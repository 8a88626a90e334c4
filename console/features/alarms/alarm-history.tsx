import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useAlarmDevice } from '../../app/spoken.ts';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { AlarmTable } from './alarm-table.tsx';
import { type AlarmFilter, filterQuery, passes } from './filter.ts';

const pageSize = 200;

/** Closed alarms, newest first, a page at a time. */
export function AlarmHistory(props: {
  filter: AlarmFilter;
  selected: string | null;
  onSelect: (id: string) => void;
}) {
  const { filter, selected, onSelect } = props;
  const { t } = useTranslation(['alarms', 'app']);
  const device = useAlarmDevice();
  const { priorities, category } = filter;
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['alarms', 'closed', priorities, category],
    queryFn: ({ pageParam }) =>
      api.get<Page<Alarm>>(
        `/alarms${queryString({ state: 'closed', priority: priorities.join(','), category, limit: pageSize, cursor: pageParam })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  // The text is looked for in what has been loaded; priority and system by the gateway.
  const alarms = (data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((alarm) => passes(alarm, { ...filter, list: 'history' }, device(alarm)));
  return (
    <AlarmTable
      alarms={alarms}
      listKey={filterQuery(filter)}
      selected={selected}
      steady
      onSelect={onSelect}
      handle={ignoreHandle}
      empty={error === null ? t(isFetching ? 'app:loading' : 'empty.history') : <ProblemNote error={error} />}
      foot={
        <>
          <span>{t('foot.loaded', { shown: alarms.length })}</span>
          <More {...{ hasNextPage, isFetching, fetchNextPage }} inLine />
        </>
      }
    />
  );
}

function ignoreHandle(): void {}
