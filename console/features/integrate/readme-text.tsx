import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../app/api.ts';
import tables from '../../components/data-table.module.css';
import { type NoteBlock, runsOf } from './add-readme.ts';
import frame from './integrate.module.css';
import { Printed } from './printed.tsx';
import classes from './readme.module.css';

/** GET /device-types/{id}/readme. */
export interface Readme {
  text: string | null;
  /** Null: it is the site's own, in whatever it was written. */
  language: 'zh' | 'en' | null;
}

/** The README of a type, in the language of the console where there is one. */
export function useReadme(id: string): Readme | undefined {
  const { i18n } = useTranslation();
  const language = i18n.language === 'en' ? 'en' : 'zh';
  const { data } = useQuery({
    queryKey: ['type-readme', id, language],
    queryFn: () => api.get<Readme>(`/device-types/${id}/readme?language=${language}`),
    staleTime: 300_000,
  });
  return data;
}

/** Says that a README is in English to whoever reads the console in Chinese. */
export function ReadmeLanguage({ readme }: { readme: Readme | undefined }) {
  const { t, i18n } = useTranslation('integrateTypes');
  return readme?.language === 'en' && i18n.language !== 'en' ? (
    <p className={frame.dim}>{t('readme.english')}</p>
  ) : null;
}

const tagOf = { zh: 'zh-CN', en: 'en' } as const;

/** Parts of a README, drawn. Nothing in it becomes markup of its own. */
export function ReadmeText(props: { blocks: readonly NoteBlock[]; language: Readme['language'] }) {
  const { blocks, language } = props;
  return (
    <div className={classes.readme} {...(language === null ? {} : { lang: tagOf[language] })}>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text that does not change
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { block: NoteBlock }) {
  switch (block.kind) {
    case 'heading':
      return (
        <h3>
          <Runs text={block.text} />
        </h3>
      );
    case 'code':
      return <Printed text={block.text} />;
    case 'text':
      return (
        <p>
          <Runs text={block.text} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {block.items.map((text) => (
            <li key={text}>
              <Runs text={text} />
            </li>
          ))}
        </ul>
      );
    case 'table':
      return (
        <table className={tables.table}>
          {block.head.some((cell) => cell !== '') ? (
            <thead>
              <tr>
                {block.head.map((cell, column) =>
                  // A column that needs no name has none; an empty header would be read out as one.
                  cell === '' ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
                    <td key={column} />
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
                    <th key={column}>
                      <Runs text={cell} />
                    </th>
                  ),
                )}
              </tr>
            </thead>
          ) : null}
          <tbody>
            {block.rows.map((cells, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its number
              <tr key={row}>
                {cells.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
                  <td key={column}>
                    <Runs text={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}

function Runs({ text }: { text: string }) {
  return runsOf(text).map((run, index) => {
    const key = `${index} ${run.kind}`;
    if (run.kind === 'code') return <code key={key}>{run.text}</code>;
    if (run.kind === 'strong') return <strong key={key}>{run.text}</strong>;
    return run.kind === 'em' ? <em key={key}>{run.text}</em> : run.text;
  });
}
