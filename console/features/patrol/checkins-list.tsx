import { Select, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Checkin } from '../../../gateway/contract/patrol.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { live, useEntities } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import { TagReading } from '../../components/tag-reading.tsx';
import classes from './patrol.module.css';

const pageSize = 100;
/** Received this much after it happened: it was carried in, not sent. */
const lateMs = 60_000;

/** Every proof of presence, newest first; tags that nobody registered, too. */
export function CheckinsList() {
  const { t } = useTranslation(['patrol', 'app']);
  const queries = useQueryClient();
  const checkpoints = useEntities('checkpoints');
  const rounds = useEntities('rounds');
  const [site] = useEntities('site');
  const [checkpoint, setCheckpoint] = useState<string | null>(null);
  const [fromText, setFrom] = useState('');
  const [toText, setTo] = useState('');
  const from = momentOf(fromText, site?.timeZone);
  const to = momentOf(toText, site?.timeZone);
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['checkins', checkpoint, from, to],
    queryFn: ({ pageParam }) =>
      api.get<Page<Checkin>>(
        `/patrol/checkins${queryString({ checkpoint, from, to, limit: pageSize, cursor: pageParam })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  // A check-in shows on `/live` by the round that it changes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of a round is the sign.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['checkins'] });
  }, [rounds, queries]);
  const checkins = (data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <>
      <div className={classes.filters}>
        <Select
          size="xs"
          w={190}
          label={t('filter.checkpoint')}
          placeholder={t('filter.allCheckpoints')}
          data={checkpoints.map(({ id, name }) => ({ value: id, label: name }))}
          value={checkpoint}
          onChange={setCheckpoint}
          clearable
          searchable
        />
        <TextInput
          size="xs"
          type="datetime-local"
          label={t('filter.from')}
          value={fromText}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          type="datetime-local"
          label={t('filter.to')}
          value={toText}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </div>
      {error === null ? null : <ProblemNote error={error} />}
      {checkins.length === 0 ? (
        <p className={tables.empty}>
          {error === null ? t(isPending ? 'app:loading' : 'checkins.empty') : ''}
        </p>
      ) : (
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('checkins.at')}</th>
              <th>{t('checkins.checkpoint')}</th>
              <th>{t('checkins.guard')}</th>
              <th>{t('checkins.reader')}</th>
              <th>{t('checkins.tag')}</th>
              <th>{t('checkins.late')}</th>
            </tr>
          </thead>
          <tbody>
            {checkins.map((checkin) => (
              <CheckinRow key={checkin.id} checkin={checkin} />
            ))}
          </tbody>
        </table>
      )}
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </>
  );
}

function CheckinRow({ checkin }: { checkin: Checkin }) {
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const { at, receivedAt, checkpoint, guard, reader, tag, doubt } = checkin;
  const late = receivedAt - at >= lateMs;
  return (
    <tr>
      <td className={`${tables.nowrap} gh-number`}>
        {doubt === null ? (
          time.moment(at)
        ) : (
          <span title={t(`checkins.doubt.${doubt}`)}>
            <span aria-hidden="true">⚠ </span>
            <s>{time.moment(at)}</s> {t(`checkins.doubt.${doubt}`)}
          </span>
        )}
      </td>
      <td>
        {checkpoint === null ? (
          guard === null ? (
            <strong>{t('checkins.unknown')}</strong>
          ) : (
            <span className={tables.dim}>{t('checkins.guardCard')}</span>
          )
        ) : (
          (live.get('checkpoints', checkpoint)?.name ?? checkpoint)
        )}
      </td>
      <td>
        {guard === null ? (
          <span className={tables.dim}>{t('checkins.nobody')}</span>
        ) : (
          (live.get('people', guard)?.name ?? guard)
        )}
      </td>
      <td>{live.get('devices', reader)?.name ?? reader}</td>
      <td>
        <code>{tag}</code>
        {checkpoint === null && guard === null ? (
          <div>
            <TagReading text={tag} />
          </div>
        ) : null}
      </td>
      <td className={`${tables.nowrap} gh-number`}>
        {late ? (
          t('checkins.lateBy', { at: time.moment(receivedAt), for: time.duration(receivedAt - at) })
        ) : (
          <span className={tables.dim}>{time.clock(receivedAt)}</span>
        )}
      </td>
    </tr>
  );
}
