import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { compareKeys, sortKey } from '../../app/alarm-list.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useLanguage } from '../../app/language.ts';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import tables from '../../components/data-table.module.css';
import { Screen } from '../../components/panel.tsx';
import { DeviceDetail } from './device-detail.tsx';
import {
  type DeviceFilter,
  type DeviceRow,
  filterFrom,
  filterQuery,
  passes,
  type Sort,
  type StateFilter,
  sortRows,
  stateFilters,
} from './device-list.ts';
import { DeviceTable } from './device-table.tsx';
import classes from './devices-screen.module.css';
import { lastHeardAt } from './last-heard.ts';
import { LinksList } from './links-list.tsx';

/** Each device with its kind, place, state and most urgent alarm. */
function useRows(): DeviceRow[] {
  const devices = useEntities('devices');
  const states = useEntityMap('device-states');
  const areas = useEntityMap('areas');
  const households = useEntityMap('households');
  const alarms = useEntities('alarms');
  const { kindOf } = useCatalogue();
  return useMemo(() => {
    const worst = new Map<string, Alarm>();
    for (const alarm of alarms) {
      const known = worst.get(alarm.device);
      if (known === undefined || compareKeys(sortKey(alarm), sortKey(known)) < 0)
        worst.set(alarm.device, alarm);
    }
    return devices.map((device) => ({
      device,
      kind: kindOf(device.type),
      areaName: areas.get(device.area)?.name ?? device.area,
      room: households.get(device.household ?? '')?.room,
      state: states.get(device.id)?.state ?? 'unknown',
      supervised: states.get(device.id),
      alarm: worst.get(device.id),
    }));
  }, [devices, states, areas, households, alarms, kindOf]);
}

/** An area with all those under it. */
function useUnder(area: string | null): ReadonlySet<string> | null {
  const areas = useEntityMap('areas');
  return useMemo(() => {
    if (area === null) return null;
    const ids = new Set([area]);
    for (let before = 0; before !== ids.size; ) {
      before = ids.size;
      for (const { id, parent } of areas.values()) if (parent !== undefined && ids.has(parent)) ids.add(id);
    }
    return ids;
  }, [areas, area]);
}

/** Everything that is installed, and the lines over which it is reached. */
export default function DevicesScreen() {
  const { t } = useTranslation('devices');
  const { id: selected = null } = useParams();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const links = selected === null && query.get('list') === 'links';
  return (
    <Screen
      title={t('title')}
      aside={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('list.label')}
            data={[
              { value: 'devices', label: t('list.devices') },
              { value: 'links', label: t('list.links') },
            ]}
            value={links ? 'links' : 'devices'}
            onChange={(list) => void navigate(list === 'links' ? paths.links : '/devices')}
            transitionDuration={0}
          />
          {links ? null : <DeviceFilters />}
        </>
      }
    >
      {links ? (
        <div className={`${classes.links} gh-scroll`}>
          <LinksList />
        </div>
      ) : (
        <DevicesSplit selected={selected} />
      )}
    </Screen>
  );
}

/** The text that is looked for lives in the address, too, so that list and filter need not know each other. */
function useFilter(): [DeviceFilter, (filter: DeviceFilter) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = useMemo(() => ({ ...filterFrom(query), text: query.get('text') ?? '' }), [query]);
  function set(next: DeviceFilter): void {
    const search = new URLSearchParams(filterQuery(next));
    if (next.text !== '') search.set('text', next.text);
    setQuery(search, { replace: true });
  }
  return [filter, set];
}

