import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import frame from './integrate.module.css';
import classes from './types.module.css';

/** Somebody else has changed meanwhile what is being edited: theirs, or one's own on top of it. */
export function Stale(props: { what: ReactNode; onTheirs: () => void; onMine: () => void }) {
  const { t } = useTranslation('integrateTypes');
  return (
    <div role="alert" className={classes.note}>
      <p>⚠ {props.what}</p>
      <div className={frame.row}>
        <Button size="compact-sm" variant="default" onClick={props.onTheirs}>
          {t('conflict.theirs')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={props.onMine}>
          {t('conflict.mine')}
        </Button>
      </div>
    </div>
  );
}
