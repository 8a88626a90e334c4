import { TextInput } from '@mantine/core';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '../components/dialog.tsx';
import { PriorityMark } from '../components/priority.tsx';
import classes from './go-to.module.css';
import { type Destination, matchDestinations } from './go-to-match.ts';
import { useLabel } from './language.ts';
import { useEntities } from './live.ts';
import { hasPage, pages, paths } from './routes.tsx';
import { useCan } from './session.tsx';
import { useWhere } from './spoken.ts';

/** Everything that has a page of its own, by the names that people know it by. */
function useDestinations(): Destination[] {
  const { t } = useTranslation(['app', ...pages.map((page) => page.feature)]);
  const can = useCan();
  const label = useLabel();
  const where = useWhere();
  const alarms = useEntities('alarms');
  const devices = useEntities('devices');
  const areas = useEntities('areas');
  const tickets = useEntities('tickets');
  const households = useEntities('households');
  return useMemo(() => {
    const rooms = new Map(households.map((household) => [household.id, household.room]));
    const all: Destination[] = [
      ...pages
        .filter((page) => can(page.permission))
        .map((page) => ({ to: page.path, kind: t('goto.page'), name: t(`${page.feature}:title`), also: '' })),
      ...alarms.map((alarm) => ({
        to: paths.alarm(alarm.id),
        kind: t('goto.alarm'),
        name: label(alarm.title),
        also: `${where(alarm)} ${rooms.get(alarm.household ?? '') ?? ''}`,
        priority: alarm.priority,
      })),
      ...devices.map((device) => ({
        to: paths.device(device.id),
        kind: t('goto.device'),
        name: device.name,
        also: `${device.id} ${rooms.get(device.household ?? '') ?? ''}`,
      })),
      ...areas.map((area) => ({
        to: paths.mapArea(area.id),
        kind: t('goto.area'),
        name: area.name,
        also: area.id,
      })),
      ...tickets.map((ticket) => ({
        to: paths.ticket(ticket.id),
        kind: t('goto.ticket'),
        name: ticket.title,
        also: ticket.assignee ?? '',
      })),
    ];
    return all.filter((destination) => hasPage(destination.to));
  }, [t, can, label, where, alarms, devices, areas, tickets, households]);
}

function Search({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('app');
  const navigate = useNavigate();
  const destinations = useDestinations();
  const [text, setText] = useState('');
  const [row, setRow] = useState(0);
  const found = matchDestinations(destinations, text);
  const chosen = Math.min(row, Math.max(0, found.length - 1));

  function open(destination: Destination | undefined): void {
    if (destination === undefined) return;
    onClose();
    void navigate(destination.to);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    const step = event.code === 'ArrowDown' ? 1 : event.code === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setRow(Math.max(0, Math.min(found.length - 1, chosen + step)));
    } else if (event.code === 'Enter') {
      event.preventDefault();
      open(found[chosen]);
    }
  }

  return (
    <div>
      <TextInput
        data-autofocus
        aria-label={t('goto.title')}
        placeholder={t('goto.placeholder')}
        role="combobox"
        aria-expanded={true}
        aria-controls="goto-list"
        aria-activedescendant={found.length === 0 ? undefined : `goto-${chosen}`}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setRow(0);
        }}
        onKeyDown={onKey}
      />
      <div className={classes.list} id="goto-list" role="listbox" aria-label={t('goto.title')}>
        {found.map((destination, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus (ARIA combobox).
          <div
            key={`${destination.kind} ${destination.to}`}
            id={`goto-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={classes.option}
            onClick={() => open(destination)}
          >
            <span className={classes.kind}>{destination.kind}</span>
            {destination.priority === undefined ? null : (
              <PriorityMark priority={destination.priority} size={16} />
            )}
            <span className={classes.name}>{destination.name}</span>
            <span className={classes.also}>{destination.also}</span>
          </div>
        ))}
        {found.length === 0 ? <p className={classes.none}>{t('goto.none')}</p> : null}
      </div>
      <p className={classes.hint}>{t('goto.hint')}</p>
    </div>
  );
}

export function GoTo({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('app');
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      title={t('goto.title')}
      size={680}
      yOffset="10vh"
      centered={false}
    >
      <Search onClose={onClose} />
    </Dialog>
  );
}
