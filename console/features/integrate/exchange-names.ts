import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { type PointField, pointHeads } from '../../../gateway/contract/point-heads.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import { useEntityMap } from '../../app/live.ts';
import type { integrateExchangeWords } from './exchange-words.ts';

type Word = keyof typeof integrateExchangeWords.zh;

/** What a field points at is called as people call it; a key that nothing has stays as it is. */
export function useNameOf(): (field: string, key: string) => string {
  const areas = useEntityMap('areas');
  const links = useEntityMap('links');
  const devices = useEntityMap('devices');
  const households = useEntityMap('households');
  const { types } = useCatalogue();
  const label = useLabel();
  return useCallback(
    (field, key) => {
      switch (field) {
        case 'area':
          return areas.get(key)?.name ?? key;
        case 'link':
          return links.get(key)?.name ?? key;
        case 'parent':
        case 'cameras':
        case 'meter.main':
          return devices.get(key)?.name ?? key;
        case 'household':
          return households.get(key)?.room ?? key;
        case 'type': {
          const type = types.get(key);
          return type === undefined ? key : label(type.label);
        }
        default:
          return key;
      }
    },
    [areas, links, devices, households, types, label],
  );
}

/** The value of a field, names for keys; null where there is none. */
export function useValueName(): (field: string, value: unknown) => string | null {
  const nameOf = useNameOf();
  return useCallback(
    (field, value) => {
      if (value === null || value === undefined) return null;
      if (Array.isArray(value)) return value.map((one) => nameOf(field, String(one))).join(', ');
      return typeof value === 'object' ? JSON.stringify(value) : nameOf(field, String(value));
    },
    [nameOf],
  );
}

/** What the rows of a spreadsheet are. */
export type RowsOf = 'devices' | 'points';

/** The head of a column, in the words of the spreadsheet. */
export function useColumnName(of: RowsOf = 'devices'): (field: string) => string {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  if (of === 'points')
    return (field) =>
      language === 'zh' && Object.hasOwn(pointHeads, field) ? pointHeads[field as PointField] : field;
  return (field) =>
    field.startsWith('settings.')
      ? t('field.setting', { name: field.slice('settings.'.length) })
      : t(`field.${field}` as Word, { defaultValue: field });
}

/** What a field of a device is called where there is no spreadsheet: a setting by the label that its type gives it. */
export function useFieldName(): (field: string, device: string) => string {
  const columnName = useColumnName();
  const devices = useEntityMap('devices');
  const { types, kindOf } = useCatalogue();
  const label = useLabel();
  return (field, device) => {
    const type = devices.get(device)?.type;
    const name = field.replace(/^settings\./, '');
    const setting = types.get(type ?? '')?.settings[name] ?? kindOf(type)?.settings[name];
    return setting === undefined || name === field ? columnName(field) : label(setting.label);
  };
}
