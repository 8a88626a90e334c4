import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { api } from '../../app/api.ts';
import { useLanguage } from '../../app/language.ts';
import { sound } from '../../app/ringer.ts';
import { useSessionActions } from '../../app/session.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './entrance.module.css';
import { Entrance } from './entrance.tsx';

/** contract/account.ts `passwordLength.shortest`; the gateway checks it, and more. */
const shortestPassword = 12;

/** The first administrator, by the one-use link; without the link it says where to find it. */
export function SetupPage() {
  const { t } = useTranslation('session');
  const [query] = useSearchParams();
  const token = query.get('token');
  return (
    <Entrance title={t('setup.title')}>
      {token === null ? <p className={classes.hint}>{t('setup.noToken')}</p> : <SetupForm token={token} />}
    </Entrance>
  );
}

function SetupForm({ token }: { token: string }) {
  const { t } = useTranslation('session');
  const { refresh } = useSessionActions();
  const navigate = useNavigate();
  const language = useLanguage();
  const [user, setUser] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const short = [...password].length < shortestPassword;
  const differs = password !== again;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (short || differs) return;
    setBusy(true);
    setError(null);
    const unlocked = sound.unlock();
    try {
      await api.post('/setup', {
        token,
        user: user.trim(),
        name: name.trim() || undefined,
        password,
        language,
      });
      await unlocked;
      await refresh();
      await navigate('/', { replace: true });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <p className={classes.hint}>{t('setup.intro')}</p>
      <TextInput
        label={t('setup.user')}
        description={t('setup.userHint')}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
        autoComplete="username"
        autoCapitalize="none"
        pattern="[a-z0-9][a-z0-9\-]{0,62}"
        autoFocus
        required
      />
      <TextInput
        label={t('setup.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="name"
      />
      <PasswordInput
        label={t('setup.password')}
        description={t('setup.passwordHint')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
        error={tried && short ? t('setup.short') : undefined}
        required
      />
      <PasswordInput
        label={t('setup.again')}
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        autoComplete="new-password"
        error={tried && !short && differs ? t('setup.mismatch') : undefined}
        required
      />
      <ProblemNote error={error} />
      <Button type="submit" loading={busy}>
        {t('setup.submit')}
      </Button>
    </form>
  );
}
