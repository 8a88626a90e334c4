import { Select } from '@mantine/core';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useShortcut } from '../../app/keyboard.tsx';
import { useEntities, useEntityMap } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { useNow } from '../../app/time.ts';
import { countZones, standingSigns } from '../../app/zone-standing.ts';
import { Screen } from '../../components/panel.tsx';
import { sheetsOf } from '../../components/plan/geometry.ts';
import { AlarmSummary } from './alarm-summary.tsx';
import { DownPanel } from './down-panel.tsx';
import classes from './overview-screen.module.css';
import { PlanCard } from './plan-card.tsx';
import { findOnPlan } from './plan-content.ts';
import { PowerPanel } from './power-panel.tsx';
import { RoundsPanel } from './rounds-panel.tsx';
import { ScenesPanel } from './scenes-panel.tsx';
import { countDevices, countTickets } from './site-counts.ts';
import type { Chosen } from './site-plan.tsx';
import { WaterPanel } from './water-panel.tsx';

// Leaflet comes after the first picture: figures and alarms do not wait for it.
const SitePlan = lazy(() => import('./site-plan.tsx'));
const Legend = lazy(() => import('./legend.tsx'));

/** The site at a glance: its plan as it is now, and beside it what is not as it should be. */
export default function OverviewScreen() {
  const { t } = useTranslation('overview');
  const can = useCan();
  return (
    <Screen title={t('title')} aside={<Counts />}>
      <div className={classes.split}>
        <PlanRegion />
        <div className={`${classes.side} gh-scroll`}>
          {can('alarms.read') ? <AlarmSummary /> : null}
          {can('devices.read') ? <DownPanel /> : null}
          {can('devices.read') ? <WaterPanel /> : null}
          {can('devices.read') ? <PowerPanel /> : null}
          {can('patrol.read') ? <RoundsPanel /> : null}
          <ScenesPanel />
        </div>
      </div>
    </Screen>
  );
}

function Counts() {
  const { t } = useTranslation('overview');
  const can = useCan();
  const states = useEntityMap('device-states');
  const zones = useEntities('zones');
  const doors = useEntities('doors');
  const tickets = useEntities('tickets');
  const now = useNow();
  const devices = countDevices(useEntities('devices'), states);
  const counts = countZones(zones, states);
  const open = doors.filter(({ state }) => state === 'open' || state === 'held' || state === 'forced').length;
  return (
    <ul className={classes.counts}>
      {can('devices.read') ? (
        <li>
          <Link to="/devices">
            {t('counts.devices', { ...devices })}
            {devices.unknown === 0 ? '' : t('counts.unknown', { ...devices })}
          </Link>
        </li>
      ) : null}
      {zones.length === 0 ? null : (
        <li>
          <Link to="/zones">{t('counts.zones', { ...counts })}</Link>
        </li>
      )}
      {counts.blind === 0 ? null : (
        <li>
          <Link to={paths.zonesBlind}>
            <strong>
              {standingSigns.blind} {t('counts.blind', { blind: counts.blind })}
            </strong>
          </Link>
        </li>
      )}
      {doors.length === 0 ? null : (
        <li>
          <Link to="/access">{t('counts.doors', { open, all: doors.length })}</Link>
        </li>
      )}
      {can('tickets.read') ? (
        <li>
          <Link to="/tickets">{t('counts.tickets', { ...countTickets(tickets, now) })}</Link>
        </li>
      ) : null}
    </ul>
  );
}

/** The plan that the address asks for, with what is chosen on it. */
function PlanRegion() {
  const { t } = useTranslation('overview');
  const [query, setQuery] = useSearchParams();
  const areas = useEntityMap('areas');
  const devices = useEntityMap('devices');
  const checkpoints = useEntityMap('checkpoints');
  const [legend, setLegend] = useState(false);
  const card = useRef<HTMLElement>(null);
  const region = useRef<HTMLElement>(null);
  const device = query.get('device');
  const area = query.get('area');
  const sheets = useMemo(() => sheetsOf(areas), [areas]);
  const found = useMemo(
    () => findOnPlan({ device, area }, areas, devices, checkpoints),
    [device, area, areas, devices, checkpoints],
  );
  /** What was chosen by a click is in view already; only what another screen asks for is brought there. */
  const [clicked, setClicked] = useState<string | null>(null);
  const sheet = sheets.find(({ id }) => id === query.get('plan')) ?? found?.sheet ?? sheets[0];

  const choose = useCallback(
    ({ device: nextDevice, area: nextArea }: Chosen) => {
      // Chosen once more: on into the card.
      if (nextDevice === device && nextArea === area) {
        card.current?.focus();
        return;
      }
      setClicked(nextDevice ?? nextArea);
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete('device');
          next.delete('area');
          if (nextDevice !== null) next.set('device', nextDevice);
          if (nextArea !== null) next.set('area', nextArea);
          return next;
        },
        { replace: true },
      );
    },
    [setQuery, device, area],
  );
  const clear = useCallback(() => {
    // Back to where one came from, for those at the keyboard.
    if (card.current?.contains(document.activeElement) === true)
      region.current
        ?.querySelector<SVGElement>('[data-at][aria-pressed="true"]')
        ?.focus({ preventScroll: true });
    choose({ device: null, area: null });
  }, [choose]);
  const chosen = useMemo(() => ({ device, area }), [device, area]);
  const any = device !== null || area !== null;
  useShortcut({ code: 'Escape' }, any ? clear : null);

  const wanted = device ?? area;
  const target = useMemo(() => {
    if (found === undefined || found.sheet.id !== sheet?.id || wanted === clicked) return null;
    const { width, height } = found.sheet.plan;
    return { key: `${wanted}`, box: found.box ?? { left: 0, top: 0, right: width, bottom: height } };
  }, [found, sheet, wanted, clicked]);

  if (sheet === undefined) return <p className={classes.none}>{t('plan.none')}</p>;
  return (
    <section ref={region} className={classes.plan} aria-label={t('plan.region')}>
      <Suspense fallback={<p className={classes.none}>{t('plan.loading')}</p>}>
        <SitePlan
          key={sheet.id}
          sheet={sheet}
          chosen={chosen}
          onChoose={choose}
          target={target}
          tools={
            <>
              {sheets.length < 2 ? null : (
                <Select
                  size="xs"
                  w={160}
                  aria-label={t('plan.sheet')}
                  data={sheets.map(({ id, name }) => ({ value: id, label: name }))}
                  value={sheet.id}
                  onChange={(id) => setQuery(id === null ? {} : { plan: id }, { replace: true })}
                  allowDeselect={false}
                />
              )}
              <button
                type="button"
                className={classes.legendButton}
                aria-pressed={legend}
                onClick={() => setLegend(!legend)}
              >
                {t('plan.legend')}
              </button>
            </>
          }
        />
        {legend ? <Legend /> : null}
      </Suspense>
      {any ? <PlanCard device={device} area={area} onClose={clear} card={card} /> : null}
    </section>
  );
}
