import { Button } from '@mantine/core';
import { Component, type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './shell.module.css';

/** What throws inside it is replaced by `fallback`; the rest of the page goes on. `retry` draws it anew. */
export class Guard extends Component<{ children: ReactNode; fallback: (retry: () => void) => ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed
      ? this.props.fallback(() => this.setState({ failed: false }))
      : this.props.children;
  }
}

/** In the place of a screen that threw. */
export function Crashed({ retry }: { retry: () => void }) {
  const { t } = useTranslation('app');
  return (
    <div className={classes.notice} role="alert">
      <h1>{t('page.crashed')}</h1>
      <p>{t('page.crashedDetail')}</p>
      <Button onClick={retry}>{t('action.retry')}</Button>
    </div>
  );
}

const reloadMs = 5_000;

/** In the place of everything: nobody may sit before a blank page, so it is loaded anew by itself. */
export function Reloading() {
  const { t } = useTranslation('app');
  useEffect(() => {
    const timer = setTimeout(() => location.reload(), reloadMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.notice} role="alert">
      <h1>{t('page.reloading')}</h1>
      <Button onClick={() => location.reload()}>{t('action.retry')}</Button>
    </div>
  );
}
