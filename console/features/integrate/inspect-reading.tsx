import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { TypeReading } from '../../../gateway/contract/frame.ts';
import { api } from '../../app/api.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import { paths } from '../../app/routes.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { reasonIn } from './dead-letters.ts';
import classes from './inspect.module.css';
import frame from './integrate.module.css';
import { useListedTypes } from './types-api.ts';

/** What a device type makes of a frame or message; of the site's own types it can be kept as a case. */
export function InspectReading({ reading }: { reading: TypeReading }) {
  const { t } = useTranslation('integrateInspect');
  const label = useLabel();
  return (
    <Panel title={t('readings', { type: `${label(reading.label)} · ${reading.type}` })}>
      <div className={frame.stack}>
        <ReadValues reading={reading} />
        {reading.story === null ? null : <SaveCase type={reading.type} story={reading.story} />}
      </div>
    </Panel>
  );
}

/** Points, events and what was not taken. */
export function ReadValues({ reading }: { reading: TypeReading }) {
  const { t } = useTranslation('integrateInspect');
  const label = useLabel();
  const language = useLanguage();
  const { readings, events, refused, refusedWhy, problem, problemWhy, address } = reading;
  return (
    <>
      {address === null ? null : <p className={frame.dim}>{t('reading.address', { address })}</p>}
      {problem === null ? null : (
        <p className={classes.wrong}>⚠ {reasonIn({ reason: problem, why: problemWhy }, language)}</p>
      )}
      {readings.length + events.length > 0 ? (
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('reading.point')}</th>
              <th>{t('reading.value')}</th>
              <th>{t('reading.quality')}</th>
            </tr>
          </thead>
          <tbody>
            {readings.map(({ point, label: words, value, unit, quality }) => (
              <tr key={point}>
                <td>
                  {label(words)} <code>{point}</code>
                </td>
                <td className={quality === 'good' ? 'gh-number' : 'gh-number gh-hatched'}>
                  {value === null ? '—' : String(value)} {unit ?? ''}
                </td>
                <td>{quality === 'good' ? '✓' : t('reading.bad')}</td>
              </tr>
            ))}
            {events.map(({ device, type, data }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same event may come twice in one frame
              <tr key={index}>
                <td>
                  {t('event')} <code>{type}</code>
                </td>
                <td className={frame.words}>{JSON.stringify(data)}</td>
                <td>{device === 'device' ? '' : device}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : problem === null ? (
        <p className={frame.dim}>{t('reading.none')}</p>
      ) : null}
      {refused.map((words, index) => (
        <p key={words} className={classes.wrong}>
          {t('refused')}: {reasonIn({ reason: words, why: refusedWhy[index] ?? null }, language)}
        </p>
      ))}
    </>
  );
}

function SaveCase({ type, story }: { type: string; story: Record<string, unknown> }) {
  const { t } = useTranslation('integrateInspect');
  const queries = useQueryClient();
  const own = useListedTypes().data?.items.find(({ id }) => id === type)?.own ?? false;
  const [name, setName] = useState('');
  const [source, setSource] = useState('');
  const [saved, setSaved] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (!own) return <p className={frame.dim}>{t('case.own')}</p>;

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    setSaved(null);
    try {
      await api.post(`/device-types/${type}/cases`, { name, frames: { ...story, source: source.trim() } });
      setSaved(name);
      await Promise.all(
        [['type-library'], ['type-source', type], ['type-check', type]].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      );
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={frame.stack} onSubmit={(event) => void save(event)}>
      <p className={frame.dim}>{t('case.explain', { type })}</p>
      <div className={frame.row}>
        <TextInput
          label={t('case.name')}
          description={t('case.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          autoComplete="off"
          required
        />
        <TextInput
          label={t('case.source')}
          description={t('case.sourceHint')}
          w={320}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
          autoComplete="off"
          required
        />
        <Button type="submit" loading={busy}>
          {t('case.save')}
        </Button>
      </div>
      {saved === null ? null : (
        <p role="status">
          ✓ {t('case.saved', { name: saved })}{' '}
          <Link to={`${paths.integrate('types', type)}?view=cases&case=${saved}`}>{t('case.open')}</Link>
        </p>
      )}
      <ProblemNote error={error} />
    </form>
  );
}
