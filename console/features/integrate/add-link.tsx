import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import classes from './add.module.css';
import { type LinkForm, linkBody, linkSorts, usualPorts } from './new-link.ts';

const bauds = ['1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200'];
const parities = ['none', 'even', 'odd'] as const;
const parityLetters = { none: 'N', even: 'E', odd: 'O' } as const;

/** The link that will be made with the device: what it is in one line, and its details for whoever wants another. */
export function NewLinkFields(props: {
  type: DeviceType;
  line: LinkForm;
  /** What of it was set otherwise than proposed. */
  changed: Partial<LinkForm>;
  fields: ReadonlyMap<string, string>;
  onChange: (part: Partial<LinkForm>) => void;
}) {
  const { type, line, changed, fields, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const [open, setOpen] = useState(false);
  const errors = [...fields].filter(([field]) => field.startsWith('link.'));
  const wired = line.sort === 'serial' || line.sort === 'server';
  const isHost = line.host !== '' && linkSorts(type.link).includes('tcp');
  const text = (name: 'port' | 'id', words: string, placeholder: string, value: string) => (
    <TextInput
      size="xs"
      label={words}
      value={value}
      placeholder={placeholder}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      error={fields.get(`link.${name}`)}
      autoComplete="off"
      data-testid={`link-${name}`}
    />
  );
  const shown = errors.some(([field]) => /\.(port|id|baudRate|parity)$/.test(field));
  const facts = [
    ...(isHost ? [] : [t(`link.kind.${line.sort}`)]),
    farEnd(line, type),
    ...(wired ? [`${line.baud} 8${parityLetters[line.parity]}1`] : []),
  ];
  return (
    <div className={classes.newLink} data-testid="new-link">
      {isHost ? (
        <SegmentedControl
          size="xs"
          aria-label={t('link.kind')}
          data={(['tcp', 'server'] as const).map((sort) => ({ value: sort, label: t(`link.kind.${sort}`) }))}
          value={line.sort}
          onChange={(sort) => onChange({ sort: sort === 'tcp' ? 'tcp' : 'server' })}
        />
      ) : null}
      <details
        open={open || shown}
        onToggle={(event) => setOpen(event.currentTarget.open)}
        className={classes.fold}
      >
        <summary>
          {t('link.made', { id: line.id })} <span className="gh-number">{facts.join(' · ')}</span>
        </summary>
        <div className={classes.fields}>
          {line.sort === 'server' || line.sort === 'tcp'
            ? text('port', t('link.port'), usualPorts[line.sort], line.port)
            : null}
          {wired ? (
            <>
              <Select
                size="xs"
                label={t('link.baud')}
                data={bauds.includes(line.baud) ? bauds : [line.baud, ...bauds]}
                value={line.baud}
                onChange={(baud) => onChange({ baud: baud ?? line.baud })}
                error={fields.get('link.baudRate')}
                allowDeselect={false}
              />
              <Select
                size="xs"
                label={t('link.parity')}
                data={parities.map((parity) => ({ value: parity, label: t(`link.parity.${parity}`) }))}
                value={line.parity}
                onChange={(parity) => onChange({ parity: (parity ?? line.parity) as LinkForm['parity'] })}
                error={fields.get('link.parity')}
                allowDeselect={false}
              />
            </>
          ) : null}
          {text('id', t('link.id'), line.id, changed.id ?? '')}
        </div>
      </details>
      {errors
        .filter(([field]) => !/\.(port|id|baudRate|parity)$/.test(field))
        .map(([field, words]) => (
          <p key={field} className={classes.error} role="alert">
            {words}
          </p>
        ))}
    </div>
  );
}

/** Where it leads, as the gateway will have it. */
function farEnd(line: LinkForm, type: DeviceType): string {
  const body = linkBody(line, type.link);
  if (body.kind === 'modbus-tcp') return `${body.host}:${body.port}`;
  return String(body.prefixes ?? body.path ?? body.broadcast);
}
