import { type ComboboxItem, type OptionsFilter, Select } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { Facts, Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import { hasWords } from './add-form.ts';
import { typeNotes } from './add-readme.ts';
import { ReadmeLanguage, ReadmeText, useReadme } from './readme-text.tsx';

/** The type by whatever one knows of it: maker, model, kind, protocol, in either language. */
export function TypeChoice(props: {
  value: string | null;
  onChange: (type: string | null) => void;
  error?: string | undefined;
}) {
  const { t } = useTranslation('integrateAdd');
  const label = useLabel();
  const { types, kindOf } = useCatalogue();
  const { data, texts } = useMemo(() => {
    const all = [...types.values()].sort((a, b) => label(a.label).localeCompare(label(b.label)));
    const texts = new Map(
      all.map((type) => {
        const kind = kindOf(type.id);
        const words = [type.id, type.label.zh, type.label.en, type.maker, type.model, type.link];
        return [type.id, [...words, kind?.label.zh, kind?.label.en, t(`speaks.${type.link}`)].join(' ')];
      }),
    );
    const twins = new Set(
      all.map((type) => label(type.label)).filter((words, index, those) => those.indexOf(words) !== index),
    );
    const named = (words: string, id: string) => (twins.has(words) ? `${words} · ${id}` : words);
    return {
      data: all.map((type) => ({ value: type.id, label: named(label(type.label), type.id) })),
      texts,
    };
  }, [types, kindOf, label, t]);
  const filter: OptionsFilter = ({ options, search }) =>
    (options as ComboboxItem[]).filter(({ value }) => hasWords(texts.get(value) ?? '', search.trim()));
  return (
    <Select
      aria-label={t('step.type')}
      placeholder={t('type.search')}
      nothingFoundMessage={t('type.none')}
      data={data}
      filter={filter}
      value={props.value}
      onChange={props.onChange}
      error={props.error}
      searchable
      selectFirstOptionOnChange
      limit={60}
      maxDropdownHeight={360}
      autoFocus={props.value === null}
      data-testid="add-type"
    />
  );
}

/** What a type is, what to set in the device, and what it cannot do. */
export function TypeNotesPanel({ type, kind }: { type: DeviceType; kind: Kind }) {
  const { t } = useTranslation('integrateAdd');
  const label = useLabel();
  const readme = useReadme(type.id);
  const notes = useMemo(() => typeNotes(readme?.text ?? ''), [readme]);
  const language = readme?.language ?? null;
  const pointNames = Object.keys(type.points).flatMap((name) => kind.points[name]?.label ?? []);
  const commandNames = Object.keys(type.commands).flatMap((name) => kind.commands[name]?.label ?? []);
  const maker = [type.maker === 'generic' ? '' : type.maker, type.model].filter(Boolean).join(' ');
  return (
    <Panel title={label(type.label)}>
      <div className={classes.stack} data-testid="type-notes">
        <Facts
          rows={[
            [t('type.kind'), label(kind.label)],
            [t('type.maker'), maker || null],
            [t('type.speaks'), t(`speaks.${type.link}`)],
            [t('type.points'), pointNames.map(label).join(' · ') || null],
            [t('type.commands'), commandNames.map(label).join(' · ') || null],
          ]}
        />
        <ReadmeLanguage readme={readme} />
        {notes.notes.length === 0 ? null : <strong>{t('type.notes')}</strong>}
        <ReadmeText blocks={notes.notes} language={language} />
        {notes.limits === null ? null : (
          <>
            <strong>{t('type.limits')}</strong>
            <ReadmeText blocks={[{ kind: 'text', text: notes.limits }]} language={language} />
          </>
        )}
      </div>
    </Panel>
  );
}
