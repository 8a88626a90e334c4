import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Label } from '../../../gateway/contract/names.ts';
import { api } from '../../app/api.ts';
import { paths } from '../../app/routes.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';

/** Asks under which id and name a type is copied, and opens the copy. */
export function CopyType(props: { id: string; label: Label | null; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [id, setId] = useState(`my-${props.id}`.slice(0, 63));
  const [zh, setZh] = useState(props.label?.zh ?? '');
  const [en, setEn] = useState(props.label?.en ?? '');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function copy(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const label = zh.trim() === '' || en.trim() === '' ? {} : { label: { zh: zh.trim(), en: en.trim() } };
      await api.post(`/device-types/${props.id}/copy`, { id: id.trim(), ...label });
      await queries.invalidateQueries({ queryKey: ['type-library'] });
      await queries.invalidateQueries({ queryKey: ['device-types'] });
      props.onClose();
      await navigate(paths.integrate('types', id.trim()));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('copy.title', { id: props.id })}>
      <form className={frame.stack} onSubmit={(event) => void copy(event)}>
        <p className={frame.dim}>{t('copy.explain')}</p>
        <TextInput
          label={t('copy.id')}
          description={t('copy.idHint')}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          autoComplete="off"
          data-autofocus
          required
        />
        <TextInput label={t('copy.zh')} value={zh} onChange={(event) => setZh(event.currentTarget.value)} />
        <TextInput label={t('copy.en')} value={en} onChange={(event) => setEn(event.currentTarget.value)} />
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {t('copy.do')}
        </Button>
      </form>
    </Dialog>
  );
}
