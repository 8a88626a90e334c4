import { Button, Group, PasswordInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserView } from '../../../gateway/contract/account.ts';
import type { Role } from '../../../gateway/contract/permissions.ts';
import { api } from '../../app/api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './settings.module.css';

/** contract/permissions.ts `roleSchema`, in the order in which people are likely to be looked for. */
export const roles: readonly Role[] = [
  'operator',
  'engineer',
  'supervisor',
  'guard',
  'integrator',
  'administrator',
  'auditor',
];

export function UserDialog(props: {
  user: UserView | 'new' | null;
  onClose: () => void;
  onSaved: () => void;
}) {
  const { user, onClose, onSaved } = props;
  const { t } = useTranslation('settings');
  return (
    <Dialog
      opened={user !== null}
      onClose={onClose}
      title={user === null ? '' : user === 'new' ? t('users.new') : t('users.editTitle', { id: user.id })}
      size={480}
    >
      {user === 'new' ? <NewUserForm onSaved={onSaved} onClose={onClose} /> : null}
      {user === null || user === 'new' ? null : (
        <ChangeUserForm user={user} onSaved={onSaved} onClose={onClose} />
      )}
    </Dialog>
  );
}

function useRoleOptions() {
  const { t } = useTranslation('terms');
  return roles.map((role) => ({ value: role, label: t(`role.${role}`) }));
}

function useSaving(onSaved: () => void) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function save(event: FormEvent, work: () => Promise<unknown>): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await work();
      onSaved();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }
  return { busy, error, save };
}

function Buttons({ busy, label, onClose }: { busy: boolean; label: string; onClose: () => void }) {
  const { t } = useTranslation('app');
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        {t('action.cancel')}
      </Button>
      <Button type="submit" loading={busy}>
        {label}
      </Button>
    </Group>
  );
}

function NewUserForm({ onSaved, onClose }: { onSaved: () => void; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('operator');
  const [password, setPassword] = useState('');
  const { busy, error, save } = useSaving(onSaved);
  const roleOptions = useRoleOptions();
  return (
    <form
      className={classes.stack}
      onSubmit={(event) =>
        void save(event, () => api.post('/users', { id: id.trim(), name: name.trim(), role, password }))
      }
    >
      <TextInput
        label={t('users.id')}
        description={t('users.idHint')}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
        pattern="[a-z0-9][a-z0-9\-]{0,62}"
        autoCapitalize="none"
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        label={t('users.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        required
      />
      <Select
        label={t('users.role')}
        data={roleOptions}
        value={role}
        onChange={(value) => setRole(value ?? 'operator')}
        allowDeselect={false}
      />
      <PasswordInput
        label={t('users.password')}
        description={t('users.passwordHint')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
        required
      />
      <ProblemNote error={error} />
      <Buttons busy={busy} label={t('users.create')} onClose={onClose} />
    </form>
  );
}

/** A change of role is signed by a second person, or carries the reason why there was none (gateway/auth/second-person.ts). */
function ChangeUserForm(props: { user: UserView; onSaved: () => void; onClose: () => void }) {
  const { user, onSaved, onClose } = props;
  const { t } = useTranslation(['settings', 'app']);
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<string>(user.role);
  const [password, setPassword] = useState('');
  const [second, setSecond] = useState({ user: '', password: '' });
  const [reason, setReason] = useState('');
  const { busy, error, save } = useSaving(onSaved);
  const roleOptions = useRoleOptions();
  const roleChanges = role !== user.role;

  function change() {
    return {
      ...(name.trim() === user.name ? {} : { name: name.trim() }),
      ...(password === '' ? {} : { password }),
      ...(roleChanges
        ? {
            role,
            ...(second.user.trim() === '' ? {} : { second: { ...second, user: second.user.trim() } }),
            ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          }
        : {}),
    };
  }

  return (
    <form
      className={classes.stack}
      onSubmit={(event) => void save(event, () => api.patch(`/users/${user.id}`, change()))}
    >
      <TextInput
        label={t('users.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <Select
        label={t('users.role')}
        data={roleOptions}
        value={role}
        onChange={(value) => setRole(value ?? user.role)}
        allowDeselect={false}
      />
      <PasswordInput
        label={t('users.resetPassword')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
      />
      {roleChanges ? (
        <>
          <p className={classes.dim}>{t('users.second')}</p>
          <TextInput
            label={t('users.secondUser')}
            value={second.user}
            onChange={(event) => setSecond({ ...second, user: event.currentTarget.value })}
            autoCapitalize="none"
            autoComplete="off"
          />
          <PasswordInput
            label={t('users.secondPassword')}
            value={second.password}
            onChange={(event) => setSecond({ ...second, password: event.currentTarget.value })}
            autoComplete="off"
          />
          <TextInput
            label={t('users.reason')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </>
      ) : null}
      <ProblemNote error={error} />
      <Buttons busy={busy} label={t('app:action.save')} onClose={onClose} />
    </form>
  );
}
