import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Stranger } from '../../../gateway/contract/stranger.ts';
import { api, queryString } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { CopyButton } from './copy-button.tsx';
import { reasonIn } from './dead-letters.ts';
import { spacedHex, textOfHex } from './hex.ts';
import classes from './integrate.module.css';

const pollMs = 5_000;
const mostNamed = 2;

/** Who speaks and is not of the site: is this one of yours? */
export default function StrangersPart() {
  const { t } = useTranslation('integrateStrangers');
  const { data, error } = useQuery({
    queryKey: ['strangers'],
    queryFn: () => api.get<{ items: Stranger[]; left: number }>('/strangers'),
    refetchInterval: pollMs,
  });
  return (
    <Panel title={t('title')}>
      <div className={classes.stack}>
        <p className={classes.dim}>{t('explain')}</p>
        <ProblemNote error={error} />
        {data?.items.length === 0 ? <p className={classes.dim}>{t('empty')}</p> : null}
        {data === undefined || data.items.length === 0 ? null : (
          <table className={`${tables.table} ${classes.strangers}`}>
            <thead>
              <tr>
                <th>{t('what')}</th>
                <th className={tables.right}>{t('count')}</th>
                <th>{t('last')}</th>
                <th>{t('sample')}</th>
                <th>{t('guess')}</th>
                <th>{t('todo')}</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((stranger) => (
                <Row key={stranger.id} stranger={stranger} />
              ))}
            </tbody>
          </table>
        )}
        {data === undefined || data.left === 0 ? null : (
          <p className={classes.dim}>{t('left', { count: data.left })}</p>
        )}
      </div>
    </Panel>
  );
}

function Row({ stranger }: { stranger: Stranger }) {
  const { t } = useTranslation('integrateStrangers');
  const { kind, what, link: linkId, from, words, why, sample } = stranger;
  const link = useEntity('links', linkId ?? undefined);
  const language = useLanguage();
  const text = textOfHex(sample);
  return (
    <tr data-testid={`stranger-${what}`}>
      <td>
        <strong className={classes.words}>{what}</strong>
        <div className={classes.under}>
          {[t(`kind.${kind}`), link?.name ?? linkId, from].filter((word) => word != null).join(' · ')}
        </div>
      </td>
      <td className={`${tables.right} gh-number`}>{stranger.count}</td>
      <td className={tables.nowrap}>
        <Age at={stranger.lastAt} />
      </td>
      <td>
        <code className={classes.bytes}>{text?.trim() ?? spacedHex(sample)}</code>
      </td>
      <td>
        <Guess stranger={stranger} />
      </td>
      <td>
        <div className={classes.words}>{reasonIn({ reason: words, why: [why] }, language)}</div>
        <Act stranger={stranger} />
      </td>
    </tr>
  );
}

function Guess({ stranger: { kind, types, by } }: { stranger: Stranger }) {
  const { t } = useTranslation('integrateStrangers');
  const label = useLabel();
  const catalogue = useCatalogue();
  if (kind === 'unit' || kind === 'sign-in') return '—';
  if (types.length === 0 || by === null || by === 'known-name')
    return <span className={classes.dim}>{t('noGuess')}</span>;
  const names = types.slice(0, mostNamed).map((id) => {
    const type = catalogue.types.get(id);
    return type === undefined ? id : label(type.label);
  });
  return (
    <>
      {names.map((name) => (
        <div key={name}>{name}</div>
      ))}
      <div className={classes.under}>
        {t(`by.${by}`)}
        {types.length > mostNamed ? ` · ${t('more', { count: types.length })}` : null}
      </div>
    </>
  );
}

/** Leads to the form that adds it, filled in; a unit that dials in wants a link first. */
function Act({ stranger: { kind, link, types, address, what } }: { stranger: Stranger }) {
  const { t } = useTranslation('integrateStrangers');
  if (kind === 'sign-in') return null;
  if (kind === 'unit') {
    const yaml = `- { id: dtu-1, kind: dtu, registration: ${JSON.stringify(what)}, protocol: modbus-rtu }`;
    return <CopyButton text={yaml} label={t('copyLink')} copied={t('copied')} />;
  }
  // One type is a proposal, several are a choice.
  const type = types.length === 1 ? types[0] : undefined;
  return (
    <Button
      component={Link}
      to={`${paths.integrate('add')}${queryString({ link, type, address })}`}
      variant="default"
      size="compact-sm"
      data-testid={`add-${what}`}
    >
      {t('add')}
    </Button>
  );
}