function DeviceFilters() {
  const { t } = useTranslation(['devices', 'terms']);
  const language = useLanguage();
  const [filter, setFilter] = useFilter();
  const field = useRef<HTMLInputElement>(null);
  const areas = useEntities('areas');
  const devices = useEntities('devices');
  const { kindOf } = useCatalogue();
  const kinds = useMemo(() => {
    const present = new Map(devices.flatMap(({ type }) => kindOf(type) ?? []).map((kind) => [kind.id, kind]));
    return [...present.values()].map((kind) => ({ value: kind.id, label: kind.label[language] }));
  }, [devices, kindOf, language]);
  useShortcut({ code: 'Slash' }, () => field.current?.focus());
  const filtering = filter.area ?? filter.kind ?? filter.state ?? filter.link ?? (filter.text || null);
  return (
    <div className={classes.filters}>
      <TextInput
        ref={field}
        size="xs"
        w={210}
        type="search"
        aria-label={t('filter.label')}
        placeholder={t('filter.placeholder')}
        value={filter.text}
        onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.code === 'Escape' && !event.nativeEvent.isComposing) event.currentTarget.blur();
        }}
      />
      <Select
        size="xs"
        w={130}
        aria-label={t('filter.kind')}
        placeholder={t('filter.allKinds')}
        data={kinds}
        value={filter.kind}
        onChange={(kind) => setFilter({ ...filter, kind })}
        clearable
      />
      <Select
        size="xs"
        w={130}
        aria-label={t('filter.area')}
        placeholder={t('filter.allAreas')}
        data={areas.map(({ id, name }) => ({ value: id, label: name }))}
        value={filter.area}
        onChange={(area) => setFilter({ ...filter, area })}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={170}
        aria-label={t('filter.state')}
        placeholder={t('filter.allStates')}
        data={stateFilters.map((state) => ({
          value: state,
          label: state === 'lost' ? t('filter.lost') : t(`terms:device.${state}`),
        }))}
        value={filter.state}
        onChange={(state) => setFilter({ ...filter, state: state as StateFilter | null })}
        clearable
      />
      {filtering === null ? null : (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => setFilter({ text: '', area: null, kind: null, state: null, link: null })}
        >
          {t('filter.clear')}
        </Button>
      )}
    </div>
  );
}

function DevicesSplit({ selected }: { selected: string | null }) {
  const { t } = useTranslation('devices');
  const language = useLanguage();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [filter] = useFilter();
  const [sort, setSort] = useState<Sort>({ by: 'name', descending: false });
  const detail = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const all = useRows();
  const under = useUnder(filter.area);
  const rows = useMemo(() => {
    const passing = all.filter((row) => passes(row, filter, under));
    return sortRows(passing, sort, language, (row) => lastHeardAt(row.device.id, row.kind));
  }, [all, filter, under, sort, language]);

  const search = query.toString();
  const linkTo = useCallback(
    (id: string) => (search === '' ? paths.device(id) : `${paths.device(id)}?${search}`),
    [search],
  );
  const select = useCallback(
    (id: string | null) =>
      void navigate(id === null ? (search === '' ? '/devices' : `/devices?${search}`) : linkTo(id), {
        replace: true,
      }),
    [navigate, linkTo, search],
  );
  function step(by: number): void {
    const at = rows.findIndex(({ device }) => device.id === selected);
    const next = rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next !== undefined) select(next.device.id);
  }
  useShortcut({ code: 'ArrowDown', repeats: true }, () => step(1));
  useShortcut({ code: 'ArrowUp', repeats: true }, () => step(-1));
  useShortcut({ code: 'Enter' }, selected === null ? null : () => detail.current?.focus());
  useShortcut(
    { code: 'Escape' },
    selected === null
      ? null
      : () => {
          if (detail.current?.contains(document.activeElement)) list.current?.focus();
          else select(null);
        },
  );

  return (
    <div className={classes.split} data-open={selected !== null || undefined}>
      <div className={classes.listFrame}>
        <section
          className={`${classes.list} gh-scroll`}
          ref={list}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
          tabIndex={0}
          aria-label={t('list.devices')}
        >
          {rows.length === 0 ? (
            <p className={tables.empty}>{t(all.length === 0 ? 'list.none' : 'list.filtered')}</p>
          ) : (
            <DeviceTable
              rows={rows}
              selected={selected}
              sort={sort}
              onSort={(by) => setSort({ by, descending: sort.by === by && !sort.descending })}
              linkTo={linkTo}
              onSelect={select}
            />
          )}
        </section>
        <footer className={classes.foot}>{t('foot.count', { shown: rows.length, all: all.length })}</footer>
      </div>
      {selected === null ? null : (
        <section
          className={`${classes.detail} gh-scroll`}
          ref={detail}
          tabIndex={-1}
          aria-label={t('detail.label')}
        >
          <DeviceDetail key={selected} id={selected} />
        </section>
      )}
    </div>
  );
}
