import { useTranslation } from 'react-i18next';
import type { Card } from '../../../gateway/contract/card.ts';
import { live, useEntityMap } from '../../app/live.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import classes from './access.module.css';
import { cardShape, entryShape, unconfirmed, validityOf } from './card-list.ts';

/** A line a card, with the controllers that it still waits for. */
export function CardsTable(props: {
  cards: readonly Card[];
  selected: string | null;
  onSelect: (card: string) => void;
}) {
  const { cards, selected, onSelect } = props;
  const { t } = useTranslation('access');
  return (
    <table className={`${tables.table} ${classes.cardTable}`}>
      <thead>
        <tr>
          <th>{t('card.holder')}</th>
          <th className={classes.card}>{t('log.card')}</th>
          <th className={classes.cardState}>{t('card.state')}</th>
          <th>{t('card.doors')}</th>
          <th>{t('card.controllers')}</th>
          <th className={classes.until}>{t('card.validUntil')}</th>
        </tr>
      </thead>
      <tbody>
        {cards.map((card) => (
          <tr
            key={card.id}
            data-clickable
            data-testid={`card-${card.id}`}
            aria-current={card.id === selected || undefined}
            onClick={() => onSelect(card.id)}
          >
            <CardRow card={card} onSelect={() => onSelect(card.id)} selected={card.id === selected} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CardRow({ card, onSelect, selected }: { card: Card; onSelect: () => void; selected: boolean }) {
  const { t } = useTranslation('access');
  const time = useSiteTime();
  const now = useNow();
  const devices = useEntityMap('devices');
  const doors = card.doors.map((id) => devices.get(id)?.name ?? id).join('、');
  const validity = validityOf(card, now);
  return (
    <>
      <td className={tables.clip}>
        <button
          type="button"
          className={classes.rowButton}
          aria-expanded={selected}
          onClick={(event) => {
            event.stopPropagation();
            onSelect();
          }}
        >
          {card.holder}
        </button>
      </td>
      <td className={`${tables.clip} gh-number`}>{card.number}</td>
      <td className={tables.nowrap}>
        <span className={card.state === 'issued' ? undefined : classes.notable}>
          <span aria-hidden="true">{cardShape[card.state]}</span> {t(`card.state.${card.state}`)}
        </span>
      </td>
      <td className={tables.clip} title={doors}>
        {doors}
      </td>
      <td className={tables.clip}>
        <Progress card={card} />
      </td>
      <td className={`${tables.nowrap} gh-number`}>
        {card.validUntil === null ? '—' : time.moment(card.validUntil).slice(0, -3)}
        {validity === 'valid' ? '' : ` · ${t(`card.${validity}`)}`}
      </td>
    </>
  );
}

/** All confirmed, or whom it still waits for and why. */
export function Progress({ card }: { card: Card }) {
  const { t } = useTranslation('access');
  const open = unconfirmed(card);
  const [first] = open;
  if (card.controllers.length === 0) return <span className={tables.dim}>—</span>;
  if (first === undefined)
    return (
      <>
        {entryShape.confirmed} {t('card.allConfirmed', { count: card.controllers.length })}
      </>
    );
  const names = open.map(({ controller }) => live.get('devices', controller)?.name ?? controller).join('、');
  return (
    <strong title={names}>
      {entryShape[first.state]} {t('card.notConfirmed', { names })}
    </strong>
  );
}
