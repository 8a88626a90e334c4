import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TakenView } from '../../gateway/contract/device-view.ts';
import type { CommandDefinition } from '../../gateway/contract/kind.ts';
import type { Device } from '../../gateway/contract/site.ts';
import { usePointDefinition } from '../app/catalogue.ts';
import { useLabel } from '../app/language.ts';
import { usePoint } from '../app/live.ts';
import classes from './device-commands.module.css';
import { finestStep, type Given, givenValue, useArgumentText, valueFault } from './given-value.ts';
import { TwoStep } from './two-step.tsx';
import { useValueText, Value } from './value.tsx';

/** A command that takes a value: what it is now, a field with its unit and limits, and the change once more before it goes out. */
export function CommandValue(props: {
  device: Device;
  command: string;
  definition: CommandDefinition;
  takes: Readonly<Record<string, TakenView>>;
  onSend: (args: Record<string, Given>, reason: string | undefined) => Promise<void>;
}) {
  const { device, command, definition, takes, onSend } = props;
  const { t } = useTranslation('parts');
  const label = useLabel();
  const change = useChange(device, definition);
  const [given, setGiven] = useState<Record<string, string>>({});
  const names = Object.keys(takes);
  const args = Object.fromEntries(
    Object.entries(takes).flatMap(([name, one]) => {
      const value = givenValue(given[name] ?? '', one);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const wrong = names.some((name) => {
    const one = takes[name];
    if (one === undefined) return false;
    return args[name] === undefined ? !one.optional : valueFault(args[name], one) !== null;
  });
  const title = label(definition.label);
  return (
    <div className={classes.valued}>
      <p className={classes.valuedTitle}>
        <strong>{title}</strong>
        {definition.confirm === undefined ? null : (
          <span>
            {t('commands.now')} <Value device={device.id} point={definition.confirm.point} />
          </span>
        )}
      </p>
      <TwoStep
        label={title}
        question={change(takes, args)}
        ask="optionalReason"
        unguarded={!definition.guarded}
        disabled={wrong}
        fields={names.map((name) => {
          const one = takes[name];
          return one === undefined ? null : (
            <Field
              key={name}
              name={`${command}-${name}`}
              takes={one}
              text={given[name] ?? ''}
              onChange={(text) => setGiven((before) => ({ ...before, [name]: text }))}
            />
          );
        })}
        onConfirm={async (reason) => {
          await onSend(args, reason);
          setGiven({});
        }}
        data-testid={`command-${command}`}
      />
    </div>
  );
}

/** What will be changed, from what to what. */
function useChange(device: Device, { label: title, confirm }: CommandDefinition) {
  const { t } = useTranslation('parts');
  const label = useLabel();
  const { textOf } = useArgumentText();
  const valueText = useValueText();
  const point = confirm?.point ?? '';
  const now = usePoint(device.id, point);
  const shown = usePointDefinition(device.id, point);
  return (takes: Readonly<Record<string, TakenView>>, args: Readonly<Record<string, Given>>): string => {
    const words = Object.entries(args).flatMap(([name, value]) => {
      const one = takes[name];
      return one === undefined ? [] : [{ what: label(one.label), to: textOf(value, one) }];
    });
    const [only] = words;
    if (confirm !== undefined && only !== undefined && words.length === 1)
      return t('commands.change', {
        device: device.name,
        ...only,
        from: now === undefined ? '—' : valueText(now.value, shown),
      });
    return t('commands.give', {
      device: device.name,
      command: label(title),
      values: words.map(({ what, to }) => `${what} ${to}`).join(', '),
    });
  };
}

function Field(props: { name: string; takes: TakenView; text: string; onChange: (text: string) => void }) {
  const { name, takes, text, onChange } = props;
  const { t } = useTranslation(['parts', 'app']);
  const label = useLabel();
  const { limitsOf, faultText } = useArgumentText();
  const value = givenValue(text, takes);
  const fault = value === undefined ? null : valueFault(value, takes);
  const common = {
    size: 'xs' as const,
    label: takes.unit === undefined ? label(takes.label) : `${label(takes.label)} (${takes.unit})`,
    descriptionProps: { fz: 12 },
    errorProps: { fz: 12 },
    error: fault === null ? undefined : `⚠ ${faultText(fault, takes)}`,
    'data-testid': `value-${name}`,
  };
  if (takes.type === 'enum' || takes.type === 'bool') {
    const words =
      takes.type === 'bool'
        ? [
            { value: 'true', label: t('app:value.on') },
            { value: 'false', label: t('app:value.off') },
          ]
        : Object.entries(takes.values ?? {}).map(([word, said]) => ({ value: word, label: label(said) }));
    return (
      <NativeSelect
        {...common}
        data={[{ value: '', label: t('commands.choose') }, ...words]}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (takes.type === 'number')
    return (
      <NumberInput
        {...common}
        description={limitsOf(takes)}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={text}
        onChange={(next) => onChange(String(next))}
        step={finestStep(takes) || 1}
        clampBehavior="none"
        maw={220}
      />
    );
  return <TextInput {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}
