import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './bars.module.css';
import { live, useConnection } from './live.ts';
import { sound, useSoundState } from './ringer.ts';
import { useSession } from './session.tsx';
import { useNow, useSiteTime } from './time.ts';

function MutedIcon() {
  return (
    <svg className={classes.icon} viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M3 9v6h4l5 5V4L7 9z" fill="currentColor" />
      <path d="m15.5 9 6 6m0-6-6 6" stroke="currentColor" strokeWidth="2" fill="none" />
    </svg>
  );
}

/** A first picture normally comes at once; only when it does not is there something to say. */
const patienceMs = 1_500;

function LostDetail() {
  const { t } = useTranslation('app');
  const time = useSiteTime();
  useNow();
  return <span>{t('lost.detail', { ago: time.duration(performance.now() - live.heardAt()) })}</span>;
}

/** Across the whole screen when the live socket is lost: nothing below it may be taken for the present. */
export function LostBar() {
  const { t } = useTranslation('app');
  const { state } = useConnection();
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    if (state !== 'connecting') return;
    setPatient(true);
    const timer = setTimeout(() => setPatient(false), patienceMs);
    return () => clearTimeout(timer);
  }, [state]);
  if (state === 'live' || (state === 'connecting' && patient)) return null;
  return (
    <div className={`${classes.lost} gh-hatched`} role="alert" data-testid="lost-bar">
      <span className={classes.plate}>
        <strong>{t(state === 'lost' ? 'lost.title' : 'lost.never')}</strong>
        {state === 'lost' ? <LostDetail /> : null}
      </span>
    </div>
  );
}

/** Whether the page waits behind `SoundLock`. A station without sound gets it back with whoever answers alarms. */
export function useSoundLocked(): boolean {
  const { role } = useSession();
  const state = useSoundState();
  return state === 'locked' || (state === 'declined' && role === 'operator');
}

/**
 * Browsers start without sound: until one click the whole page waits behind this bar, with the alarms legible beneath. Only
 * someone who does not answer alarms may go on without.
 */
export function SoundLock() {
  const { t } = useTranslation('app');
  const { role } = useSession();
  if (!useSoundLocked()) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button below is the way by keyboard; this lets any click do.
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
    <div className={classes.cover} onClick={() => void sound.unlock()} data-testid="sound-lock">
      <div className={classes.soundBar} role="alertdialog" aria-modal="true" aria-labelledby="sound-title">
        <strong id="sound-title">
          <MutedIcon /> {t('sound.title')}
        </strong>
        <span>{t('sound.detail')}</span>
        <Button autoFocus size="sm" onClick={() => void sound.unlock()}>
          {t('sound.enable')}
        </Button>
        {role === 'operator' ? null : (
          <Button
            size="sm"
            variant="default"
            onClick={(event) => {
              event.stopPropagation();
              sound.decline();
            }}
          >
            {t('sound.decline')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Where a station has no sound: that it is so, and the way back. */
export function SoundOff() {
  const { t } = useTranslation('app');
  const state = useSoundState();
  if (state === 'unsupported') return <span className={classes.soundOff}>{t('sound.unsupported')}</span>;
  if (state !== 'declined') return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      className={classes.soundOff}
      onClick={() => void sound.unlock()}
      data-testid="sound-off"
    >
      {t('sound.off')} · {t('sound.enable')}
    </Button>
  );
}
