import { MultiSelect, Select, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceEdit } from '../../../gateway/contract/exchange.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLanguage } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import { settingValue } from './exchange-calls.ts';
import { useChoices } from './exchange-choices.ts';
import integrate from './integrate.module.css';

export type EditSet = DeviceEdit['set'];

/** In a choice: the field is taken away. */
const nothing = '-';

/** The set without a field, or with another value of it; undefined leaves the field as it is. */
function withField<Name extends keyof EditSet>(set: EditSet, name: Name, value: EditSet[Name]): EditSet {
  const { [name]: _, ...rest } = set;
  return value === undefined ? (rest as EditSet) : { ...rest, [name]: value };
}

/** What is set for all that are selected; what is left empty stays as it is. */
export function SetFields(props: {
  devices: ReadonlySet<string>;
  set: EditSet;
  onChange: (set: EditSet) => void;
}) {
  const { devices, set, onChange } = props;
  const { t } = useTranslation('integrateExchange');
  const choices = useChoices();
  const removal = { value: nothing, label: t('clear') };
  return (
    <div className={integrate.row}>
      <Select
        size="xs"
        w={230}
        label={t('setArea')}
        placeholder={t('keep')}
        data={choices.areas}
        value={set.area ?? null}
        onChange={(value) => onChange(withField(set, 'area', value ?? undefined))}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={230}
        label={t('setLink')}
        placeholder={t('keep')}
        data={[removal, ...choices.links]}
        value={set.link === null ? nothing : (set.link ?? null)}
        onChange={(value) =>
          onChange(withField(set, 'link', value === nothing ? null : (value ?? undefined)))
        }
        clearable
        searchable
      />
      <MultiSelect
        size="xs"
        w={260}
        label={t('setCameras')}
        placeholder={set.cameras === undefined ? t('keep') : undefined}
        data={[{ value: nothing, label: t('clearCameras') }, ...choices.cameras]}
        value={set.cameras === null ? [nothing] : (set.cameras ?? [])}
        onChange={(values) => {
          const last = values.at(-1);
          const cameras = last === nothing ? null : values.filter((value) => value !== nothing);
          onChange(withField(set, 'cameras', cameras?.length === 0 ? undefined : cameras));
        }}
        clearable
        searchable
      />
      <SettingField devices={devices} set={set} onChange={onChange} />
    </div>
  );
}

/** One setting that the selected devices have, and its value. */
function SettingField({ devices, set, onChange }: Parameters<typeof SetFields>[0]) {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const { types, kindOf } = useCatalogue();
  const all = useEntities('devices');
  const [text, setText] = useState('');
  const definitions = useMemo(() => {
    const chosen = new Set(all.filter(({ id }) => devices.has(id)).map(({ type }) => type ?? ''));
    return Object.assign(
      {},
      ...[...chosen].map((id) => ({ ...kindOf(id)?.settings, ...types.get(id)?.settings })),
    ) as Record<
      string,
      { label: { zh: string; en: string }; unit?: string; type: 'number' | 'text' | 'bool' }
    >;
  }, [all, devices, types, kindOf]);
  const [name] = Object.keys(set.settings ?? {});
  const definition = name === undefined ? undefined : definitions[name];
  const put = (setting: string | null | undefined, value: string) =>
    onChange(
      withField(
        set,
        'settings',
        setting === null || setting === undefined
          ? undefined
          : { [setting]: settingValue(value, definitions[setting]?.type) },
      ),
    );
  return (
    <>
      <Select
        size="xs"
        w={230}
        label={t('setSetting')}
        placeholder={t('keep')}
        data={Object.entries(definitions).map(([value, { label, unit }]) => ({
          value,
          label: `${label[language]}${unit === undefined ? '' : ` (${unit})`} · ${value}`,
        }))}
        value={name ?? null}
        onChange={(setting) => put(setting, text)}
        clearable
        searchable
      />
      <TextInput
        size="xs"
        w={170}
        label={t('setValue')}
        value={text}
        rightSection={definition?.unit}
        disabled={name === undefined}
        onChange={(event) => {
          setText(event.currentTarget.value);
          put(name, event.currentTarget.value);
        }}
      />
    </>
  );
}
