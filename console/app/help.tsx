import { Kbd } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../components/dialog.tsx';
import classes from './help.module.css';
import { usePreference } from './preferences.ts';

const rows = [
  [['↑', '↓'], 'help.row'],
  [['Enter', 'Esc'], 'help.detail'],
  [['A'], 'help.acknowledge'],
  [['Shift + A'], 'help.acknowledgeVisible'],
  [['S'], 'help.silence'],
  [['H'], 'help.shelve'],
  [['M'], 'help.map'],
  [['V'], 'help.camera'],
  [['W'], 'help.ticket'],
  [['/'], 'help.filter'],
  [['Ctrl + K'], 'help.goto'],
  [['?'], 'help.help'],
] as const;

export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('app');
  const singleKeys = usePreference('singleKeys');
  return (
    <Dialog opened={opened} onClose={onClose} title={t('help.title')} size={520}>
      {singleKeys === 'off' ? <p>{t('help.off')}</p> : null}
      <dl className={classes.keys}>
        {rows.map(([keys, word]) => (
          <div key={word}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
