import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AuditLine } from '../../../gateway/contract/account.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { useEntity } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { More } from '../../components/more.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { settingsWords } from './i18n.ts';
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
        <table className={`${classes.table} ${classes.audit}`}>
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
                <td title={`action=${line.action}`}>
                  <Did action={line.action} />
                </td>
                <td title={line.subject}>
                  <Subject subject={line.subject} />
                </td>
                <td className={classes.detail}>{wordsOf(line.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {lines.length === 0 && !isFetching ? <p className={classes.dim}>{t('app:list.empty')}</p> : null}
        <More {...{ hasNextPage, isFetching, fetchNextPage }} />
      </div>
    </Panel>
  );
}

type Did = keyof typeof settingsWords.zh extends infer K ? (K extends `did.${infer A}` ? A : never) : never;
type SubjectKind = keyof typeof settingsWords.zh extends infer K
  ? K extends `subject.${infer A}`
    ? A
    : never
  : never;

/** The act in words; one that this console does not know stays in the gateway's own. */
function Did({ action }: { action: string }) {
  const { t } = useTranslation('settings');
  return `did.${action}` in settingsWords.zh ? t(`did.${action as Did}`) : action;
}

/** What it was done to: by name where it has one here, and with a link where there is a page. */
function Subject({ subject }: { subject: string }) {
  const { t } = useTranslation('settings');
  const colon = subject.indexOf(':');
  const kind = colon === -1 ? subject : subject.slice(0, colon);
  const id = colon === -1 ? '' : subject.slice(colon + 1);
  const device = useEntity('devices', kind === 'device' ? id : undefined);
  const household = useEntity('households', kind === 'household' ? id : undefined);
  const word = `subject.${kind}` in settingsWords.zh ? t(`subject.${kind as SubjectKind}`) : kind;
  const pages = { alarm: paths.alarm, ticket: paths.ticket, card: paths.card };
  const to = kind in pages ? pages[kind as keyof typeof pages](id) : null;
  // Of a record's id the end tells it apart; the beginning is its time.
  const name = device?.name ?? household?.room ?? (to === null ? id : `…${id.slice(-6)}`);
  return (
    <>
      {word} {to !== null && hasPage(to) ? <Link to={to}>{name}</Link> : name}
    </>
  );
}

/** `reason: 水箱清洗, until: 1700000000000`; what was left empty is left out. */
function wordsOf(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
