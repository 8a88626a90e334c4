import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Link as SiteLink } from '../../../gateway/contract/site.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';
import { linkAddress, linkProtocol } from '../../app/link-words.ts';
import { useEntities, useEntity } from '../../app/live.ts';
import { useSiteTime } from '../../app/time.ts';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import classes from './devices-screen.module.css';

/** Every line and address over which devices are reached, and how it is. */
export function LinksList() {
  const { t } = useTranslation('devices');
  const links = useEntities('links');
  const devices = useEntities('devices');
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const { link } of devices) if (link !== undefined) found.set(link, (found.get(link) ?? 0) + 1);
    return found;
  }, [devices]);
  if (links.length === 0) return <p className={tables.empty}>{t('links.empty')}</p>;
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          <th>{t('links.name')}</th>
          <th>{t('links.state')}</th>
          <th>{t('links.since')}</th>
          <th>{t('links.address')}</th>
          <th>{t('links.protocol')}</th>
          <th className={tables.right}>{t('links.devices')}</th>
          <th className={tables.right}>{t('links.cycle')}</th>
          <th className={tables.right}>{t('links.worst')}</th>
          <th>{t('links.error')}</th>
        </tr>
      </thead>
      <tbody>
        {links.map((link) => (
          <LinkRow key={link.id} link={link} devices={counts.get(link.id) ?? 0} />
        ))}
      </tbody>
    </table>
  );
}

function LinkRow({ link, devices }: { link: SiteLink; devices: number }) {
  const { t } = useTranslation(['devices', 'terms']);
  const time = useSiteTime();
  const state = useEntity('link-states', link.id);
  const trouble = useLinkTrouble();
  const milliseconds = (ms: number | null | undefined) =>
    ms == null ? '—' : t('links.ms', { ms: Math.round(ms) });
  return (
    <tr data-testid={`link-${link.id}`}>
      <td className={tables.nowrap}>
        <strong>{link.name ?? link.id}</strong>
      </td>
      <td className={state?.state === 'up' ? undefined : 'gh-hatched'}>
        <span className={state?.state === 'up' ? undefined : classes.plate}>
          {state === undefined ? '—' : t(`terms:link.${state.state}`)}
        </span>
      </td>
      <td className={tables.nowrap}>
        {state === undefined ? null : (
          <>
            <span className="gh-number">{time.moment(state.since)}</span> (<Age at={state.since} />)
          </>
        )}
      </td>
      <td>
        <code>{linkAddress(link)}</code>
      </td>
      <td className={tables.nowrap}>{linkProtocol(link)}</td>
      <td className={tables.right}>
        <Link to={`/devices?link=${link.id}`}>{devices}</Link>
      </td>
      <td className={`${tables.right} gh-number`}>{milliseconds(state?.lastCycleMs)}</td>
      <td className={`${tables.right} gh-number`}>{milliseconds(state?.worstCycleMs || null)}</td>
      <td title={state?.error ?? undefined}>{state === undefined ? null : trouble(state)}</td>
    </tr>
  );
}
