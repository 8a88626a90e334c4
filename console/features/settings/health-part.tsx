import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DeviceState } from '../../../gateway/contract/device-state.ts';
import { linkAddress, linkProtocol } from '../../app/link-words.ts';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useReason } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import classes from './settings.module.css';

/** Which lines are up, and which devices are not heard. */
export function HealthPart() {
  return (
    <div className={classes.stack}>
      <Links />
      <Devices />
    </div>
  );
}

function Links() {
  const { t } = useTranslation(['settings', 'terms']);
  const time = useSiteTime();
  const links = useEntities('links');
  const states = useEntityMap('link-states');
  return (
    <Panel title={t('health.links')}>
      {links.length === 0 ? (
        <p className={classes.dim}>{t('health.noLinks')}</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('health.name')}</th>
              <th>{t('health.kind')}</th>
              <th>{t('health.state')}</th>
              <th>{t('health.since')}</th>
              <th>{t('health.cycle')}</th>
              <th>{t('health.error')}</th>
            </tr>
          </thead>
          <tbody>
            {links.map((link) => {
              const state = states.get(link.id);
              const ms = (value: number | null | undefined) =>
                value === null || value === undefined ? '—' : t('health.ms', { ms: Math.round(value) });
              return (
                <tr key={link.id}>
                  <td>{link.name ?? link.id}</td>
                  <td>
                    {linkProtocol(link)} · {linkAddress(link)}
                  </td>
                  <td>
                    <span className={state?.state === 'down' ? 'gh-hatched' : undefined}>
                      {state === undefined ? '—' : t(`terms:link.${state.state}`)}
                    </span>
                  </td>
                  <td className="gh-number">{state === undefined ? '' : time.moment(state.since)}</td>
                  <td className="gh-number">
                    {ms(state?.lastCycleMs)} / {ms(state?.worstCycleMs)}
                  </td>
                  <td>{state?.error}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const trouble = new Set<DeviceState['state']>(['offline', 'stale']);

function Devices() {
  const { t } = useTranslation(['settings', 'terms']);
  const time = useSiteTime();
  const reason = useReason();
  const devices = useEntityMap('devices');
  const states = useEntities('device-states');
  const { counts, down } = useMemo(() => {
    // One that has never been heard of has no state yet.
    const sums = { online: 0, offline: 0, stale: 0, unknown: Math.max(0, devices.size - states.length) };
    for (const { state } of states) sums[state]++;
    return {
      counts: sums,
      down: states.filter(({ state }) => trouble.has(state)).toSorted((a, b) => b.since - a.since),
    };
  }, [states, devices]);
  return (
    <Panel title={t('health.devices')} aside={<span>{t('health.summary', counts)}</span>}>
      {down.length === 0 ? (
        <p className={classes.dim}>{t('health.noneDown')}</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('health.name')}</th>
              <th>{t('health.state')}</th>
              <th>{t('health.since')}</th>
              <th>{t('health.error')}</th>
            </tr>
          </thead>
          <tbody>
            {down.map((state) => {
              const name = devices.get(state.id)?.name ?? state.id;
              const cause =
                state.cause === undefined ? undefined : (devices.get(state.cause)?.name ?? state.cause);
              return (
                <tr key={state.id}>
                  <td>
                    {hasPage(paths.device(state.id)) ? <Link to={paths.device(state.id)}>{name}</Link> : name}
                  </td>
                  <td>
                    <span className="gh-hatched">{t(`terms:device.${state.state}`)}</span>
                  </td>
                  <td className="gh-number">{time.moment(state.since)}</td>
                  <td>{[state.why === null ? '' : reason(state.why), cause].filter(Boolean).join(' · ')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
