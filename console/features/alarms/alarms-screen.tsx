import { Button } from '@mantine/core';
import { useIdle } from '@mantine/hooks';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { act } from '../../app/act.tsx';
import { alarmActions } from '../../app/alarm-actions.ts';
import { calls, isUnanswered, orderAlarms, type SortKey, sortKey } from '../../app/alarm-list.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { live, useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useAlarmDevice } from '../../app/spoken.ts';
import { Screen } from '../../components/panel.tsx';
import { AlarmDetail } from './alarm-detail.tsx';
import { AlarmFilterBar } from './alarm-filter-bar.tsx';
import { AlarmHistory } from './alarm-history.tsx';
import { AlarmTable, type AlarmTableHandle } from './alarm-table.tsx';
import classes from './alarms-screen.module.css';
import { type AlarmFilter, filterFrom, filterQuery, isFiltering, passes } from './filter.ts';
import { VisibleDialog } from './visible-dialog.tsx';

/** After this long without a key or the mouse nobody is reading: what is new may come to the top again. */
const idleMs = 60_000;

/** The alarm centre: the live list with its detail beside it. */
export default function AlarmsScreen() {
  const { t } = useTranslation('alarms');
  const { id: selected = null } = useParams();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const can = useCan();
  const [text, setText] = useState('');
  const filter = useMemo<AlarmFilter>(() => ({ ...filterFrom(query), text }), [query, text]);
  const idle = useIdle(idleMs, { initialState: false });
  const [visible, setVisible] = useState<string[] | null>(null);
  const table = useRef<AlarmTableHandle | null>(null);
  const filterField = useRef<HTMLInputElement>(null);
  const detail = useRef<HTMLElement>(null);

  const all = useEntities('alarms');
  const households = useEntityMap('households');
  const device = useAlarmDevice();
  const held = useHeldKey(idle ? null : selected);
  const alarms = useMemo(() => {
    const passing = all.filter((alarm) => {
      const room = households.get(alarm.household ?? '')?.room ?? '';
      return passes(alarm, filter, `${room} ${device(alarm)}`);
    });
    return orderAlarms(passing, held);
  }, [all, filter, households, device, held]);

  const select = useCallback(
    (id: string | null) => {
      const search = filterQuery({ ...filter, text: '' });
      void navigate(`${id === null ? '/alarms' : paths.alarm(id)}${search}`, { replace: true });
    },
    [filter, navigate],
  );

  function setFilter(next: AlarmFilter): void {
    setText(next.text);
    const path = selected === null ? '/alarms' : paths.alarm(selected);
    void navigate(`${path}${filterQuery({ ...next, text: '' })}`, { replace: true });
  }

  function step(by: number): void {
    const at = alarms.findIndex((alarm) => alarm.id === selected);
    const next = alarms[at === -1 ? 0 : Math.max(0, Math.min(alarms.length - 1, at + by))];
    if (next !== undefined) select(next.id);
  }

  function toTop(): void {
    table.current?.scrollToTop();
    const first = alarms[0];
    if (first !== undefined) select(first.id);
  }

  const listed = filter.list !== 'history';
  useShortcut({ code: 'ArrowDown', repeats: true }, listed ? () => step(1) : null);
  useShortcut({ code: 'ArrowUp', repeats: true }, listed ? () => step(-1) : null);
  useShortcut({ code: 'PageDown', repeats: true }, listed ? () => step(10) : null);
  useShortcut({ code: 'PageUp', repeats: true }, listed ? () => step(-10) : null);
  useShortcut({ code: 'Home' }, listed ? toTop : null);
  useShortcut({ code: 'Enter' }, selected === null ? null : () => detail.current?.focus());
  useShortcut({ code: 'Slash' }, () => filterField.current?.focus());
  useShortcut({ code: 'Escape' }, () => {
    if (detail.current?.contains(document.activeElement)) table.current?.focus();
    else if (selected !== null) select(null);
  });
  const askVisible =
    listed && can('alarms.acknowledge')
      ? () => setVisible(acknowledgeable(table.current?.visible() ?? []))
      : null;
  useShortcut({ code: 'KeyA', shift: true }, askVisible);

  const setHandle = useCallback((handle: AlarmTableHandle | null) => {
    table.current = handle;
  }, []);

  const callingCount = alarms.filter(calls).length;
  return (
    <Screen
      title={t('title')}
      aside={
        <>
          <AlarmFilterBar filter={filter} onChange={setFilter} field={filterField} />
          {askVisible === null ? null : (
            <Button variant="default" size="compact-md" onClick={askVisible}>
              {t('action.acknowledgeVisible')}
            </Button>
          )}
        </>
      }
    >
      <div className={classes.split}>
        {listed ? (
          <AlarmTable
            alarms={alarms}
            listKey={filterQuery(filter)}
            selected={selected}
            steady={!idle}
            onSelect={select}
            handle={setHandle}
            empty={
              isFiltering(filter)
                ? t('empty.filtered')
                : t(filter.list === 'aside' ? 'empty.aside' : 'empty.open')
            }
            foot={
              <span>
                {t('foot.count', { shown: alarms.length, calling: callingCount })}
                {isFiltering(filter) ? t('foot.filtered', { all: all.length }) : ''}
              </span>
            }
          />
        ) : (
          <AlarmHistory filter={filter} selected={selected} onSelect={select} />
        )}
        <section
          className={`${classes.detail} gh-scroll`}
          ref={detail}
          tabIndex={-1}
          aria-label={t('detail.label')}
        >
          {selected === null ? (
            <p className={classes.none}>{t('detail.none')}</p>
          ) : (
            <AlarmDetail key={selected} id={selected} onSelect={select} />
          )}
        </section>
      </div>
      <VisibleDialog
        ids={visible}
        onClose={() => setVisible(null)}
        onConfirm={(ids) => act(() => alarmActions.acknowledgeAll(ids))}
      />
    </Screen>
  );
}

/** What Shift+A may take: waiting for an answer, and never critical. */
function acknowledgeable(ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const alarm = live.get('alarms', id);
    return alarm !== undefined && isUnanswered(alarm) && alarm.priority !== 1;
  });
}

/** The place in the order that the selected alarm had when it was selected; it keeps it while the operator stays on it. */
function useHeldKey(selected: string | null): SortKey | undefined {
  const [held, setHeld] = useState<{ id: string | null; key: SortKey | undefined }>({
    id: null,
    key: undefined,
  });
  if (held.id === selected) return held.key;
  const alarm = selected === null ? undefined : live.get('alarms', selected);
  const next = { id: selected, key: alarm === undefined ? undefined : sortKey(alarm) };
  setHeld(next);
  return next.key;
}
