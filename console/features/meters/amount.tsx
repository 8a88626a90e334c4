import { useTranslation } from 'react-i18next';
import type { Amount } from '../../../gateway/contract/meter.ts';
import classes from './meters.module.css';

/** No more decimals than one can use, fewer for large numbers. */
export function figure(value: number, decimals = 2): string {
  const size = Math.abs(value);
  return value.toFixed(Math.min(decimals, size >= 10_000 ? 0 : size >= 1_000 ? 1 : 2));
}

/** `≈` a share of a gap, `≥` as far as it was read, `—` not known; the words are in its tooltip and read aloud. */
export function AmountText({ amount, decimals, unit }: { amount: Amount; decimals?: number; unit?: string }) {
  const { t } = useTranslation('meters');
  const { consumption, knowledge } = amount;
  const words = t(`knowledge.${knowledge}`);
  if (consumption === null)
    return (
      <span className={classes.unknown} title={words}>
        <span aria-hidden="true">—</span>
        <span className={classes.hidden}>{words}</span>
      </span>
    );
  const sign = { measured: '', estimated: '≈ ', partial: '≥ ', unknown: '' }[knowledge];
  return (
    <span className="gh-number" title={knowledge === 'measured' ? undefined : words}>
      {sign}
      {figure(consumption, decimals)}
      {unit === undefined ? '' : ` ${unit}`}
    </span>
  );
}

const knownAccounts = ['residential', 'commercial', 'public', 'fire', 'solar'] as const;
type KnownAccount = (typeof knownAccounts)[number];

/** The usual accounts have words; a site's own are called as the site calls them. */
export function useAccountName(): (account: string | null) => string {
  const { t } = useTranslation('meters');
  return (account) => {
    if (account === null) return t('account.none');
    return knownAccounts.includes(account as KnownAccount)
      ? t(`account.${account as KnownAccount}`)
      : account;
  };
}
