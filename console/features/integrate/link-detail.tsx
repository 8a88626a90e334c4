import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LastExchange, LinkStatus } from '../../../gateway/contract/link-status.ts';
import type { Link as SiteLink } from '../../../gateway/contract/site.ts';
import { queryString } from '../../app/api.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';
import { useEntities, useEntity, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useReason } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Facts, Panel } from '../../components/panel.tsx';
import { CopyButton } from './copy-button.tsx';
import { spacedHex, textOfHex } from './hex.ts';
import classes from './integrate.module.css';

/** One link: why it is down, what went over it last, what was counted, and who is on it. */
export function LinkDetail({ link, status }: { link: SiteLink; status: LinkStatus | undefined }) {
  const { t } = useTranslation('integrateLinks');
  const state = useEntity('link-states', link.id);
  const trouble = useLinkTrouble();
  const counters = status?.counters ?? {};
  return (
    <div className={classes.stack} data-testid="link-detail">
      <Panel title={link.name ?? link.id} aside={<Link to={paths.integrate('links')}>{t('close')}</Link>}>
        <div className={classes.stack}>
          {state?.error == null ? null : (
            <div role="status">
              <strong>⚠ {trouble(state)}</strong>
              {state.trouble?.code === 'other' ? null : (
                <div className={classes.under}>
                  {t('system')} <code>{state.error}</code>
                </div>
              )}
            </div>
          )}
          <h3 className={classes.heading}>{t('lastExchange')}</h3>
          {status?.last ? <Last link={link} last={status.last} asked={counters.asked !== undefined} /> : null}
          {status?.last === null ? <p className={classes.dim}>{t('never')}</p> : null}
          <h3 className={classes.heading}>{t('counters')}</h3>
          <Facts
            rows={[
              [t('cycle'), status?.worstCycleMs ? <Cycle key="cycle" status={status} /> : null],
              ...(Object.keys(counters) as (keyof typeof counters)[]).map((name): [string, ReactNode] => [
                t(`counter.${name}`),
                <span key={name} className="gh-number" data-testid={`counter-${name}`}>
                  {counters[name]}
                </span>,
              ]),
            ]}
          />
        </div>
      </Panel>
      <OnIt link={link.id} />
    </div>
  );
}

/** How often devices are asked, and how long asking all of them takes: two things, each with its name. Nothing where nobody is asked. */
export function Cycle({ status }: { status: LinkStatus | undefined }) {
  const { t } = useTranslation('integrateLinks');
  if (!status?.worstCycleMs) return '—';
  const { lastCycleMs, worstCycleMs } = status;
  return (
    <div title={t('cycleHint')}>
      <div>
        {lastCycleMs === null ? t('notAskedTwice') : t('askedEvery', { ms: Math.round(lastCycleMs) })}
      </div>
      <div className={classes.under}>{t('roundAtMost', { ms: Math.round(worstCycleMs) })}</div>
    </div>
  );
}

/** By what its frames are taken apart; null where more than one speaks on the line, and where the topic tells it. */
function frameProtocol(link: SiteLink): string | null {
  switch (link.kind) {
    case 'bus':
    case 'dtu':
      return 'also' in link && Object.keys(link.also ?? {}).length > 0 ? null : link.protocol;
    case 'modbus-tcp':
      return link.kind;
    default:
      return null;
  }
}

/** The inspector with what went over a link last; null where there are no bytes. */
function inspectorOf(link: SiteLink, { sent, received, topic }: LastExchange): string | null {
  const frames = [sent, received].filter((hex) => hex !== null && hex !== '');
  if (frames.length === 0) return null;
  const protocol = frameProtocol(link);
  // An answer by Modbus says nothing of its addresses: its question goes before it.
  const hex = protocol?.startsWith('modbus') ? frames.join('\n') : frames.at(-1);
  return `${paths.integrate('inspect')}${queryString({ hex, topic, protocol })}`;
}

function Last({ link, last, asked }: { link: SiteLink; last: LastExchange; asked: boolean }) {
  const { t } = useTranslation('integrateLinks');
  const time = useSiteTime();
  const outcome = last.outcome ?? (asked ? 'open' : null);
  const inspector = inspectorOf(link, last);
  return (
    <>
      <Facts
        rows={[
          [
            t('at'),
            <span className="gh-number" key="at">
              {time.moment(last.at)}
            </span>,
          ],
          [t('topic'), last.topic === null ? null : <code key="topic">{last.topic}</code>],
          [t('sent'), <Bytes key="sent" hex={last.sent} asText={last.topic !== null} />],
          [t('received'), <Bytes key="received" hex={last.received} asText={last.topic !== null} />],
          [
            t('outcome'),
            outcome === null ? null : (
              <span key="outcome">
                {t(`outcome.${outcome}`)}
                {last.words === null ? null : <div className={classes.under}>{last.words}</div>}
              </span>
            ),
          ],
        ]}
      />
      {inspector === null ? null : (
        <div>
          <Button
            component={Link}
            to={inspector}
            variant="default"
            size="compact-sm"
            data-testid="link-inspect"
          >
            {t('inspect')}
          </Button>
        </div>
      )}
    </>
  );
}

/** @param asText messages of topics are read as text, where they are one; on a line each byte counts */
function Bytes({ hex, asText }: { hex: string | null; asText: boolean }) {
  const { t } = useTranslation('integrateLinks');
  if (hex === null) return <span className={classes.dim}>{t('withheld')}</span>;
  if (hex === '') return <span className={classes.dim}>{t('nothing')}</span>;
  const shown = (asText ? textOfHex(hex) : null) ?? spacedHex(hex);
  return (
    <>
      <code className={classes.bytes}>{shown}</code>
      <CopyButton text={shown} label={t('copy')} copied={t('copied')} />
    </>
  );
}

function OnIt({ link }: { link: string }) {
  const { t } = useTranslation(['integrateLinks', 'terms']);
  const reason = useReason();
  const devices = useEntities('devices').filter((device) => device.link === link);
  const states = useEntityMap('device-states');
  return (
    <Panel title={t('onIt')}>
      {devices.length === 0 ? (
        <p className={classes.dim}>{t('noDevices')}</p>
      ) : (
        <ul className={classes.list}>
          {devices.map(({ id, name, address }) => {
            const { state = 'unknown', why = null } = states.get(id) ?? {};
            const lost = state === 'offline' || state === 'stale';
            return (
              <li key={id}>
                <Link to={paths.device(id)}>{name}</Link>
                {address === undefined ? null : <span className={classes.under}> {address}</span>}{' '}
                <span className={lost ? 'gh-hatched' : undefined}>
                  <span className={lost ? classes.plate : classes.under}>{t(`terms:device.${state}`)}</span>
                </span>
                {lost && why !== null ? <span className={classes.under}> {reason(why)}</span> : null}
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
