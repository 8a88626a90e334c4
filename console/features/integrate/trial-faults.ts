import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { printedNumber, typedAsPrinted } from '../../../gateway/contract/modbus-number.ts';
import type { Trial, TrialFault } from '../../../gateway/contract/trial.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';

const hex = (code: number) => code.toString(16).padStart(2, '0').toUpperCase();

type ExceptionCode = '1' | '2' | '3' | '10' | '11' | 'busy' | 'other';

/** The words that there are for an exception. */
export function exceptionCode(exception: number): ExceptionCode {
  if (exception === 5 || exception === 6) return 'busy';
  const own = String(exception);
  return own === '1' || own === '2' || own === '3' || own === '10' || own === '11' ? own : 'other';
}

/** Which words tell where to look on a line that stays silent: whether its neighbours answer tells a bad line from a bad device. */
export function silentMends(line: NonNullable<Trial['line']>) {
  if (line.answering > 0) return ['mend.answering'] as const;
  const place = `mend.${line.kind}` as const;
  return line.neighbours > 0 ? (['mend.nobody', place] as const) : ([place] as const);
}

/** Why a type that has no line to the gateway cannot be tried. */
export const noLineWords = (kind: string) =>
  kind === 'camera' ? ('fault.no-line.camera' as const) : ('fault.no-line.other' as const);

/** A failure of a trial in the user's language, with its mend; `words` of the gateway where they say more than the code. */
export function useFaultText(): (fault: TrialFault, words: string, line: Trial['line']) => string {
  const { t } = useTranslation('integrateAdd');
  const trouble = useLinkTrouble();
  return useCallback(
    (fault, words, line) => {
      const settings = line?.settings ?? '—';
      switch (fault.code) {
        case 'silent': {
          const mends = line ? silentMends(line).map((mend) => t(mend, { settings })) : [];
          return [t('fault.silent', { timeoutMs: fault.timeoutMs }), ...mends].join(' ');
        }
        case 'exception': {
          const { exception, function: fc, address } = fault;
          const facts = {
            ...{ function: fc, address, code: hex(exception) },
            printed: printedNumber(fc, address),
          };
          const typed = exception === 2 ? typedAsPrinted(fc, address) : null;
          if (typed) return t('fault.exception.typed', { ...facts, ...typed });
          return t(`fault.exception.${exceptionCode(exception)}`, facts);
        }
        case 'other-unit':
          return t('fault.other-unit', { unit: fault.unit });
        case 'other-meter':
          return t('fault.other-meter', { timeoutMs: fault.timeoutMs });
        case 'noise':
          return t('fault.noise', { settings });
        case 'refused':
          return t('fault.refused', { asked: fault.asked, word: fault.word });
        case 'not-carried':
          return t('fault.not-carried', { protocol: fault.protocol });
        case 'nothing-heard':
          return t('fault.nothing-heard', { seconds: fault.seconds });
        case 'no-value-yet':
          return t('fault.no-value-yet', { from: fault.from });
        case 'other-sender':
          return t('fault.other-sender', { what: fault.what });
        case 'receiver-off':
          return t('fault.receiver-off', { variable: fault.variable });
        case 'not-brought':
          return t('fault.not-brought', { parent: fault.parent });
        case 'channel':
          return t(`fault.channel.${fault.channel}`);
        case 'no-line':
          return t(noLineWords(fault.kind));
        case 'line-down': {
          const why = fault.trouble ? trouble({ error: words, trouble: fault.trouble }) : null;
          return `${t('fault.line-down')} ${why ?? words}`;
        }
        case 'not-askable':
        case 'not-understood':
        case 'unusable-value':
        case 'not-workable':
          return `${t(`fault.${fault.code}`)} ${words}`;
        default:
          return t(`fault.${fault.code}`);
      }
    },
    [t, trouble],
  );
}
