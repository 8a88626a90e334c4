import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Area } from '../../../gateway/contract/site.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import { AreaField, NewAreaFields } from './add-area.tsx';
import type { AddForm, FilledForm } from './add-form.ts';

/** What a device is called and where it stands. */
export function PlaceFields(props: {
  form: FilledForm;
  /** The area that will be made with it. */
  area: Area | undefined;
  /** The key that is proposed. */
  id: string;
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, area, id, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const areas = useEntities('areas');
  return (
    <Panel title={`4 ${t('step.place')}`}>
      <div className={classes.stack}>
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
          <AreaField {...{ form, areas }} error={fields.get('area')} onChange={onChange} />
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
        {area ? <NewAreaFields {...{ area, areas, fields }} onChange={onChange} form={form} /> : null}
      </div>
    </Panel>
  );
}
