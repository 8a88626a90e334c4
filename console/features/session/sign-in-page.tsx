import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { sound } from '../../app/ringer.ts';
import { useSessionActions } from '../../app/session.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './entrance.module.css';
import { Entrance } from './entrance.tsx';

/** Name and password. The click that sends them also unlocks the loudspeaker, so that the shift starts with the test tone. */
export function SignInPage() {
  const { t } = useTranslation('session');
  const { signIn } = useSessionActions();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    // A station that shall have no sound does not get it by the way.
    const unlocked = sound.state() === 'locked' ? sound.unlock() : null;
    try {
      await signIn(user.trim(), password);
      await unlocked;
    } catch (failure) {
      setError(failure);
      setPassword('');
    } finally {
      setBusy(false);
    }
  }

  return (
    <Entrance title={t('signIn.title')}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TextInput
          label={t('signIn.user')}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          name="user"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          required
          withAsterisk={false}
        />
        <PasswordInput
          label={t('signIn.password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
        />
        <ProblemNote error={error} />
        <Button type="submit" loading={busy}>
          {t('signIn.submit')}
        </Button>
        <p className={classes.hint}>{t('signIn.tone')}</p>
      </form>
    </Entrance>
  );
}

/** `/sign-in?once=…`: the link that the demo prints. The secret leaves the address bar before anything else happens. */
export function OnceOrSignInPage() {
  const { t } = useTranslation('session');
  const { signInOnce, standing } = useSessionActions();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const [token] = useState(() => query.get('once'));
  const [failed, setFailed] = useState<unknown>(null);
  const spent = useRef(false);

  useEffect(() => {
    if (token === null || spent.current) return;
    spent.current = true;
    void navigate('/sign-in', { replace: true });
    signInOnce(token).then(() => navigate('/', { replace: true }), setFailed);
  }, [token, signInOnce, navigate]);

  useEffect(() => {
    if (token === null && standing.state === 'signed-in') void navigate('/', { replace: true });
  }, [token, standing, navigate]);

  if (token === null) return <SignInPage />;
  if (failed === null) {
    return (
      <Entrance title={t('signIn.title')}>
        <p className={classes.hint}>{t('once.working')}</p>
      </Entrance>
    );
  }
  return <OnceFailed error={failed} />;
}

function OnceFailed({ error }: { error: unknown }) {
  const { t } = useTranslation('session');
  const navigate = useNavigate();
  return (
    <Entrance title={t('signIn.title')}>
      <div className={classes.form}>
        <ProblemNote error={error} />
        <p className={classes.hint}>{t('once.failed')}</p>
        <Button onClick={() => void navigate('/', { replace: true })}>{t('signIn.submit')}</Button>
      </div>
    </Entrance>
  );
}
