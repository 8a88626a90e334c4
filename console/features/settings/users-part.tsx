import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserView } from '../../../gateway/contract/account.ts';
import { useAct } from '../../app/act.tsx';
import { api, type Page } from '../../app/api.ts';
import { useSession } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './settings.module.css';
import { UserDialog } from './user-dialog.tsx';

/** Who may sign in. */
export function UsersPart() {
  const { t } = useTranslation(['settings', 'terms']);
  const session = useSession();
  const time = useSiteTime();
  const queries = useQueryClient();
  const [act, busy] = useAct();
  const [dialog, setDialog] = useState<UserView | 'new' | null>(null);
  const { data, error } = useQuery({ queryKey: ['users'], queryFn: () => api.get<Page<UserView>>('/users') });
  const reload = () => queries.invalidateQueries({ queryKey: ['users'] });

  async function setDisabled(user: UserView, disabled: boolean): Promise<void> {
    if (await act(() => api.patch(`/users/${user.id}`, { disabled }))) await reload();
  }

  return (
    <Panel
      title={t('part.users')}
      aside={
        <Button size="compact-sm" onClick={() => setDialog('new')}>
          {t('users.new')}
        </Button>
      }
    >
      <ProblemNote error={error} />
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('users.id')}</th>
            <th>{t('users.name')}</th>
            <th>{t('users.role')}</th>
            <th>{t('users.state')}</th>
            <th>{t('users.created')}</th>
            <th>{t('actions')}</th>
          </tr>
        </thead>
        <tbody>
          {(data?.items ?? []).map((user) => (
            <tr key={user.id}>
              <td>{user.id}</td>
              <td>{user.name}</td>
              <td>{t(`terms:role.${user.role}`)}</td>
              <td>{t(user.disabled ? 'users.disabled' : 'users.active')}</td>
              <td className="gh-number">{time.moment(user.createdAt)}</td>
              <td className={classes.tight}>
                <Button.Group>
                  <Button size="compact-sm" variant="default" onClick={() => setDialog(user)}>
                    {t('users.edit')}
                  </Button>
                  {user.id === session.user ? null : (
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={busy}
                      onClick={() => void setDisabled(user, !user.disabled)}
                    >
                      {t(user.disabled ? 'users.enable' : 'users.disable')}
                    </Button>
                  )}
                </Button.Group>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <UserDialog
        user={dialog}
        onClose={() => setDialog(null)}
        onSaved={() => {
          setDialog(null);
          void reload();
        }}
      />
    </Panel>
  );
}
