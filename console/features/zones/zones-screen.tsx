import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { useAct } from '../../app/act.tsx';
import { compareKeys, sortKey } from '../../app/alarm-list.ts';
import { api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { countZones } from '../../app/zone-standing.ts';
import { Panel, Screen } from '../../components/panel.tsx';
import { ZoneDialog, type ZoneQuestion } from './zone-dialog.tsx';
import { ZoneLine } from './zone-line.tsx';
import { groupZones, type Show, type ZoneRow } from './zone-list.ts';
import classes from './zones.module.css';

const shows: readonly Show[] = ['all', 'disarmed', 'bypassed', 'blind'];

/** Zones with what each one is, from live rows and the catalogue of kinds. */
function useZoneRows(): ZoneRow[] {
  const zones = useEntities('zones');
  const devices = useEntityMap('devices');
  const areas = useEntityMap('areas');
  const states = useEntityMap('device-states');
  const catalogue = useCatalogue();
  const alarms = useEntities('alarms');
  return useMemo(() => {
    const worst = new Map<string, (typeof alarms)[number]>();
    for (const alarm of alarms) {
      const known = worst.get(alarm.device);
      if (alarm.state === 'closed') continue;
      if (known === undefined || compareKeys(sortKey(alarm), sortKey(known)) < 0)
        worst.set(alarm.device, alarm);
    }
    return zones.map((zone) => {
      const device = devices.get(zone.id);
      const kind = catalogue.kindOf(device?.type);
      return {
        zone,
        kind,
        state: states.get(zone.id),
        name: device?.name ?? zone.id,
        area: device?.area ?? '',
        areaName: areas.get(device?.area ?? '')?.name ?? device?.area ?? '',
        alwaysArmed: kind?.alwaysArmed ?? false,
        followsPanel: kind !== undefined && ('panel.armed' in kind.events || 'panel.disarmed' in kind.events),
        alarm: worst.get(zone.id),
      };
    });
  }, [zones, devices, areas, states, catalogue, alarms]);
}

/** Arming by zone and by area; who did it stands beside it. */
export default function ZonesScreen() {
  const { t } = useTranslation('zones');
  const { id } = useParams();
  const can = useCan();
  const [text, setText] = useState('');
  const [query, setQuery] = useSearchParams();
  const show = shows.find((each) => each === query.get('show')) ?? 'all';
  const [question, setQuestion] = useState<ZoneQuestion | null>(null);
  const [act, busy] = useAct();
  const field = useRef<HTMLInputElement>(null);
  const rows = useZoneRows();
  const counts = countZones(useEntities('zones'), useEntityMap('device-states'));
  const groups = useMemo(() => groupZones(rows, text, show), [rows, text, show]);
  useShortcut({ code: 'Slash' }, () => field.current?.focus());

  const arm = (row: ZoneRow) => act(() => api.post(`/zones/${row.zone.id}/arm`));
  const unbypass = (row: ZoneRow) => act(() => api.post(`/zones/${row.zone.id}/unbypass`));
  /** One key for a whole area: what can be armed from here and is not. */
  const armAll = (area: readonly ZoneRow[]) =>
    act(async () => {
      for (const row of area) await api.post(`/zones/${row.zone.id}/arm`);
    });

  return (
    <Screen
      title={t('title')}
      aside={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('show.label')}
            data={shows.map((value) => ({ value, label: t(`show.${value}`) }))}
            value={show}
            onChange={(value) => setQuery(value === 'all' ? {} : { show: value }, { replace: true })}
            transitionDuration={0}
          />
          <TextInput
            ref={field}
            size="xs"
            w={240}
            type="search"
            aria-label={t('filter.label')}
            placeholder={t('filter.placeholder')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <span className={classes.summary}>{t('summary.text', { ...counts })}</span>
        </>
      }
    >
      <div className={classes.groups}>
        {groups.map((group) => {
          const toArm = group.rows.filter((row) => !row.zone.armed && !row.followsPanel && !row.alwaysArmed);
          return (
            <Panel
              key={group.area}
              title={group.areaName}
              aside={
                toArm.length > 0 && can('zones.arm') ? (
                  <Button
                    size="compact-sm"
                    variant="default"
                    loading={busy}
                    onClick={() => void armAll(toArm)}
                  >
                    {t('action.armArea', { count: toArm.length })}
                  </Button>
                ) : null
              }
            >
              <table className={classes.table}>
                <thead>
                  <tr>
                    <th>{t('col.zone')}</th>
                    <th>{t('col.state')}</th>
                    <th>{t('col.alarm')}</th>
                    <th>{t('col.device')}</th>
                    <th>{t('col.changed')}</th>
                    <th>{t('col.actions')}</th>
                  </tr>
                </thead>
                <tbody>
                  {group.rows.map((row) => (
                    <ZoneLine
                      key={row.zone.id}
                      row={row}
                      current={row.zone.id === id}
                      busy={busy}
                      onArm={() => void arm(row)}
                      onUnbypass={() => void unbypass(row)}
                      onAsk={(what) => setQuestion({ what, row })}
                    />
                  ))}
                </tbody>
              </table>
            </Panel>
          );
        })}
        {groups.length === 0 ? <p className={classes.empty}>{t('empty')}</p> : null}
      </div>
      <ZoneDialog question={question} onClose={() => setQuestion(null)} />
    </Screen>
  );
}
