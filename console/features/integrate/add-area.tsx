import { type ComboboxItem, type OptionsFilter, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Area } from '../../../gateway/contract/site.ts';
import classes from './add.module.css';
import type { AddForm } from './add-form.ts';
import { areaKinds } from './new-area.ts';

/** Before the name of an area that the site does not have. */
const fresh = '+';

/** The area of a device; a name that no area has can be taken for a new one. */
export function AreaField(props: {
  form: AddForm;
  areas: readonly Area[];
  error: string | undefined;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, areas, error, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const [search, setSearch] = useState('');
  const names = new Set(areas.map(({ name }) => name));
  const typed = search.trim();
  const made = form.newArea?.name;
  const more = new Set([made, names.has(typed) ? undefined : typed].filter(Boolean));
  const filter: OptionsFilter = ({ options, search: wanted }) =>
    (options as ComboboxItem[]).filter(
      ({ value, label }) =>
        value.startsWith(fresh) || label.toLowerCase().includes(wanted.trim().toLowerCase()),
    );
  return (
    <Select
      size="xs"
      label={t('area')}
      placeholder={t('area.search')}
      description={areas.length === 0 ? t('area.none') : undefined}
      data={[
        ...areas.map((area) => ({ value: area.id, label: area.name })),
        ...[...more].map((name) => ({ value: `${fresh}${name}`, label: String(name) })),
      ]}
      filter={filter}
      renderOption={({ option }) =>
        option.value.startsWith(fresh) ? t('area.new', { name: option.label }) : option.label
      }
      value={made === undefined ? form.area : `${fresh}${made}`}
      onChange={(chosen) =>
        onChange(
          chosen?.startsWith(fresh)
            ? { newArea: { name: chosen.slice(fresh.length), kind: null, parent: null } }
            : { area: chosen, newArea: null },
        )
      }
      onSearchChange={setSearch}
      error={error}
      searchable
      required
      allowDeselect={false}
      selectFirstOptionOnChange
      data-testid="add-area"
    />
  );
}

/** What an area is that is made with the device, and in what it lies. */
export function NewAreaFields(props: {
  form: AddForm;
  /** As it will be made. */
  area: Area;
  areas: readonly Area[];
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, area, areas, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const set = (part: Partial<NonNullable<AddForm['newArea']>>) =>
    form.newArea && onChange({ newArea: { ...form.newArea, ...part } });
  const errors = [...fields].filter(([field]) => /^area\.(?!kind|parent)/.test(field));
  return (
    <fieldset className={classes.group} data-testid="new-area">
      <legend>{t('area.made', { id: area.id })}</legend>
      <div className={classes.fields}>
        <Select
          size="xs"
          label={t('area.kind')}
          data={areaKinds.map((kind) => ({ value: kind, label: t(`area.kind.${kind}`) }))}
          value={area.kind}
          onChange={(kind) => set({ kind: areaKinds.find((one) => one === kind) ?? null })}
          error={fields.get('area.kind')}
          allowDeselect={false}
        />
        <Select
          size="xs"
          label={t('area.parent')}
          data={[
            { value: '', label: t('area.top') },
            ...areas.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={area.parent ?? ''}
          onChange={(parent) => set({ parent: parent ?? '' })}
          error={fields.get('area.parent')}
          searchable
          allowDeselect={false}
        />
      </div>
      {errors.map(([field, words]) => (
        <p key={field} className={classes.error} role="alert">
          {words}
        </p>
      ))}
    </fieldset>
  );
}
