import { useTranslation } from 'react-i18next';
import type { AskFault } from '../../gateway/contract/ask-fault.ts';
import type { BadReason } from '../../gateway/contract/bad-value.ts';
import { useCatalogue } from '../app/catalogue.ts';
import { useLabel } from '../app/language.ts';
import { live } from '../app/live.ts';

const hex = (code: number) => code.toString(16).padStart(2, '0').toUpperCase();

/** Which words there are for a question that was asked in vain. */
export function vainWords(fault: AskFault) {
  switch (fault.code) {
    case 'silent':
    case 'other-meter':
    case 'other-unit':
      return 'why.asked.silent' as const;
    case 'refused':
    case 'line-down':
      return `why.asked.${fault.code}` as const;
    case 'exception': {
      const { exception } = fault;
      if (exception === 1 || exception === 2 || exception === 3 || exception === 11)
        return `why.asked.exception.${exception}` as const;
      return 'why.asked.exception' as const;
    }
    default:
      return 'why.asked.other' as const;
  }
}

/** What a value that is not good is bad for, in the user's language. */
export function useBadReason(): (why: BadReason) => string {
  const { t } = useTranslation('parts');
  const label = useLabel();
  const { kindOf } = useCatalogue();

  /** A point of whichever device by the names that people know. */
  function nameOf(key: string): string {
    const dot = key.indexOf('.');
    const device = live.get('devices', key.slice(0, dot));
    const point = key.slice(dot + 1);
    const definition = kindOf(device?.type)?.points[point];
    return `${device?.name ?? key.slice(0, dot)} · ${definition ? label(definition.label) : point}`;
  }

  return (why) => {
    switch (why.code) {
      case 'asked-in-vain': {
        const facts = { timeoutMs: 0, function: 0, address: 0, asked: '', word: '', ...why.fault };
        const code = why.fault.code === 'exception' ? hex(why.fault.exception) : '';
        return t(vainWords(why.fault), { ...facts, code, words: why.words });
      }
      case 'unusable':
        return t('why.unusable', { words: label(why.label) });
      case 'source':
        return t('why.source', { from: nameOf(why.from) });
      case 'hidden':
        return t('why.hidden', { by: nameOf(why.by) });
      default:
        return t(`why.${why.code}`);
    }
  };
}
