import { useTranslation } from 'react-i18next';
import classes from './add.module.css';
import { CopyButton } from './copy-button.tsx';

/** A password that is shown this once. */
export function Secret({ explain, user, secret }: { explain: string; user: string; secret: string }) {
  const { t } = useTranslation('integrateAdd');
  return (
    <div className={classes.stack} role="status">
      <p className={classes.dim}>{explain}</p>
      <dl className={classes.setup}>
        <dt>{t('secret.user')}</dt>
        <dd>
          <code>{user}</code>
        </dd>
        <dt>{t('secret.password')}</dt>
        <dd>
          <code data-testid="secret">{secret}</code>{' '}
          <CopyButton text={secret} label={t('copy')} copied={t('copied')} />
        </dd>
      </dl>
    </div>
  );
}
