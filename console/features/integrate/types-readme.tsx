import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copiedFrom } from '../../../gateway/contract/copied-note.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { blocksOf } from './add-readme.ts';
import frame from './integrate.module.css';
import { ReadmeLanguage, ReadmeText, useReadme } from './readme-text.tsx';
import classes from './types.module.css';
import type { TypeSource } from './types-api.ts';
import { useDrafted } from './types-draft.ts';
import { useSaveFiles, useTypeFile } from './types-file.ts';
import { TypeHistory } from './types-history.tsx';
import { Stale } from './types-stale.tsx';
import { TypeText } from './types-text.tsx';

/** What a type says of itself: as it is shown, and of the site's own types as it is written, in both languages. */
export function TypeReadmes({ source }: { source: TypeSource }) {
  return source.own ? <OwnReadmes source={source} /> : <ShippedReadme id={source.id} />;
}

function ShippedReadme({ id }: { id: string }) {
  const { t } = useTranslation('integrateTypes');
  const readme = useReadme(id);
  if (readme === undefined) return null;
  if (readme.text === null) return <p className={frame.dim}>{t('readme.none')}</p>;
  return (
    <>
      <ReadmeLanguage readme={readme} />
      <ReadmeText blocks={blocksOf(readme.text)} language={readme.language} />
    </>
  );
}

export const readmePaths = ['README.zh.md', 'README.md'] as const;

function OwnReadmes({ source }: { source: TypeSource }) {
  const { t, i18n } = useTranslation('integrateTypes');
  const { id, readmes } = source;
  const drafted = useDrafted();
  const [path, setPath] = useState<string>(i18n.language === 'en' ? 'README.md' : 'README.zh.md');
  return (
    <>
      <p className={frame.dim}>{t('readme.explain')}</p>
      <div className={frame.row}>
        {readmePaths.map((each) => (
          <Button
            key={each}
            size="compact-xs"
            variant={each === path ? 'filled' : 'default'}
            aria-pressed={each === path}
            onClick={() => setPath(each)}
          >
            {each}
            {drafted(id, each) ? ` · ${t('draft.short')}` : ''}
            {readmes.includes(each) ? '' : ` · ${t('readme.missing')}`}
          </Button>
        ))}
      </div>
      <OneReadme key={path} id={id} path={path} />
    </>
  );
}

function OneReadme({ id, path }: { id: string; path: string }) {
  const { t } = useTranslation('integrateTypes');
  const file = useTypeFile(id, path);
  const save = useSaveFiles(id);
  const area = useRef<HTMLTextAreaElement>(null);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { kept, draft, text } = file;
  const from = copiedFrom(text);

  async function keep(): Promise<void> {
    if (draft === null) return;
    setBusy(true);
    setFailure(null);
    try {
      // An empty README is none.
      const change = { text: text.trim() === '' ? null : text, base: draft.base };
      await save({ [path]: change }, file.discard);
      setSaved(true);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      {from === undefined ? null : (
        <p className={classes.note} data-testid="readme-copied">
          ⚠ {t('readme.copied', { from })}
        </p>
      )}
      <TypeText
        label={t('readme.text', { file: path })}
        text={text}
        readOnly={kept === undefined}
        least={6}
        marked={new Map()}
        area={area}
        onText={(next) => {
          file.write(next);
          setSaved(false);
        }}
      />
      {file.stale ? (
        <Stale what={t('conflict.file', { file: path })} onTheirs={file.discard} onMine={file.rebase} />
      ) : null}
      <div className={frame.row}>
        <Button loading={busy} disabled={draft === null || file.stale} onClick={() => void keep()}>
          {t('save')}
        </Button>
        <Button variant="default" disabled={draft === null} onClick={file.discard}>
          {t('discard')}
        </Button>
        <span role="status">{saved ? `✓ ${t('readme.saved')}` : draft === null ? '' : t('draft')}</span>
      </div>
      <ProblemNote error={failure ?? file.error} />
      <ReadmeText blocks={blocksOf(text)} language={null} />
      <TypeHistory id={id} path={path} current={kept?.version ?? null} onRestore={file.write} />
    </>
  );
}
