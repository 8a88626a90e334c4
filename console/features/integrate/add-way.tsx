import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Link } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './add.module.css';
import { BindFields } from './add-bind.tsx';
import { type AddForm, canCover, type Needs } from './add-form.ts';
import { NewLinkFields } from './add-link.tsx';
import { LinkScan } from './add-scan.tsx';
import type { Where } from './add-where.ts';
import { WhereField } from './add-where-field.tsx';
import { linkBody, linkSorts } from './new-link.ts';

/** What a link can be scanned for; null: the device speaks first. */
function scannedSpeech(speech: DeviceType['link']): 'modbus' | 'dlt645' | 'cjt188' | 'uhppote' | null {
  return speech === 'modbus' || speech === 'dlt645' || speech === 'cjt188' || speech === 'uhppote'
    ? speech
    : null;
}

/** Of whose types children are. */
const speaksForOthers: ReadonlySet<DeviceType['link']> = new Set(['native', 'uhppote', 'gbt26875', 'child']);

/** Which words tell what may be typed. */
function unclearOf(type: DeviceType): 'line' | 'host' {
  return linkSorts(type.link).includes('serial') ? 'line' : 'host';
}

/** How a device is reached: its link, its parent, its address there, or what it is bound to. */
export function WayFields(props: {
  form: AddForm;
  type: DeviceType;
  kind: Kind;
  needs: Needs;
  fitting: readonly Link[];
  /** What stands in the field, and what it means. */
  typed: string;
  where: Where;
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<AddForm>) => void;
}) {
  const { form, type, kind, needs, fitting, typed, where, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const devices = useEntities('devices');
  const { types, kindOf } = useCatalogue();
  const [refused, setRefused] = useState<string | null>(null);
  if (needs.link === 'no' && needs.parent === 'no' && !needs.address && !needs.bind) return null;

  // Who may speak for a device: of the same way of speaking, or a controller, also one behind another. An isolator only stands before it.
  const parents = devices.filter((one) => {
    if (canCover(kind)) return canCover(kindOf(one.type));
    const speech = types.get(one.type)?.link;
    if (speech === undefined) return false;
    return needs.parent === 'must'
      ? speaksForOthers.has(speech)
      : speech === type.link || speech === 'sia-dc09';
  });
  const scanned = scannedSpeech(type.link);
  const newLink = where.is === 'new' ? linkBody(where.line, type.link) : undefined;
  const addressLabel = scanned
    ? t(`address.${scanned}`)
    : type.link === 'mqtt'
      ? t('address.mqtt')
      : type.link === 'child'
        ? t('address.child')
        : type.link === 'osdp' || type.link === 'gbt26875'
          ? t(`address.${type.link}`)
          : t('address.account');
  return (
    <Panel title={`2 ${t('step.way')}`}>
      <div className={classes.stack}>
        {needs.link === 'no' ? null : (
          <WhereField
            value={typed}
            type={type}
            fitting={fitting}
            error={
              fields.get('link') ??
              refused ??
              (where.is === 'unclear' ? t(`where.unclear.${unclearOf(type)}`) : undefined)
            }
            onChange={(text) => {
              // What was set of the line stays; what the address itself says does not.
              setRefused(null);
              const { sort: _sort, port: _port, ...line } = form.line;
              onChange({ where: text, link: null, line });
            }}
          />
        )}
        {where.is === 'new' ? (
          <NewLinkFields
            type={type}
            line={where.line}
            changed={form.line}
            fields={fields}
            onChange={(part) => {
              setRefused(null);
              onChange({ line: { ...form.line, ...part } });
            }}
          />
        ) : null}
        <div className={classes.fields}>
          {needs.parent === 'no' ? null : (
            <Select
              size="xs"
              label={t(canCover(kind) ? 'parent.isolator' : 'parent')}
              placeholder={t('choose')}
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
              inputMode={scanned ? 'numeric' : 'text'}
              autoComplete="off"
              data-testid="add-address"
            />
          ) : null}
        </div>
        {scanned && form.link !== null ? (
          <LinkScan
            key={`${scanned} ${newLink ? JSON.stringify(newLink) : form.link}`}
            link={form.link}
            newLink={newLink}
            protocol={scanned}
            chosen={form.address}
            onChoose={(address) => onChange({ address })}
            onRefused={setRefused}
          />
        ) : null}
        {needs.bind ? (
          <BindFields kind={kind} bind={form.bind} fields={fields} onChange={(bind) => onChange({ bind })} />
        ) : null}
      </div>
    </Panel>
  );
}
