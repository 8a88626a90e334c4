import { Button, CopyButton, Group, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenView } from '../../../gateway/contract/account.ts';
import { useAct } from '../../app/act.tsx';
import { api, type Page } from '../../app/api.ts';
import { useSiteTime } from '../../app/time.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './settings.module.css';
import { roles } from './user-dialog.tsx';

/** Credentials of other systems. */
export function TokensPart() {
  const { t } = useTranslation(['settings', 'terms', 'app']);
  const time = useSiteTime();
  const queries = useQueryClient();
  const [act, busy] = useAct();
  const [leaving, setLeaving] = useState<TokenView | null>(null);
  const { data, error } = useQuery({
    queryKey: ['tokens'],
    queryFn: () => api.get<Page<TokenView>>('/tokens'),
  });
  const reload = () => queries.invalidateQueries({ queryKey: ['tokens'] });

  async function remove(token: TokenView): Promise<void> {
    if (await act(() => api.delete(`/tokens/${token.id}`))) await reload();
    setLeaving(null);
  }

  return (
    <Panel title={t('part.tokens')}>
      <div className={classes.stack}>
        <p className={classes.dim}>{t('tokens.explain')}</p>
        <TokenForm onMade={() => void reload()} />
        <ProblemNote error={error} />
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('tokens.name')}</th>
              <th>{t('tokens.role')}</th>
              <th>{t('tokens.created')}</th>
              <th>{t('actions')}</th>
            </tr>
          </thead>
          <tbody>
            {(data?.items ?? []).map((token) => (
              <tr key={token.id}>
                <td>{token.name}</td>
                <td>{t(`terms:role.${token.role}`)}</td>
                <td>
                  {time.moment(token.createdAt)} · {token.createdBy}
                </td>
                <td>
                  <Button size="compact-sm" variant="default" onClick={() => setLeaving(token)}>
                    {t('tokens.delete')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Dialog
        opened={leaving !== null}
        onClose={() => setLeaving(null)}
        title={leaving === null ? '' : t('tokens.deleteTitle', { name: leaving.name })}
      >
        <p>{t('tokens.deleteExplain')}</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setLeaving(null)}>
            {t('app:action.cancel')}
          </Button>
          <Button loading={busy} onClick={() => (leaving === null ? undefined : void remove(leaving))}>
            {t('tokens.delete')}
          </Button>
        </Group>
      </Dialog>
    </Panel>
  );
}

function TokenForm({ onMade }: { onMade: () => void }) {
  const { t } = useTranslation(['settings', 'terms']);
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('integrator');
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function make(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const made = await api.post<TokenView & { secret: string }>('/tokens', { name: name.trim(), role });
      setSecret(made.secret);
      setName('');
      onMade();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <form className={classes.row} onSubmit={(event) => void make(event)}>
        <TextInput
          label={t('tokens.name')}
          description={t('tokens.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          autoComplete="off"
          required
        />
        <Select
          label={t('tokens.role')}
          data={roles.map((each) => ({ value: each, label: t(`terms:role.${each}`) }))}
          value={role}
          onChange={(value) => setRole(value ?? 'integrator')}
          allowDeselect={false}
        />
        <Button type="submit" loading={busy}>
          {t('tokens.make')}
        </Button>
      </form>
      <ProblemNote error={error} />
      {secret === null ? null : (
        <div role="status">
          <p>{t('tokens.secret')}</p>
          <code className={classes.secret}>{secret}</code>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" mt={6} onClick={copy}>
                {t(copied ? 'tokens.copied' : 'tokens.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
    </>
  );
}
