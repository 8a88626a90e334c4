import { Button, CloseButton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Card, CardEntry } from '../../../gateway/contract/card.ts';
import { api } from '../../app/api.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntity, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { TwoStep } from '../../components/two-step.tsx';
import { useWhyNot } from '../../components/why-not.ts';
import classes from './access.module.css';
import { cardShape, entryShape, unconfirmed } from './card-list.ts';
import { CardDialog } from './issue-card.tsx';

/** One card: whose, for which doors, how far each controller is, and what can be done with it without having it at hand. */
export function CardDetail(props: { id: string; known: Card | undefined; onClose: () => void }) {
  const { id, known, onClose } = props;
  const { t } = useTranslation(['access', 'app']);
  useShortcut({ code: 'Escape' }, onClose);
  const { data, error } = useQuery({
    queryKey: ['card', id],
    queryFn: () => api.get<Card>(`/access/cards/${id}`),
  });
  const card = data ?? known;
  return (
    <aside className={`${classes.frame} ${classes.cardDetail} gh-scroll`} aria-label={t('card.detail')}>
      <header className={classes.head}>
        <h2>
          {card === undefined ? '' : `${card.holder} · `}
          <span className="gh-number">{card?.number ?? ''}</span>
        </h2>
        <CloseButton aria-label={t('app:action.close')} onClick={onClose} />
      </header>
      <ProblemNote error={error} />
      {card === undefined ? null : <CardFacts card={card} />}
    </aside>
  );
}

function CardFacts({ card }: { card: Card }) {
  const { t } = useTranslation('access');
  const time = useSiteTime();
  const spoken = useWho();
  const devices = useEntityMap('devices');
  const moment = (at: number | null) => (at === null ? null : time.moment(at).slice(0, -3));
  return (
    <div className={classes.cardBody} data-testid="card-detail">
      <Facts
        rows={[
          [t('card.state'), `${cardShape[card.state]} ${t(`card.state.${card.state}`)}`],
          [t('card.doors'), card.doors.map((id) => devices.get(id)?.name ?? id).join('、')],
          [t('card.validFrom'), moment(card.validFrom)],
          [t('card.validUntil'), moment(card.validUntil)],
          [t('card.issuedAt'), `${moment(card.issuedAt)} · ${spoken(card.issuedBy)}`],
          [
            t('card.changedAt'),
            card.changedAt === card.issuedAt ? null : `${moment(card.changedAt)} · ${spoken(card.changedBy)}`,
          ],
          [t('card.reason'), card.reason],
        ]}
      />
      <h3>{t('card.controllers')}</h3>
      <ul className={classes.entries}>
        {card.controllers.map((entry) => (
          <Entry key={entry.controller} entry={entry} />
        ))}
      </ul>
      <Actions card={card} />
    </div>
  );
}

/** What one controller was told, and what it said. */
function Entry({ entry }: { entry: CardEntry }) {
  const { t } = useTranslation(['access', 'terms']);
  const time = useSiteTime();
  const { controller, wanted, state, since, error, again } = entry;
  const why = useWhyNot()(entry);
  const device = useEntity('devices', controller);
  const lost = useEntity('device-states', controller)?.state === 'offline';
  return (
    <li data-state={state} data-testid={`entry-${controller}`}>
      <span aria-hidden="true">{entryShape[state]}</span>
      <span>
        <Link to={paths.device(controller)}>{device?.name ?? controller}</Link>{' '}
        {lost ? `（${t('terms:device.offline')}）` : ''} {t(`entry.${wanted}.${state}`)}
        {why === null ? null : (
          <span className={classes.entryError} title={error ?? undefined}>
            {why}
          </span>
        )}
        {state === 'waiting' || again ? <span className={classes.entryNote}>{t('entry.again')}</span> : null}
      </span>
      <span className={`${classes.entryAt} gh-number`}>{time.moment(since)}</span>
    </li>
  );
}

function Actions({ card }: { card: Card }) {
  const { t } = useTranslation('access');
  const can = useCan();
  const queries = useQueryClient();
  const [changing, setChanging] = useState(false);
  if (!can('access.write')) return null;

  async function done(after: Card): Promise<void> {
    queries.setQueryData(['card', after.id], after);
    await queries.invalidateQueries({ queryKey: ['cards'] });
  }
  const act = (what: string) => async (reason: string | undefined) =>
    done(await api.post<Card>(`/access/cards/${card.id}/${what}`, { reason }));
  const retry = async () => done(await api.post<Card>(`/access/cards/${card.id}/retry`));
  const acts = { issued: ['lost', 'revoke'], lost: ['restore', 'revoke'], revoked: [] } as const;

  return (
    <div className={classes.cardActs}>
      {unconfirmed(card).length === 0 ? null : (
        <TwoStep label={t('act.retry')} question="" unguarded onConfirm={retry} data-testid="card-retry" />
      )}
      {card.state === 'issued' ? (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => setChanging(true)}
          data-testid="card-change"
        >
          {t('act.change')}
        </Button>
      ) : null}
      {acts[card.state].map((what) => (
        <TwoStep
          // A step that was asked back belongs to the state in which it was asked.
          key={`${card.state} ${what}`}
          label={t(`act.${what}`)}
          question={t(`act.${what}.question`, { holder: card.holder, number: card.number })}
          ask="reason"
          onConfirm={act(what)}
          data-testid={`card-${what}`}
        />
      ))}
      <CardDialog
        asked={changing ? card : null}
        onClose={() => setChanging(false)}
        onDone={(after) => {
          setChanging(false);
          void done(after);
        }}
      />
    </div>
  );
}
