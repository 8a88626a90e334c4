import { useTranslation } from 'react-i18next';
import type { Command } from '../../gateway/contract/command.ts';
import type { PointValue } from '../../gateway/contract/reading.ts';
import { useCatalogue } from '../app/catalogue.ts';
import { useLabel } from '../app/language.ts';
import { useEntityMap } from '../app/live.ts';
import { useReason } from '../app/spoken.ts';
import { useValueText } from './value.tsx';

/**
 * Why a command came to nothing, in the user's language; null when it did not, or not yet. A device's own words stay as they
 * are, and so does the sentence of a release that kept no code.
 */
export function useWhyNot(): (record: Pick<Command, 'error' | 'failure'>) => string | null {
  const { t } = useTranslation('parts');
  const label = useLabel();
  const reason = useReason();
  const text = useValueText();
  const devices = useEntityMap('devices');
  const { kindOf } = useCatalogue();

  function reads(key: string, value: PointValue): { point: string; value: string } {
    const [device = '', point = ''] = key.split('.');
    const definition = kindOf(devices.get(device)?.type)?.points[point];
    return { point: definition ? label(definition.label) : key, value: text(value, definition) };
  }

  return ({ error, failure }) => {
    if (failure === null) return error;
    switch (failure.code) {
      case 'offline':
        return t('failure.offline', {
          device: devices.get(failure.device)?.name ?? failure.device,
          why: reason(failure.why),
        });
      case 'no-answer':
        return failure.withinMs === null
          ? t('failure.no-answer')
          : t('failure.no-answer-within', { s: failure.withinMs / 1_000 });
      case 'refused':
        return failure.words === null
          ? t('failure.refused')
          : t('failure.refused-words', { words: failure.words });
      case 'not-read':
        return t(failure.reads === undefined ? 'failure.not-read' : 'failure.not-read-but', {
          ...reads(failure.point, failure.value),
          s: failure.withinMs / 1_000,
          reads: reads(failure.point, failure.reads ?? null).value,
        });
      case 'undone':
        return t('failure.undone', reads(failure.point, failure.value));
      default:
        return t(`failure.${failure.code}`);
    }
  };
}
