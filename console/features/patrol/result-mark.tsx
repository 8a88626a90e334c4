import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { paths } from '../../app/routes.tsx';
import { AlarmMark } from '../../components/alarm-mark.tsx';
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
  const { t } = useTranslation('patrol');
  const word = t(overdue ? 'result.overdue' : `result.${check.result}`);
  if (alarm !== undefined)
    return (
      <Link className={classes.missedAlarm} to={paths.alarm(alarm.id)} data-result="missed">
        <AlarmMark alarm={alarm} size={16} label={t('board.alarm')} />
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
