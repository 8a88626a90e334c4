import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device, Link } from '../../../gateway/contract/site.ts';
import type { Trial } from '../../../gateway/contract/trial.ts';
import { useAct } from '../../app/act.tsx';
import { api } from '../../app/api.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import { Value } from '../../components/value.tsx';
import classes from './add.module.css';
import { Secret } from './add-secret.tsx';
import { SetupList } from './add-setup.tsx';
import { draftOf } from './use-trial.ts';

/** The device that was added, as it comes to life; and what one does next. */
export function Saved(props: {
  device: Device;
  /** A link that was made with it. */
  link: Link | undefined;
  type: DeviceType;
  kind: Kind;
  onAgain: () => void;
  onOther: () => void;
}) {
  const { device, link, type, kind } = props;
  const { t } = useTranslation(['integrateAdd', 'terms']);
  const label = useLabel();
  const state = useEntity('device-states', device.id)?.state ?? 'unknown';
  const heard = useHeard(device.id, kind);
  const signsIn = type.link === 'native' && device.link === undefined;
  return (
    <div className={classes.page}>
      <Panel title={t('saved.title', { name: device.name })}>
        <div className={classes.stack} data-testid="saved">
          <div>
            <code>{device.id}</code> · <strong data-testid="saved-state">{t(`terms:device.${state}`)}</strong>
          </div>
          {heard.length === 0 && type.link !== 'none' ? (
            <p className={classes.dim}>{t('saved.live')}</p>
          ) : null}
          <table className={classes.live}>
            <tbody>
              {heard.map((point) => (
                <tr key={point} data-testid={`live-${point}`}>
                  <th scope="row">{label(kind.points[point]?.label ?? { zh: point, en: point })}</th>
                  <td>
                    <Value device={device.id} point={point} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className={classes.row}>
            <Button component={RouterLink} to={paths.device(device.id)} variant="default">
              {t('saved.open')}
            </Button>
            <Button onClick={props.onAgain} data-testid="add-again" data-autofocus>
              {t('saved.again')}
            </Button>
            <Button variant="default" onClick={props.onOther} data-testid="add-other">
              {t('saved.other')}
            </Button>
          </div>
        </div>
      </Panel>
      {signsIn ? <SignIn device={device} path={`/devices/${device.id}/secret`} user={device.id} /> : null}
      {link?.kind === 'mqtt-bridge' ? (
        <SignIn device={device} path={`/links/${link.id}/secret`} user={link.id} bridge />
      ) : null}
    </div>
  );
}

/** The points that have been heard of since. */
function useHeard(device: string, kind: Kind): string[] {
  const names = Object.keys(kind.points);
  const heard = useSyncExternalStore(subscribe, () =>
    names.filter((point) => live.point(device, point) !== undefined).join(' '),
  );
  return heard.split(' ').filter(Boolean);
}

function subscribe(listener: () => void): () => void {
  return live.subscribe('values', listener);
}

/** What a device needs that signs in by itself, or the bridge before it: a password, made now, and where to. */
function SignIn(props: { device: Device; path: string; user: string; bridge?: boolean }) {
  const { device, path, user, bridge = false } = props;
  const { t } = useTranslation('integrateAdd');
  const [act, busy] = useAct();
  const [secret, setSecret] = useState<string | null>(null);
  const { data } = useQuery({
    queryKey: ['trial-setup', device.id],
    queryFn: () => api.post<Trial>('/trials', { ...draftOf(device), listenS: 0 }),
    retry: false,
  });
  const make = () => act(async () => setSecret((await api.post<{ secret: string }>(path)).secret));
  return (
    <Panel>
      <div className={classes.stack}>
        {data ? <SetupList setup={data.setup} /> : null}
        {secret === null ? (
          <div>
            <Button loading={busy} onClick={() => void make()} data-testid="make-secret">
              {t(bridge ? 'saved.bridgeSecret' : 'saved.secret')}
            </Button>
          </div>
        ) : (
          <Secret
            explain={t(bridge ? 'link.secretExplain' : 'saved.secretExplain')}
            user={user}
            secret={secret}
          />
        )}
      </div>
    </Panel>
  );
}
