import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls } from '../../app/alarm-list.ts';
import { paths } from '../../app/routes.tsx';
import { useReturned } from '../../app/spoken.ts';
import { PriorityMark } from '../../components/priority.tsx';
import classes from './patrol.module.css';
import { type Check, resultShape } from './round-board.ts';

/** Shape and word of a result. A missed one has the colour of its alarm for as long as that is open, and leads to it. */
export function ResultMark({
  check,
  overdue,
  alarm,
}: {
  check: Check;
  overdue: boolean;
  alarm: Alarm | undefined;
}) {
  const returned = useReturned();
  const { t } = useTranslation('patrol');
  const word = t(overdue ? 'result.overdue' : `result.${check.result}`);
  if (alarm !== undefined)
    return (
      <Link className={classes.missedAlarm} to={paths.alarm(alarm.id)} data-result="missed">
        <PriorityMark
          priority={alarm.priority}
          size={16}
          blinking={calls(alarm)}
          hollow={returned(alarm)}
          shelved={alarm.shelved !== undefined}
          label={t('board.alarm')}
        />
        {word}
      </Link>
    );
  return (
    <span className={classes.result} data-result={check.result} data-overdue={overdue || undefined}>
      <span aria-hidden="true">{resultShape[check.result]}</span> {word}
      {check.lateEvidence ? <span className={classes.evidence}> {t('result.lateEvidence')}</span> : null}
    </span>
  );
}
