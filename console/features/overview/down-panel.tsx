import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';
import { live, useEntities } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useLoss } from '../../app/spoken.ts';
import { Age } from '../../components/age.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './panels.module.css';
import { linksDown, lostDevices, lostWith } from './site-counts.ts';

const most = 12;

function Why({ children }: { children: string | undefined }) {
  return children === undefined ? null : <div className={classes.why}>{children}</div>;
}

/** Links and devices out of touch; what is lost only because of another is counted there. */
export function DownPanel() {
  const { t } = useTranslation(['overview', 'terms']);
  const deviceStates = useEntities('device-states');
  const linkStates = useEntities('link-states');
  const down = useMemo(() => linksDown(linkStates), [linkStates]);
  const lost = useMemo(() => lostDevices(deviceStates, down), [deviceStates, down]);
  const { kindOf } = useCatalogue();
  const loss = useLoss();
  const trouble = useLinkTrouble();
  const followers = (count: number) => (count === 0 ? '' : ` · ${t('down.followers', { count })}`);
  if (lost.length + down.length === 0)
    return (
      <Panel title={t('down.title')}>
        <p className={classes.none}>{t('down.none')}</p>
      </Panel>
    );
  return (
    <Panel title={`${t('down.title')} (${lost.length + down.length})`}>
      <table className={`${tables.table} ${classes.downTable}`}>
        <tbody>
          {down.map((link) => (
            <tr key={link.id}>
              <td className={tables.clip}>
                <Link to={paths.links}>{live.get('links', link.id)?.name ?? link.id}</Link>
              </td>
              <td>
                {t(`terms:link.${link.state}`)}
                {followers(lostWith(deviceStates, link.id))}
                <Why>{trouble(link) ?? undefined}</Why>
              </td>
              <td className={`${tables.right} ${tables.nowrap}`}>
                <Age at={link.since} />
              </td>
            </tr>
          ))}
          {lost.slice(0, most).map(({ state, followers: count }) => (
            <tr key={state.id}>
              <td className={tables.clip}>
                <Link to={paths.device(state.id)}>{live.get('devices', state.id)?.name ?? state.id}</Link>
              </td>
              <td>
                {t(`terms:device.${state.state}`)}
                {followers(count)}
                <Why>{loss(state, kindOf(live.get('devices', state.id)?.type))}</Why>
              </td>
              <td className={`${tables.right} ${tables.nowrap}`}>
                <Age at={state.since} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lost.length > most ? (
        <Link to={paths.devicesLost}>{t('alarms.more', { count: lost.length })}</Link>
      ) : null}
    </Panel>
  );
}
