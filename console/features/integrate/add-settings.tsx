import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import { useLabel } from '../../app/language.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import { type AddForm, settingsOf } from './add-form.ts';

/** The settings of a type with their presets; what is left as it is does not enter the site. */
export function SettingFields(props: {
  form: AddForm;
  type: DeviceType;
  kind: Kind;
  fields: ReadonlyMap<string, string>;
  onChange: (settings: AddForm['settings']) => void;
}) {
  const { form, type, kind, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const label = useLabel();
  const settings = settingsOf(type, kind);
  if (settings.length === 0) return null;
  const set = (name: string, value: string | boolean) => onChange({ ...form.settings, [name]: value });
  return (
    <Panel title={`3 ${t('step.settings')}`}>
      <div className={classes.fields}>
        {settings.map(([name, definition]) => {
          const { unit, default: preset, secret } = definition;
          const words = `${label(definition.label)}${unit === undefined ? '' : ` (${unit})`}`;
          const error = fields.get(`settings.${name}`);
          const typed = form.settings[name];
          if (definition.type === 'bool')
            return (
              <Checkbox
                key={name}
                label={words}
                checked={typeof typed === 'boolean' ? typed : preset === true}
                onChange={(event) => set(name, event.currentTarget.checked)}
                error={error}
              />
            );
          if (definition.values)
            return (
              <NativeSelect
                key={name}
                size="xs"
                label={words}
                data={Object.entries(definition.values).map(([value, of]) => ({ value, label: label(of) }))}
                value={typeof typed === 'string' ? typed : String(preset)}
                onChange={(event) => set(name, event.currentTarget.value)}
                error={error}
              />
            );
          return (
            <TextInput
              key={name}
              size="xs"
              label={words}
              value={typeof typed === 'string' ? typed : preset === undefined ? '' : String(preset)}
              onChange={(event) => set(name, event.currentTarget.value)}
              description={secret ? t('setting.secret') : undefined}
              inputMode={definition.type === 'number' ? 'decimal' : 'text'}
              error={error}
              autoComplete="off"
            />
          );
        })}
      </div>
    </Panel>
  );
}
