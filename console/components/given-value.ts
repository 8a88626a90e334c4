import { useTranslation } from 'react-i18next';
import type { TakenView } from '../../gateway/contract/device-view.ts';
import { useLabel } from '../app/language.ts';

/** What a person gives a command. */
export type Given = number | boolean | string;

export type ValueFault = 'not-a-number' | 'outside' | 'decimals';

/** What is wrong with a value before the gateway is asked; it checks again, and knows the steps of the register. */
export function valueFault(value: Given, takes: TakenView): ValueFault | null {
  if (takes.type !== 'number') return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'not-a-number';
  const { min = -Infinity, max = Infinity, decimals } = takes;
  if (value < min || value > max) return 'outside';
  return decimals !== undefined && Math.abs(Number(value.toFixed(decimals)) - value) > 1e-9 * Math.abs(value)
    ? 'decimals'
    : null;
}

/** The least by which a value can be changed; 0: by as little as one likes. */
export function finestStep({ step = 0, decimals }: Pick<TakenView, 'step' | 'decimals'>): number {
  return Math.max(step, decimals === undefined ? 0 : 10 ** -decimals);
}

/** The value in a field; undefined while it is empty. */
export function givenValue(text: string, { type }: Pick<TakenView, 'type'>): Given | undefined {
  if (text.trim() === '') return undefined;
  if (type === 'number') return Number(text);
  return type === 'bool' ? text === 'true' : text;
}

/** Values of commands, their limits and what is wrong with them, in the user's language. */
export function useArgumentText() {
  const { t } = useTranslation(['parts', 'app']);
  const label = useLabel();

  function textOf(value: unknown, takes: TakenView | undefined): string {
    if (typeof value === 'boolean') return value ? t('app:value.on') : t('app:value.off');
    if (typeof value === 'string') {
      const word = takes?.values?.[value];
      return word === undefined ? value : label(word);
    }
    return takes?.unit === undefined ? String(value) : `${String(value)} ${takes.unit}`;
  }

  function spanOf({ min, max, unit = '' }: TakenView): string {
    return `${min ?? '…'} – ${max ?? '…'}${unit === '' ? '' : ` ${unit}`}`;
  }

  /** `0.5 – 10 bar, step 0.1` */
  function limitsOf(takes: TakenView): string {
    const { min, max } = takes;
    const finest = finestStep(takes);
    const span = min === undefined && max === undefined ? '' : spanOf(takes);
    const steps = finest === 0 ? '' : t('commands.step', { step: Number(finest.toPrecision(3)) });
    return [span, steps].filter((words) => words !== '').join(t('commands.comma'));
  }

  function faultText(fault: ValueFault, takes: TakenView): string {
    switch (fault) {
      case 'not-a-number':
        return t('commands.notANumber');
      case 'outside':
        return t('commands.outside', { span: spanOf(takes) });
      case 'decimals':
        return takes.decimals === 0
          ? t('commands.whole')
          : t('commands.decimals', { n: takes.decimals ?? 0 });
    }
  }

  return { textOf, limitsOf, faultText };
}
