import { useTranslation } from 'react-i18next';
import { readTag, spellTag } from '../../gateway/contract/tag.ts';
import classes from './tag-reading.module.css';

/** How a tag or card number was understood, in all its spellings, or what is wrong with it. */
export function TagReading({ text }: { text: string }) {
  const { t } = useTranslation('parts');
  if (text.trim() === '') return null;
  const read = readTag(text);
  if (read.kind === 'ibutton-fault')
    return (
      <span className={classes.wrong} role="alert" data-testid="tag-reading">
        <span aria-hidden="true">⚠ </span>
        {read.fault === null ? t('tag.zero') : t('tag.fault', { ...read.fault })}
      </span>
    );
  const spelt = read.kind === 'number' ? spellTag(read.tag) : null;
  const isPrinted = read.kind === 'number' && read.decimal && /^\d{10}$/.test(text.trim());
  return (
    <span className={classes.reading} data-testid="tag-reading">
      {read.kind === 'ibutton'
        ? t('tag.ibutton', { ...read.ibutton })
        : read.kind === 'words'
          ? t('tag.words', { tag: read.tag })
          : spelt === null
            ? t('tag.uid', { tag: read.tag })
            : t('tag.number', {
                tag: read.tag,
                printed: spelt.printed,
                facility: spelt.facility,
                card: spelt.card,
              })}
      {isPrinted ? ` ${t('tag.printed')}` : null}
    </span>
  );
}
