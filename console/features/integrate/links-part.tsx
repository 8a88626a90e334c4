import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { LinkStatus, PortStatus } from '../../../gateway/contract/link-status.ts';
import type { Link as SiteLink } from '../../../gateway/contract/site.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';
import { linkAddress, linkProtocol } from '../../app/link-words.ts';
import { useEntities, useEntity, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { Facts, Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './integrate.module.css';
import { Cycle, LinkDetail } from './link-detail.tsx';
import { useLinkStatus } from './queries.ts';

/** Every line of the site: whether it is up, how fast it goes round, and what goes over it. */
export default function LinksPart() {
  const { t } = useTranslation('integrateLinks');
  const { id } = useParams();
  const open = id !== undefined;
  const links = useEntities('links');
  const chosen = useEntity('links', id);
  const { data, error } = useLinkStatus();
  const counts = useDeviceCounts();
  const statuses = useMemo(() => new Map(data?.links.map((each) => [each.id, each])), [data]);
  return (
    <div className={classes.stack}>
      <ProblemNote error={error} />
      <div className={classes.split} data-open={open || undefined}>
        <div className={classes.stack}>
          <Panel title={t('title')} aside={<Bundle />}>
            {links.length === 0 ? (
              <p className={classes.dim}>{t('none')}</p>
            ) : (
              <table className={tables.table}>
                <thead>
                  <tr>
                    <th>{t('name')}</th>
                    <th>{t('state')}</th>
                    {open ? null : <th title={t('cycleHint')}>{t('cycle')}</th>}
                    <th>{t('last')}</th>
                    {open ? null : <th>{t('traffic')}</th>}
                    <th className={tables.right} title={t('devices.hint')}>
                      {t('devices')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {links.map((link) => (
                    <Row
                      key={link.id}
                      link={link}
                      status={statuses.get(link.id)}
                      count={counts.get(link.id) ?? { all: 0, online: 0 }}
                      current={link.id === id}
                      open={open}
                    />
                  ))}
                </tbody>
              </table>
            )}
          </Panel>
          {data === undefined ? null : <Ports ports={data.ports} />}
        </div>
        {id === undefined ? null : chosen === undefined ? (
          <p className={classes.dim}>{t('gone')}</p>
        ) : (
          <LinkDetail link={chosen} status={statuses.get(id)} />
        )}
      </div>
    </div>
  );
}

function useDeviceCounts(): Map<string, { all: number; online: number }> {
  const devices = useEntities('devices');
  const states = useEntityMap('device-states');
  return useMemo(() => {
    const found = new Map<string, { all: number; online: number }>();
    for (const { id, link } of devices) {
      if (link === undefined) continue;
      const count = found.get(link) ?? { all: 0, online: 0 };
      count.all++;
      if (states.get(id)?.state === 'online') count.online++;
      found.set(link, count);
    }
    return found;
  }, [devices, states]);
}

/** A file: the browser fetches it with the session's cookie. */
function Bundle() {
  const { t } = useTranslation('integrateLinks');
  return (
    <a href="/api/v1/diagnostics" download title={t('bundleHint')} data-testid="bundle">
      {t('bundle')}
    </a>
  );
}

interface RowProps {
  link: SiteLink;
  status: LinkStatus | undefined;
  count: { all: number; online: number };
  current: boolean;
  /** A link is looked at beside the table: figures stand there. */
  open: boolean;
}

function Row({ link, status, count, current, open }: RowProps) {
  const { t } = useTranslation(['integrateLinks', 'terms']);
  const time = useSiteTime();
  const navigate = useNavigate();
  const trouble = useLinkTrouble();
  // What is told live is there at once, and changes with the link.
  const state = useEntity('link-states', link.id);
  const to = paths.integrate('links', link.id);
  const lost = state?.state === 'down';
  return (
    <tr
      data-testid={`link-${link.id}`}
      data-clickable
      aria-current={current || undefined}
      onClick={() => void navigate(to)}
    >
      <td>
        <Link to={to}>
          <strong>{link.name ?? link.id}</strong>
        </Link>
        <div className={classes.under}>
          {linkProtocol(link)} · {linkAddress(link)}
        </div>
      </td>
      <td>
        {state === undefined ? (
          '—'
        ) : (
          <>
            <span className={lost ? 'gh-hatched' : undefined}>
              <span className={lost ? classes.plate : undefined}>{t(`terms:link.${state.state}`)}</span>
            </span>{' '}
            <span className={classes.under}>{t('since', { at: time.moment(state.since) })}</span>
            {state.state === 'up' ? null : <div>{trouble(state)}</div>}
          </>
        )}
      </td>
      {open ? null : (
        <td className="gh-number">
          <Cycle status={status} />
        </td>
      )}
      <td className={tables.nowrap}>{status?.last ? <Age at={status.last.at} /> : '—'}</td>
      {open ? null : <td>{status === undefined ? null : <Traffic counters={status.counters} />}</td>}
      <td className={`${tables.right} gh-number`}>
        {count.all === 0 ? '—' : t('devices.count', { online: count.online, all: count.all })}
      </td>
    </tr>
  );
}

function Traffic({ counters }: { counters: LinkStatus['counters'] }) {
  const { t } = useTranslation('integrateLinks');
  const { asked, answered = 0, timeouts = 0, broken = 0, refused = 0, busy = 0 } = counters;
  if (asked !== undefined)
    return t('traffic.asked', { asked, answered, failed: timeouts + broken + refused + busy });
  if (counters.frames !== undefined)
    return t('traffic.heard', { frames: counters.frames, refused: counters.refusedFrames ?? 0 });
  return t('traffic.topics', { received: counters.received ?? 0, sent: counters.sent ?? 0 });
}

function Ports({ ports }: { ports: readonly PortStatus[] }) {
  const { t } = useTranslation('integrateLinks');
  return (
    <Panel title={t('ports')}>
      {ports.length === 0 ? (
        <p className={classes.dim}>{t('noPorts')}</p>
      ) : (
        <div className={classes.columns}>
          {ports.map(({ id, port, counters, quirks }) => (
            <section key={id} data-testid={`port-${id}`}>
              <h3 className={classes.heading}>
                {t(`port.${id}`)} <span className={classes.under}>{t('port.at', { port })}</span>
              </h3>
              <Facts
                rows={(Object.keys(counters) as (keyof typeof counters)[]).map((name) => [
                  t(`counter.${name}`),
                  <span key={name} className="gh-number">
                    {counters[name]}
                  </span>,
                ])}
              />
              <Quirks quirks={quirks} />
            </section>
          ))}
        </div>
      )}
    </Panel>
  );
}

/** What was taken though it is not as the standard has it, and how that is mended. */
function Quirks({ quirks }: Pick<PortStatus, 'quirks'>) {
  const { t } = useTranslation('integrateLinks');
  const time = useSiteTime();
  if (quirks.length === 0) return null;
  return (
    <>
      <h4 className={classes.heading}>{t('quirks')}</h4>
      <ul className={classes.list}>
        {quirks.map(({ quirk, count, account, at }) => (
          <li key={quirk} data-testid={`quirk-${quirk}`}>
            <strong>{t(`quirk.${quirk}`)}</strong>{' '}
            <span className={classes.under}>{t('quirk.count', { count, account, at: time.moment(at) })}</span>
            <div>{t(`quirk.${quirk}.mend`)}</div>
          </li>
        ))}
      </ul>
    </>
  );
}
