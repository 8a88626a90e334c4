import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Link } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { linkAddress } from '../../app/link-words.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import { BindFields } from './add-bind.tsx';
import type { AddForm, Needs } from './add-form.ts';
import { NewLink } from './add-link.tsx';
import { LinkScan } from './add-scan.tsx';

const own = '';
const fresh = '+';

/** What is asked on a line; null: the device speaks first. */
function askedSpeech(speech: DeviceType['link']): 'modbus' | 'dlt645' | 'cjt188' | null {
  return speech === 'modbus' || speech === 'dlt645' || speech === 'cjt188' ? speech : null;
}

/** Of whose types children are. */
const speaksForOthers: ReadonlySet<DeviceType['link']> = new Set(['native', 'uhppote', 'gbt26875', 'child']);

/** How a device is reached: its link, its parent, its address there, or what it is bound to. */
export function WayFields(props: {
  form: AddForm;
  type: DeviceType;
  kind: Kind;
  needs: Needs;
  fitting: readonly Link[];
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, type, kind, needs, fitting, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const devices = useEntities('devices');
  const { types } = useCatalogue();
  const [making, setMaking] = useState(false);
  if (needs.link === 'no' && needs.parent === 'no' && !needs.address && !needs.bind) return null;

  // Who may speak for a device: of the same way of speaking, or a controller, also one behind another.
  const parents = devices.filter((one) => {
    const speech = types.get(one.type)?.link;
    if (speech === undefined) return false;
    return needs.parent === 'must'
      ? speaksForOthers.has(speech)
      : speech === type.link || speech === 'sia-dc09';
  });
  const asked = askedSpeech(type.link);
  const addressLabel = asked
    ? t(`address.${asked}`)
    : type.link === 'mqtt'
      ? t('address.mqtt')
      : type.link === 'child'
        ? t('address.child')
        : type.link === 'osdp' || type.link === 'uhppote' || type.link === 'gbt26875'
          ? t(`address.${type.link}`)
          : t('address.account');
  return (
    <Panel title={`2 ${t('step.way')}`}>
      <div className={classes.stack}>
        <div className={classes.fields}>
          {needs.link === 'no' ? null : (
            <Select
              size="xs"
              className={classes.wide}
              label={t('link')}
              placeholder={t('link.choose')}
              description={needs.link === 'must' && fitting.length === 0 ? t('link.none') : undefined}
              data={[
                ...(needs.link === 'may' && type.link === 'native'
                  ? [{ value: own, label: t('link.own') }]
                  : []),
                ...fitting.map((link) => ({
                  value: link.id,
                  label: `${link.name ?? link.id} · ${linkAddress(link)}`,
                })),
                { value: fresh, label: t('link.new') },
              ]}
              value={making ? fresh : (form.link ?? (type.link === 'native' ? own : null))}
              onChange={(chosen) => {
                setMaking(chosen === fresh);
                if (chosen !== fresh) onChange({ link: chosen === own ? null : chosen });
              }}
              error={fields.get('link')}
              allowDeselect={needs.link === 'may'}
              data-testid="add-link"
            />
          )}
          {needs.parent === 'no' ? null : (
            <Select
              size="xs"
              label={t('parent')}
              placeholder={t('link.choose')}
              data={parents.map(({ id, name }) => ({ value: id, label: name }))}
              value={form.parent}
              onChange={(parent) => onChange({ parent })}
              error={fields.get('parent')}
              searchable
              clearable
            />
          )}
          {needs.address ? (
            <TextInput
              size="xs"
              label={addressLabel}
              value={form.address}
              onChange={(event) => onChange({ address: event.currentTarget.value })}
              error={fields.get('address')}
              inputMode={asked ? 'numeric' : 'text'}
              autoComplete="off"
              data-testid="add-address"
            />
          ) : null}
        </div>
        {making ? (
          <NewLink
            type={type}
            onMade={(link) => {
              setMaking(false);
              onChange({ link });
            }}
          />
        ) : null}
        {asked && form.link !== null && !making ? (
          <LinkScan
            key={`${form.link} ${type.link}`}
            link={form.link}
            protocol={asked}
            chosen={form.address}
            onChoose={(address) => onChange({ address })}
          />
        ) : null}
        {needs.bind ? (
          <BindFields kind={kind} bind={form.bind} fields={fields} onChange={(bind) => onChange({ bind })} />
        ) : null}
      </div>
    </Panel>
  );
}
