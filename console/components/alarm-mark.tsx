import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { calls } from '../app/alarm-list.ts';
import { useReturned } from '../app/spoken.ts';
import { PriorityMark } from './priority.tsx';

/** The mark of an alarm where it stands for the whole of it: blinks while it calls, an outline once its cause is gone. */
export function AlarmMark({ alarm, size, label }: { alarm: Alarm; size: number; label?: string }) {
  const { t } = useTranslation('terms');
  const returned = useReturned();
  return (
    <PriorityMark
      priority={alarm.priority}
      size={size}
      blinking={calls(alarm)}
      hollow={returned(alarm)}
      shelved={alarm.shelved !== undefined}
      label={label ?? t(`priority.${alarm.priority}`)}
    />
  );
}
