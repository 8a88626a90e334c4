import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Link } from '../../../gateway/contract/site.ts';
import { ApiError, api } from '../../app/api.ts';
import { useEntities } from '../../app/live.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';
import { errorsByField } from './add-form.ts';
import { Secret } from './add-secret.tsx';
import { freeLinkId, type LinkForm, type LinkSort, linkBody, linkSorts, presetLine } from './new-link.ts';

/** The usual links in a few fields; what is rarer is written in the site file. */
export function NewLink({ type, onMade }: { type: DeviceType; onMade: (id: string) => void }) {
  const { t } = useTranslation('integrateAdd');
  const links = useEntities('links');
  const sorts = linkSorts(type.link);
  const [form, setForm] = useState<LinkForm>(() => ({
    sort: sorts[0] ?? 'serial',
    ...presetLine(type.link),
    path: '/dev/ttyUSB0',
    host: '',
    port: '',
    prefixes: '',
    id: '',
  }));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [secret, setSecret] = useState<{ link: string; secret: string } | null>(null);
  const fields = errorsByField(error instanceof ApiError ? error.errors : []);
  const change = (part: Partial<LinkForm>) => setForm((before) => ({ ...before, ...part }));
  const id = form.id.trim() || freeLinkId(form.sort, new Set(links.map((link) => link.id)));

  async function add(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const link = await api.post<Link>('/links', linkBody({ ...form, id }, type.link));
      if (link.kind === 'mqtt-bridge') {
        const made = await api.post<{ secret: string }>(`/links/${link.id}/secret`);
        setSecret({ link: link.id, secret: made.secret });
      } else onMade(link.id);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (secret)
    return (
      <div className={classes.stack}>
        <Secret explain={t('link.secretExplain')} user={secret.link} secret={secret.secret} />
        <div>
          <Button size="xs" onClick={() => onMade(secret.link)}>
            {t('link.done')}
          </Button>
        </div>
      </div>
    );
  const text = (name: 'path' | 'host' | 'port' | 'prefixes' | 'id', words: string, placeholder?: string) => (
    <TextInput
      size="xs"
      label={words}
      value={form[name]}
      placeholder={placeholder}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
      error={fields.get(name) ?? (name === 'prefixes' ? fields.get('prefixes.0') : undefined)}
      autoComplete="off"
      data-testid={`link-${name}`}
    />
  );
  const wired = form.sort === 'serial' || form.sort === 'server';
  return (
    // A form within the form would submit both.
    <fieldset className={classes.group}>
      <legend>{t('link.newTitle')}</legend>
      <div className={classes.fields}>
        <Select
          size="xs"
          className={classes.wide}
          label={t('link.kind')}
          data={sorts.map((sort) => ({ value: sort, label: t(`link.kind.${sort}`) }))}
          value={form.sort}
          onChange={(sort) => change({ sort: (sort ?? form.sort) as LinkSort })}
          allowDeselect={false}
        />
        {form.sort === 'serial' ? text('path', t('link.path')) : null}
        {form.sort === 'server' || form.sort === 'tcp' ? (
          <>
            {text('host', t('link.host'))}
            {text('port', t('link.port'), form.sort === 'tcp' ? '502' : '4196')}
          </>
        ) : null}
        {wired ? (
          <>
            <Select
              size="xs"
              label={t('link.baud')}
              data={['1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200']}
              value={form.baud}
              onChange={(baud) => change({ baud: baud ?? form.baud })}
              allowDeselect={false}
            />
            <Select
              size="xs"
              label={t('link.parity')}
              data={(['none', 'even', 'odd'] as const).map((parity) => ({
                value: parity,
                label: t(`link.parity.${parity}`),
              }))}
              value={form.parity}
              onChange={(parity) => change({ parity: (parity ?? form.parity) as LinkForm['parity'] })}
              allowDeselect={false}
            />
          </>
        ) : null}
        {form.sort === 'controllers' ? text('host', t('link.broadcast'), '255.255.255.255') : null}
        {form.sort === 'bridge' ? text('prefixes', t('link.prefixes')) : null}
        {text('id', t('link.id'), id)}
      </div>
      <ProblemNote error={error} />
      <div>
        <Button size="xs" loading={busy} onClick={() => void add()} data-testid="link-add">
          {t('link.add')}
        </Button>
      </div>
    </fieldset>
  );
}
