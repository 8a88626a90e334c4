import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditLine } from '../../../gateway/contract/account.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './settings.module.css';

const typingMs = 300;

/** Who did what, newest first. */
export function AuditPart() {
  const { t } = useTranslation(['settings', 'app']);
  const time = useSiteTime();
  const who = useWho();
  const [filter, setFilter] = useState({ who: '', action: '', subject: '' });
  const [settled] = useDebouncedValue(filter, typingMs);
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['audit', settled],
    queryFn: ({ pageParam }) =>
      api.get<Page<AuditLine>>(
        `/audit${queryString({
          who: settled.who.trim(),
          action: settled.action.trim(),
          subject: settled.subject.trim(),
          cursor: pageParam,
        })}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  const lines = (data?.pages ?? []).flatMap((page) => page.items);
  const field = (name: keyof typeof filter, label: string) => (
    <TextInput
      size="xs"
      label={label}
      value={filter[name]}
      onChange={(event) => setFilter({ ...filter, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Panel title={t('part.audit')}>
      <div className={classes.stack}>
        <div className={classes.row}>
          {field('who', t('audit.filterWho'))}
          {field('action', t('audit.filterAction'))}
          {field('subject', t('audit.filterSubject'))}
        </div>
        <ProblemNote error={error} />
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('audit.when')}</th>
              <th>{t('audit.who')}</th>
              <th>{t('audit.station')}</th>
              <th>{t('audit.action')}</th>
              <th>{t('audit.subject')}</th>
              <th>{t('audit.detail')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.seq}>
                <td className={`${classes.tight} gh-number`}>{time.moment(line.at)}</td>
                <td>{who(line.who)}</td>
                <td>{line.station}</td>
                <td>{line.action}</td>
                <td>{line.subject}</td>
                <td className={classes.detail}>{wordsOf(line.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {lines.length === 0 && !isFetching ? <p className={classes.dim}>{t('app:list.empty')}</p> : null}
        {hasNextPage ? (
          <div>
            <Button
              variant="default"
              size="compact-sm"
              loading={isFetching}
              onClick={() => void fetchNextPage()}
            >
              {t('app:action.more')}
            </Button>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

/** `reason: 水箱清洗, until: 1700000000000` */
function wordsOf(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
