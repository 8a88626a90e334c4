import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import classes from './add.module.css';

/** What the points and commands of a composed device are bound to: others' points. */
export function BindFields(props: {
  kind: Kind;
  bind: Readonly<Record<string, string>>;
  fields: ReadonlyMap<string, string>;
  onChange: (bind: Readonly<Record<string, string>>) => void;
}) {
  const { kind, bind, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const label = useLabel();
  const devices = useEntities('devices');
  const { types, kindOf } = useCatalogue();
  const offered = useMemo(
    () =>
      devices.flatMap(({ id, name, type }) => {
        const own = types.get(type);
        if (!own || own.link === 'composed') return [];
        const points = Object.entries(kindOf(type)?.points ?? {}).filter(
          ([point]) => Object.keys(own.points).length === 0 || point in own.points,
        );
        return points.map(([point, definition]) => ({
          value: `${id}.${point}`,
          label: `${name} · ${label(definition.label)} (${id}.${point})`,
        }));
      }),
    [devices, types, kindOf, label],
  );
  const targets = [
    ...Object.entries(kind.points),
    ...Object.entries(kind.commands).filter(([, { internal }]) => !internal),
  ];
  return (
    <fieldset className={classes.stack}>
      <legend>{t('bind')}</legend>
      {targets.map(([name, definition]) => (
        <Select
          key={name}
          size="xs"
          label={label(definition.label)}
          placeholder={t('bind.none')}
          data={offered}
          value={bind[name] ?? null}
          onChange={(from) => onChange({ ...bind, [name]: from ?? '' })}
          error={fields.get(`bind.${name}`) ?? fields.get(`bind.${name}.from`)}
          searchable
          clearable
          limit={50}
        />
      ))}
      {fields.has('bind') ? <p className={classes.error}>{fields.get('bind')}</p> : null}
    </fieldset>
  );
}
