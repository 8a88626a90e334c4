import { Checkbox, Select } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import classes from './add.module.css';
import type { AddForm, Bound } from './add-form.ts';

/** What the points and commands of a composed device are bound to: others' points. */
export function BindFields(props: {
  kind: Kind;
  bind: AddForm['bind'];
  fields: ReadonlyMap<string, string>;
  onChange: (bind: AddForm['bind']) => void;
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
    <fieldset className={classes.group}>
      <legend>{t('bind')}</legend>
      {targets.map(([name, definition]) => {
        const now: Bound = bind[name] ?? { from: '', invert: false };
        const set = (part: Partial<Bound>) => onChange({ ...bind, [name]: { ...now, ...part } });
        return (
          <div key={name}>
            <Select
              size="xs"
              label={label(definition.label)}
              placeholder={t('bind.none')}
              data={offered}
              value={now.from || null}
              onChange={(from) => set({ from: from ?? '' })}
              error={fields.get(`bind.${name}`) ?? fields.get(`bind.${name}.from`)}
              searchable
              clearable
              limit={50}
            />
            {now.from === '' ? null : (
              <Checkbox
                mt={4}
                size="xs"
                label={t('bind.invert')}
                checked={now.invert}
                onChange={(event) => set({ invert: event.currentTarget.checked })}
              />
            )}
          </div>
        );
      })}
      {fields.has('bind') ? <p className={classes.error}>{fields.get('bind')}</p> : null}
    </fieldset>
  );
}
