import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from './problem-note.tsx';
import classes from './two-step.module.css';

/**
 * A button that asks back before it acts: choose, then confirm, in the same place and without a dialog. A refusal of the gateway
 * stands beside it until the next try.
 */
export function TwoStep(props: {
  label: string;
  /** What will happen, and to what. */
  question: string;
  /** What it wants to know besides: why, or who it really is. */
  ask?: 'reason' | 'optionalReason' | 'password';
  /** Stands before the button, and Enter in it presses that: what is to be set, and to what. */
  fields?: ReactNode;
  /** Acts at once: nothing is at stake. */
  unguarded?: boolean;
  disabled?: boolean;
  onConfirm: (answer: string | undefined) => Promise<unknown>;
  'data-testid'?: string;
}) {
  const { label, question, ask, fields, unguarded = false, disabled = false, onConfirm } = props;
  const { t } = useTranslation(['parts', 'app']);
  const [asking, setAsking] = useState(false);
  const [answer, setAnswer] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const first = useRef<HTMLButtonElement>(null);

  function close(): void {
    setAsking(false);
    setAnswer('');
    setError(null);
    // The button is drawn again only with the next frame.
    requestAnimationFrame(() => first.current?.focus());
  }

  async function run(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const text = ask === 'password' ? answer : answer.trim();
      await onConfirm(text === '' ? undefined : text);
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  const press = () => (unguarded ? void run() : setAsking(true));
  if (!asking) {
    const button = (
      <Button
        ref={first}
        size="compact-sm"
        variant="default"
        loading={busy}
        disabled={disabled}
        {...(fields === undefined ? { onClick: press } : { type: 'submit' })}
        data-testid={props['data-testid']}
      >
        {label}
      </Button>
    );
    if (fields === undefined)
      return (
        <div className={classes.closed}>
          {button}
          <ProblemNote error={error} />
        </div>
      );
    return (
      <form
        className={classes.closed}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          press();
        }}
      >
        <div className={classes.fields}>
          {fields}
          {button}
        </div>
        <ProblemNote error={error} />
      </form>
    );
  }

  return (
    <form
      className={classes.asking}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void run();
      }}
      onKeyDown={(event) => {
        if (event.code !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        close();
      }}
    >
      <strong>{question}</strong>
      {ask === 'password' ? (
        <PasswordInput
          size="xs"
          label={t('confirm.password')}
          value={answer}
          onChange={(event) => setAnswer(event.currentTarget.value)}
          autoComplete="current-password"
          required
          autoFocus
        />
      ) : null}
      {ask === 'reason' || ask === 'optionalReason' ? (
        <TextInput
          size="xs"
          label={t(ask === 'reason' ? 'confirm.reason' : 'confirm.reasonOptional')}
          value={answer}
          onChange={(event) => setAnswer(event.currentTarget.value)}
          maxLength={500}
          required={ask === 'reason'}
          autoFocus
        />
      ) : null}
      <div className={classes.buttons}>
        <Button
          type="submit"
          size="compact-sm"
          loading={busy}
          disabled={ask !== undefined && ask !== 'optionalReason' && answer.trim() === ''}
          autoFocus={ask === undefined}
        >
          {label}
        </Button>
        <Button size="compact-sm" variant="default" onClick={close}>
          {t('app:action.cancel')}
        </Button>
      </div>
      <ProblemNote error={error} />
    </form>
  );
}
