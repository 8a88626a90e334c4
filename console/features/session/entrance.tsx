import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languages, useLanguage } from '../../app/language.ts';
import { useLanguageChoice } from '../../app/session.tsx';
import classes from './entrance.module.css';

/** The card in the middle of the pages before sign-in, with the choice of language that nobody should have to look for. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation('app');
  const language = useLanguage();
  const choose = useLanguageChoice();
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <header className={classes.head}>
          <span className={classes.product}>
            <img src="/icon.svg" alt="" width={28} height={28} /> {t('product')}
          </span>
          <SegmentedControl
            size="xs"
            aria-label={t('language.label')}
            data={languages.map((each) => ({ ...each }))}
            value={language}
            onChange={(value) => choose(value === 'en' ? 'en' : 'zh')}
          />
        </header>
        <h1 className={classes.title}>{title}</h1>
        {children}
      </div>
    </main>
  );
}
