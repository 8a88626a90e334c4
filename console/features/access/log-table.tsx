import { useTranslation } from 'react-i18next';
import type { AccessEvent } from '../../../gateway/contract/access.ts';
import { live, useEntity } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import classes from './access.module.css';
import { eventShape, isNotable } from './access-log.ts';
import { reasonKey } from './reasons.ts';

/** Received this much after it happened: the controller had kept it. */
const lateMs = 60_000;

/** Lines of the access log. `brief`: beside something else, where the day of today's lines goes without saying. */
export function LogTable({ events, brief = false }: { events: readonly AccessEvent[]; brief?: boolean }) {
  const { t } = useTranslation('access');
  return (
    <table className={`${tables.table} ${classes.log}`} data-brief={brief || undefined}>
      <thead>
        <tr>
          <th className={classes.at}>{t('log.at')}</th>
          <th>{t('log.door')}</th>
          <th className={classes.type}>{t('log.type')}</th>
          <th>{t('log.person')}</th>
          <th className={classes.card}>{t('log.card')}</th>
          <th className={classes.way}>{t('log.direction')}</th>
          <th className={classes.reason}>{t('log.reason')}</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <LogRow key={event.id} event={event} brief={brief} />
        ))}
      </tbody>
    </table>
  );
}

function LogRow({ event, brief }: { event: AccessEvent; brief: boolean }) {
  const { t } = useTranslation('access');
  const time = useSiteTime();
  const door = useEntity('devices', event.door);
  const { type, card, personName, direction, reason, occurredAt, receivedAt } = event;
  const way = direction === 'in' || direction === 'out' ? t(`direction.${direction}`) : direction;
  const today = brief && time.date(occurredAt) === time.date(live.serverNow());
  const word = reason === null ? null : reasonKey(reason);
  const note = [
    word === null ? reason : t(word),
    receivedAt - occurredAt >= lateMs ? t('log.late', { at: time.moment(receivedAt) }) : null,
  ]
    .filter((word) => word !== null)
    .join(' · ');
  const swiped = type === 'granted' || type === 'denied' || type === 'read';
  return (
    <tr data-type={type}>
      <td className={`${tables.nowrap} gh-number`}>
        {today ? time.clock(occurredAt) : time.moment(occurredAt)}
      </td>
      <td className={tables.clip}>{door?.name ?? event.door}</td>
      <td className={tables.nowrap}>
        <span className={isNotable(type) ? classes.notable : undefined}>
          <span aria-hidden="true">{eventShape[type]}</span> {t(`type.${type}`)}
        </span>
      </td>
      <td className={tables.clip}>
        {personName ?? (swiped ? <span className={tables.dim}>{t('log.stranger')}</span> : '')}
      </td>
      <td className={`${tables.clip} gh-number`}>{card ?? ''}</td>
      <td>{way ?? ''}</td>
      <td className={tables.clip} title={note}>
        {note}
      </td>
    </tr>
  );
}
