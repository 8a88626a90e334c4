import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Device } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { live, useEntities, useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { Facts, Panel } from '../../components/panel.tsx';

function DeviceLink({ id }: { id: string }) {
  const device = useEntity('devices', id);
  return <Link to={paths.device(id)}>{device?.name ?? id}</Link>;
}

function DeviceLinks({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.map((id, i) => (
        <Fragment key={id}>
          {i === 0 ? null : ', '}
          <DeviceLink id={id} />
        </Fragment>
      ))}
    </>
  );
}

const mostChildren = 12;

/** Where a device gets its data, and what hangs on it. */
export function DeviceFacts({ device }: { device: Device }) {
  const { t } = useTranslation(['devices', 'terms']);
  const label = useLabel();
  const devices = useEntities('devices');
  const { types, kindOf } = useCatalogue();
  const linkState = useEntity('link-states', device.link);
  const type = types.get(device.type);
  const kind = kindOf(device.type);
  const children = devices.filter(({ parent }) => parent === device.id).map(({ id }) => id);
  const users = devices
    .filter(({ bind }) =>
      Object.values(bind ?? {}).some((binding) => {
        const from = typeof binding === 'string' ? binding : binding.from;
        return from.startsWith(`${device.id}.`);
      }),
    )
    .map(({ id }) => id);
  const binds = Object.entries(device.bind ?? {}).map(([name, binding]) => {
    const from = typeof binding === 'string' ? binding : binding.from;
    const [source = '', point = ''] = from.split('.');
    const word = kind?.points[name] ?? kind?.commands[name];
    return { name, word: word === undefined ? name : label(word.label), source, point };
  });
  const key = <code>{device.id}</code>;
  const link =
    device.link === undefined ? null : (
      <>
        <Link to={paths.links}>{live.get('links', device.link)?.name ?? device.link}</Link>
        {linkState === undefined ? '' : ` · ${t(`terms:link.${linkState.state}`)}`}
      </>
    );
  const bound =
    binds.length === 0
      ? null
      : binds.map(({ name, word, source, point }) => (
          <div key={name}>
            {word} ← <DeviceLink id={source} /> · {point}
          </div>
        ));
  const parent = device.parent === undefined ? null : <DeviceLink id={device.parent} />;
  const below = <DeviceLinks ids={children.slice(0, mostChildren)} />;
  const fed = <DeviceLinks ids={users.slice(0, mostChildren)} />;
  const cameras = <DeviceLinks ids={device.cameras ?? []} />;
  return (
    <Panel title={t('facts.title')}>
      <Facts
        rows={[
          [t('facts.id'), key],
          [t('facts.type'), type === undefined ? device.type : label(type.label)],
          [t('facts.link'), link],
          [t('facts.address'), device.address],
          [t('facts.parent'), parent],
          [t('facts.bind'), bound],
          [t('facts.children', { count: children.length }), children.length === 0 ? null : below],
          [t('facts.users'), users.length === 0 ? null : fed],
          [t('facts.cameras'), (device.cameras ?? []).length === 0 ? null : cameras],
        ]}
      />
    </Panel>
  );
}
