import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, type Page, queryString } from '../../app/api.ts';
import { useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { CopyButton } from './copy-button.tsx';
import { type DeadLetter, matches, spacedHex } from './dead-letters.ts';
import classes from './integrate.module.css';

/** What arrived and could not be understood, newest first. */
export default function LettersPart() {
  const { t } = useTranslation(['integrateLetters', 'app']);
  const [filter, setFilter] = useState('');
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ pageParam }) =>
      api.get<Page<DeadLetter>>(`/dead-letters${queryString({ cursor: pageParam })}`),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const letters = (data?.pages ?? []).flatMap((page) => page.items);
  const shown = letters.filter((letter) => matches(letter, filter.trim()));
  return (
    <Panel title={t('title')}>
      <div className={classes.stack}>
        <p className={classes.dim}>{t('explain')}</p>
        <div className={classes.row}>
          <TextInput
            size="xs"
            w={320}
            label={t('filter')}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        </div>
        <ProblemNote error={error} />
        {shown.length === 0 ? (
          isFetching ? null : (
            <p className={classes.dim}>{t(letters.length === 0 ? 'empty' : 'none')}</p>
          )
        ) : (
          <table className={`${tables.table} ${classes.letters}`}>
            <thead>
              <tr>
                <th>{t('at')}</th>
                <th>{t('source')}</th>
                <th>{t('reason')}</th>
                <th>{t('hex')}</th>
                <th>{t('text')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((letter) => (
                <Letter key={letter.id} letter={letter} />
              ))}
            </tbody>
          </table>
        )}
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

function Letter({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation('integrateLetters');
  const time = useSiteTime();
  const device = useEntity('devices', letter.device ?? undefined);
  const hex = spacedHex(letter.hex);
  return (
    <tr data-testid={`letter-${letter.id}`}>
      <td className={`${tables.nowrap} gh-number`}>{time.moment(letter.at)}</td>
      <td>
        <div className={classes.words}>{letter.source}</div>
        {device === undefined ? (
          letter.device
        ) : (
          <Link to={paths.device(device.id)}>{device.name ?? device.id}</Link>
        )}
      </td>
      <td className={classes.words}>{letter.reason}</td>
      <td>
        {hex === '' ? (
          <span className={classes.dim}>{t('noBytes')}</span>
        ) : (
          <>
            <code className={classes.bytes}>{hex}</code>
            <CopyButton text={hex} label={t('copyHex')} copied={t('copied')} />{' '}
            <Link to={`${paths.integrate('inspect')}${queryString({ hex })}`}>{t('inspect')}</Link>
          </>
        )}
      </td>
      <td>
        {letter.text === null || letter.text === '' ? null : (
          <>
            <code className={classes.bytes}>{letter.text}</code>
            <CopyButton text={letter.text} label={t('copyText')} copied={t('copied')} />
          </>
        )}
      </td>
    </tr>
  );
}
