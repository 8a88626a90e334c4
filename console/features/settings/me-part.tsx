import { Button, PasswordInput, SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../app/api.ts';
import { languages, useLanguage } from '../../app/language.ts';
import { usePreference, writePreference } from '../../app/preferences.ts';
import { sound, useSoundState } from '../../app/ringer.ts';
import { useLanguageChoice, useSession } from '../../app/session.tsx';
import { useSiteTime } from '../../app/time.ts';
import { colorSchemes } from '../../app/user-menu.tsx';
import { Facts, Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './settings.module.css';

/** What is one's own: language, look, keys, sound, password. */
export function MePart() {
  const { t } = useTranslation(['settings', 'app', 'terms']);
  const session = useSession();
  const time = useSiteTime();
  const language = useLanguage();
  const chooseLanguage = useLanguageChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const singleKeys = usePreference('singleKeys');
  const soundState = useSoundState();
  return (
    <div className={classes.columns}>
      <Panel title={t('part.me')}>
        <div className={classes.stack}>
          <Facts
            rows={[
              [t('me.account'), `${session.name} (${session.user}) · ${t(`terms:role.${session.role}`)}`],
              [t('me.expires'), session.expiresAt === null ? null : time.moment(session.expiresAt)],
            ]}
          />
          <div>
            <div>{t('me.language')}</div>
            <SegmentedControl
              aria-label={t('me.language')}
              data={languages.map((each) => ({ ...each }))}
              value={language}
              onChange={(value) => chooseLanguage(value === 'en' ? 'en' : 'zh')}
            />
          </div>
          <div>
            <div>{t('me.theme')}</div>
            <SegmentedControl
              aria-label={t('me.theme')}
              data={colorSchemes.map((value) => ({ value, label: t(`app:theme.${value}`) }))}
              value={colorScheme}
              onChange={(value) => setColorScheme(value as (typeof colorSchemes)[number])}
            />
          </div>
          <Switch
            label={t('me.keys')}
            description={t('me.keysDetail')}
            checked={singleKeys !== 'off'}
            onChange={(event) => writePreference('singleKeys', event.currentTarget.checked ? 'on' : 'off')}
          />
          <div>
            <div>
              {t('me.sound')}: {t(soundState === 'running' ? 'app:sound.on' : 'app:sound.off')}
            </div>
            <Button
              variant="default"
              size="compact-md"
              onClick={() => (soundState === 'running' ? sound.playTest() : void sound.unlock())}
            >
              {t('me.soundTest')}
            </Button>
          </div>
        </div>
      </Panel>
      <Panel title={t('me.password')}>
        <PasswordForm />
      </Panel>
    </div>
  );
}

function PasswordForm() {
  const { t } = useTranslation('settings');
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const differs = again !== '' && password !== again;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (password !== again) return;
    setBusy(true);
    setDone(false);
    setError(null);
    try {
      await api.post('/session/password', { current, password });
      setCurrent('');
      setPassword('');
      setAgain('');
      setDone(true);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={classes.stack} onSubmit={(event) => void submit(event)}>
      <PasswordInput
        label={t('me.current')}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        autoComplete="current-password"
        required
      />
      <PasswordInput
        label={t('me.new')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
        required
      />
      <PasswordInput
        label={t('me.again')}
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        autoComplete="new-password"
        error={differs ? t('me.mismatch') : undefined}
        required
      />
      <ProblemNote error={error} />
      {done ? <p role="status">✓ {t('me.changed')}</p> : null}
      <div>
        <Button
          type="submit"
          loading={busy}
          disabled={current === '' || password === '' || password !== again}
        >
          {t('me.change')}
        </Button>
      </div>
    </form>
  );
}
