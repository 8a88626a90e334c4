import { Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import type { AddForm } from './add-form.ts';

/** What a device is called and where it stands. */
export function PlaceFields(props: {
  form: AddForm;
  /** The key that is proposed. */
  id: string;
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, id, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const areas = useEntities('areas');
  return (
    <Panel title={`4 ${t('step.place')}`}>
      <div className={classes.fields}>
        <TextInput
          size="xs"
          label={t('name')}
          value={form.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={fields.get('name')}
          maxLength={120}
          required
          autoComplete="off"
          data-testid="add-name"
        />
        <Select
          size="xs"
          label={t('area')}
          placeholder={t('link.choose')}
          description={areas.length === 0 ? t('area.none') : undefined}
          data={areas.map((area) => ({ value: area.id, label: area.name }))}
          value={form.area}
          onChange={(area) => onChange({ area })}
          error={fields.get('area')}
          searchable
          required
          allowDeselect={false}
        />
        <TextInput
          size="xs"
          label={t('id')}
          title={t('id.explain')}
          placeholder={id}
          value={form.id}
          onChange={(event) => onChange({ id: event.currentTarget.value })}
          error={fields.get('id')}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          autoComplete="off"
        />
      </div>
    </Panel>
  );
}
