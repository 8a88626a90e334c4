import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  CheckMethod,
  ExplainedFrame,
  FrameCandidate,
  FrameField,
} from '../../../gateway/contract/frame.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './inspect.module.css';
import { frameFieldsWords } from './inspect-field-words.ts';
import { byteRuns, faultOf, fieldHex, placeOf } from './inspect-frame.ts';
import frameClasses from './integrate.module.css';
import { Printed } from './printed.tsx';

/** Which protocols it may be, the likeliest first. */
export function InspectCandidates(props: {
  candidates: readonly FrameCandidate[];
  chosen: string | undefined;
  /** It is an MQTT message, and no frame of a line. */
  message: boolean;
  onChoose: (protocol: string) => void;
}) {
  const { t } = useTranslation('integrateInspect');
  const label = useLabel();
  const { candidates, chosen } = props;
  if (props.message && candidates.length === 0) return null;
  return (
    <Panel title={t('candidates')}>
      {candidates.length === 0 ? (
        <p className={frameClasses.dim}>{t('nobody')}</p>
      ) : (
        <ul className={classes.candidates}>
          {candidates.map(({ protocol, certainty, why, as }) => (
            <li key={protocol}>
              <Button
                size="compact-sm"
                variant={protocol === chosen ? 'filled' : 'default'}
                aria-pressed={protocol === chosen}
                onClick={() => props.onChoose(protocol)}
              >
                {protocol}
              </Button>
              <strong>{t(`certainty.${certainty}`)}</strong>
              <span className={frameClasses.dim}>
                {label(why)}
                {as === 'framed' ? ` · ${t('as.framed')}` : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const methods: Readonly<Record<Exclude<CheckMethod, 'parity'>, string>> = {
  'crc16-modbus': 'CRC-16/Modbus',
  'crc16-arc': 'CRC-16/ARC',
  sum8: 'SUM-8',
  xor8: 'XOR-8',
  mod15: 'mod 15',
  'crc8-maxim': 'CRC-8/Maxim',
};

/** A field of a frame in the user's language. */
export function useFieldName(): (name: string) => string {
  const { t } = useTranslation('frameFields');
  return (name) => {
    const [word = '', ...rest] = name.split(/(?=[ [])/);
    return Object.hasOwn(frameFieldsWords.zh, word)
      ? t(word as keyof typeof frameFieldsWords.zh) + rest.join('')
      : name;
  };
}

/** The bytes of a frame with their fields. */
export function InspectedFrame({ frame }: { frame: ExplainedFrame }) {
  const { t } = useTranslation('integrateInspect');
  const language = useLanguage();
  const nameOf = useFieldName();
  const [over, setOver] = useState<number | null>(null);
  const { check, fields, hex } = frame;
  return (
    <Panel title={`${t('fields')} · ${frame.protocol}`}>
      <div className={frameClasses.stack}>
        {check === null ? null : (
          <p className={check.holds ? classes.plain : classes.wrong} role={check.holds ? undefined : 'alert'}>
            {check.holds ? '✓ ' : '⚠ '}
            {t(check.holds ? 'check.holds' : 'check.fails', {
              ...check,
              method: check.method === 'parity' ? t('check.parity') : methods[check.method],
              at: placeOf(check),
            })}
          </p>
        )}
        {frame.valid || check?.holds === false ? null : (
          <p className={classes.wrong} role="alert">
            ⚠ {t('invalid', { error: faultOf(frame, language) ?? '' })}
          </p>
        )}
        <div className={classes.bytes}>
          {byteRuns(hex, fields).map((run) => (
            <span
              key={run.offset}
              className={classes.run}
              data-tint={run.field === null ? undefined : run.field % 4}
              data-over={run.field !== null && run.field === over ? true : undefined}
              title={run.field === null ? undefined : nameOf(fields[run.field]?.name ?? '')}
            >
              {run.hex.join(' ')}
            </span>
          ))}
        </div>
        <FieldTable hex={hex} fields={fields} over={over} onOver={setOver} />
        <details>
          <summary>{t('raw')}</summary>
          <Printed text={JSON.stringify(frame.decoded, null, 2)} />
        </details>
      </div>
    </Panel>
  );
}

function FieldTable(props: {
  hex: string;
  fields: readonly FrameField[];
  over: number | null;
  onOver: (index: number | null) => void;
}) {
  const { t } = useTranslation('integrateInspect');
  const label = useLabel();
  const nameOf = useFieldName();
  const { hex, fields, over, onOver } = props;
  const placed = fields.some(({ offset }) => offset !== null);
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          {placed ? <th>{t('field.at')}</th> : null}
          {placed ? <th>{t('field.bytes')}</th> : null}
          <th>{t('field.name')}</th>
          <th>{t('field.value')}</th>
          <th>{t('field.note')}</th>
        </tr>
      </thead>
      <tbody onMouseLeave={() => onOver(null)}>
        {fields.map((field, index) => (
          <tr
            // biome-ignore lint/suspicious/noArrayIndexKey: a frame may have the same field several times; its place in the list is what it is
            key={index}
            aria-current={index === over ? 'true' : undefined}
            onMouseEnter={() => onOver(index)}
          >
            {placed ? <td className={`${tables.nowrap} gh-number`}>{placeOf(field)}</td> : null}
            {placed ? (
              <td>
                <code className={classes.run} data-tint={index % 4}>
                  {fieldHex(hex, field)}
                </code>
              </td>
            ) : null}
            <td>{nameOf(field.name)}</td>
            <td className={`${frameClasses.words} gh-number`}>
              {field.value === null ? '—' : String(field.value)}
              {field.unit === undefined ? '' : ` ${field.unit}`}
            </td>
            <td>{field.note === undefined ? '' : label(field.note)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
