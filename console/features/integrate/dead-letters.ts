import { type KeptMisread, misreadLabel } from '../../../gateway/contract/misread.ts';

/** One of GET /dead-letters. */
export interface DeadLetter {
  id: string;
  /** UTC ms. */
  at: number;
  /** Where it came from: `mqtt tank-1 …`, `bus rs485-1`. */
  source: string;
  device: string | null;
  what: string;
  /** The gateway's own sentence. */
  reason: string;
  /** The same by codes; null: an earlier release kept it. */
  why: KeptMisread[] | null;
  hex: string;
  text: string | null;
  /** Why it cannot be read again; null when it can. */
  notAgain: 'kept' | 'session' | 'polled' | 'repeated' | 'no-message' | 'cut' | 'old' | null;
}

/** Why it was not understood, in a language; the gateway's own sentence where a reason has no words here. */
export function reasonIn({ reason, why }: Pick<DeadLetter, 'reason' | 'why'>, language: 'zh' | 'en'): string {
  const words = (why ?? []).map((one) => misreadLabel(one)?.[language]);
  const known = words.filter((one) => one !== undefined);
  return known.length === 0 || known.length < words.length
    ? reason
    : known.join(language === 'zh' ? '；' : '; ');
}

/** Whether a letter says all of the words somewhere an integrator would look for them. */
export function matches(letter: DeadLetter, filter: string, language: 'zh' | 'en'): boolean {
  const { source, device, reason, text } = letter;
  const said = [source, device ?? '', reason, reasonIn(letter, language), text ?? '']
    .join('\n')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
